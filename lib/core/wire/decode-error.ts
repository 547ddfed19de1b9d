/** Why bytes from the network could not be decoded: a closed reason for counters, a short text for logs. */

export interface DecodeError {
  /**
   * `malformed`: breaks the layout of its RFC. `limited`: more of something than `limits.ts` allows.
   * `version`: a major version this project does not speak.
   */
  readonly reason: 'malformed' | 'limited' | 'version';
  /** Printable, of bounded length, made of our own words and numbers only; names the place. */
  readonly detail: string;
}
