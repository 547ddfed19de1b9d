/** Why a client cannot talk to the daemon: stable codes, one line of text that says what to do. */

export type ClientErrorCode =
  /** Nobody listens at the socket's path. */
  | 'ERR_IPSEC_NO_DAEMON'
  /** The socket is there, and this user may not use it. */
  | 'ERR_IPSEC_PERMISSION'
  /** The connection ended before the answer came. */
  | 'ERR_IPSEC_CONNECTION_LOST'
  /** The daemon refused the request, or what it answered is none of its language. */
  | 'ERR_IPSEC_PROTOCOL';

export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
