/** What `status` answers: the daemon's state as JSON for scripts and monitoring. Never a secret. */

export interface DaemonStatus {
  readonly pid: number;
  /** Seconds since the daemon began to serve. */
  readonly uptimeSeconds: number;
  readonly dataPlane: { readonly name: string; readonly esp: boolean; readonly ah: boolean };
  /** UDP port of IKE. */
  readonly port: number;
  /** Addresses the daemon listens on. */
  readonly listening: readonly string[];
  /** Rows with a phase 1 handler, by row id; states as in `peer print stats`. */
  readonly peers: Readonly<Record<string, string>>;
  /** Rows with a phase 2 handler, by row id; states as in `policy print stats`. */
  readonly policies: Readonly<Record<string, string>>;
  readonly installedSas: number;
  /** Policies the data plane refused at the start or after an address change, with its words. */
  readonly refusedPolicies: readonly string[];
  /** How often each engine event happened since the start, as `name` or `name/reason`. */
  readonly events: Readonly<Record<string, number>>;
}
