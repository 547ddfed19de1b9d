/** Why a client cannot have what it asked for: stable codes, one line of text that says what to do. */

export type ClientErrorCode =
  /** Nobody listens at the socket's path. */
  | 'ERR_IPSEC_NO_DAEMON'
  /** The socket is there, and this user may not use it. */
  | 'ERR_IPSEC_PERMISSION'
  /** The connection ended before the answer came. */
  | 'ERR_IPSEC_CONNECTION_LOST'
  /** The daemon refused the request, or what it answered is none of its language. */
  | 'ERR_IPSEC_PROTOCOL'
  /** A table refuses the values, the items or the condition: `rule`, `property` and the message say why. */
  | 'ERR_IPSEC_REFUSED'
  /** A policy did not become ready: `reason` and the message say why. */
  | 'ERR_IPSEC_NOT_READY';

export interface ClientErrorDetails {
  /** The rule of the specification, such as `C-62` or `A-10.2`. */
  readonly rule?: string;
  /** The property at fault. */
  readonly property?: string;
  /** One sentence for a person: what could stand there. */
  readonly hint?: string;
  /** Why a policy is not ready, as one stable word: `ready` lists them. */
  readonly reason?: string;
  readonly cause?: unknown;
}

export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  declare readonly rule?: string;
  declare readonly property?: string;
  declare readonly hint?: string;
  declare readonly reason?: string;

  constructor(code: ClientErrorCode, message: string, details: ClientErrorDetails = {}) {
    const { cause, ...words } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, words);
  }
}
