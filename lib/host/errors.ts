/** Failures of the host that a user can act on: a stable code and a sentence that says what to do. */

export type IpsecErrorCode =
  /** CAP_NET_ADMIN (or CAP_NET_BIND_SERVICE) is missing. */
  | 'ERR_IPSEC_PERMISSION'
  /** The kernel was built without XFRM. */
  | 'ERR_IPSEC_NO_XFRM'
  /** The kernel has XFRM, but no ESP. */
  | 'ERR_IPSEC_NO_ESP'
  /** Another program is bound to a port that IKE needs. */
  | 'ERR_IPSEC_PORT_TAKEN'
  /** A local address is not, or no longer, on this machine. */
  | 'ERR_IPSEC_NO_ADDRESS'
  /** A UDP socket could not be made, for another reason. */
  | 'ERR_IPSEC_SOCKET'
  /** The data plane failed as a whole, not in one operation. */
  | 'ERR_IPSEC_DATAPLANE'
  /** The compiled addon is missing or does not load. */
  | 'ERR_IPSEC_NO_ADDON'
  /** The state file cannot be read, or is of an unknown version. */
  | 'ERR_IPSEC_STATE'
  /** The control socket cannot be made or reached. */
  | 'ERR_IPSEC_CONTROL';

export class IpsecError extends Error {
  override readonly name = 'IpsecError';
  readonly code: IpsecErrorCode;

  constructor(code: IpsecErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
