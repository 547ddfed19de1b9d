/** Failed system calls of XFRM as errors that say what to do. */
import { isSystemError } from '../addon.js';
import { errnoName } from '../errno.js';
import { IpsecError } from '../errors.js';

/** The IpsecError for what the addon threw; anything but a failed system call is given back as it is. */
export function xfrmError(error: unknown): unknown {
  if (!isSystemError(error)) return error;
  switch (errnoName(error.errno)) {
    case 'EPERM':
    case 'EACCES':
      return new IpsecError(
        'ERR_IPSEC_PERMISSION',
        'no permission to use IPsec in the kernel: run as root, or give the process CAP_NET_ADMIN ' +
          '(systemd: AmbientCapabilities=CAP_NET_ADMIN CAP_NET_BIND_SERVICE)',
        error,
      );
    case 'EPROTONOSUPPORT':
    case 'EAFNOSUPPORT':
      return new IpsecError(
        'ERR_IPSEC_NO_XFRM',
        'this kernel has no XFRM (CONFIG_XFRM_USER): load the module xfrm_user or use another kernel',
        error,
      );
    default:
      return new IpsecError(
        'ERR_IPSEC_DATAPLANE',
        `the kernel's IPsec interface failed: ${error.message} (${errnoName(error.errno)})`,
        error,
      );
  }
}

/** Why traffic cannot be encrypted on this machine, for a kernel that has XFRM only in part. */
export function noEspError(): IpsecError {
  return new IpsecError(
    'ERR_IPSEC_NO_ESP',
    'this kernel cannot do ESP (CONFIG_INET_ESP, module esp4): load the module, or use a kernel ' +
      'that has it',
  );
}
