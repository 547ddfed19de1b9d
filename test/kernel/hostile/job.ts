/** What the scenario tells the sender of hostile datagrams, and what the sender answers. */

/** Read by the sender as JSON. */
export interface SenderJob {
  readonly target: string;
  /** What the mutations start from, in hexadecimal. */
  readonly corpus: readonly string[];
  /** First messages, in hexadecimal: one datagram in eight is one of these, whole and with a fresh cookie. */
  readonly openings: readonly string[];
  readonly sources: readonly SourceShare[];
  /** How many datagrams. */
  readonly datagrams: number;
  /** The same seed sends the same datagrams. */
  readonly seed: number;
  /** Process whose receive queues are looked at, so that no datagram is lost in one; 0 = just send. */
  readonly pacedBy: number;
}

/** Addresses that send, and their share of the datagrams. */
export interface SourceShare {
  readonly addresses: readonly string[];
  /** Any number; the shares of a job are taken together. */
  readonly share: number;
}

/** One line of the sender's output: the figures so far. */
export interface SenderFigures {
  readonly sent: number;
  readonly sentBytes: number;
  /** What the daemon answered to addresses that are the sender's own. */
  readonly answers: number;
  readonly answerBytes: number;
  /** How often this host refused to send one, which then was sent again. */
  readonly refused: number;
  readonly seconds: number;
}
