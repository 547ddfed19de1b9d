/** Opens the XFRM data plane and prints the code and words of the error, for processes without rights. */
import { openXfrm } from '../../../lib/host/dataplane/xfrm.js';
import { IpsecError } from '../../../lib/host/errors.js';

try {
  openXfrm().close();
  console.log('opened');
} catch (error) {
  if (!(error instanceof IpsecError)) throw error;
  console.log(`${error.code} ${error.message}`);
}
