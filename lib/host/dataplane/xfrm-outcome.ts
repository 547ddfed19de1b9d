/** What the kernel made of an operation, in its words or, where it has none, in ours. */
import type { DataPlaneOperation, DataPlaneResult, IpsecSa } from '../../core/dataplane/types.js';
import { errnoName } from '../errno.js';
import type { WordReader } from './words.js';
import { isPortBlock } from './xfrm-records.js';

/** The kernel's reply to a request for an SA, or the completion of a larval one, that is not there. */
export const noSuchSa = 'ESRCH';
/** XFRMA_REPLAY_ESN_MAX of linux/xfrm.h, in packets. */
const largestReplayWindow = 4096;

/** Reads "errno, text" or, after errno 0, what the operation brings back. */
export function readOutcome(
  answer: WordReader,
  operation: DataPlaneOperation | undefined,
): DataPlaneResult {
  const errno = answer.u32();
  if (errno === 0) {
    return operation?.kind === 'allocateSpi' ? { kind: 'ok', spi: answer.u32() } : { kind: 'ok' };
  }
  const code = errnoName(errno);
  return { kind: 'refused', code, detail: answer.text() || ownWords(code, operation) };
}

/** For refusals the kernel gives no words to. */
function ownWords(code: string, operation: DataPlaneOperation | undefined): string {
  const isPolicy = operation?.kind.endsWith('Policy') ?? false;
  switch (code) {
    case 'EEXIST':
      return isPolicy
        ? 'a policy with this direction and selector is there already'
        : 'an SA with this SPI, protocol and destination is there already';
    case 'ENOENT':
      return operation?.kind === 'allocateSpi' ? 'no SPI is free' : 'there is no such policy';
    case noSuchSa:
      return 'there is no such SA';
    default:
      return `the kernel says ${code}`;
  }
}

/** What cannot even be asked of the kernel. */
export function faultOf(operation: DataPlaneOperation): DataPlaneResult | undefined {
  if (operation.kind === 'installSa') return faultOfSa(operation.sa);
  if (operation.kind !== 'installPolicy' && operation.kind !== 'updatePolicy') return undefined;
  const { selector, action, templates } = operation.policy;
  if (!isPortBlock(selector.sourcePorts) || !isPortBlock(selector.destinationPorts)) {
    return refused('a port range must be an aligned block of 2^n ports (spec E-04)');
  }
  // Without templates the kernel would let the packets pass in clear.
  if ((action === 'protect') !== templates.length > 0) {
    return refused(`a policy with action ${action} and ${templates.length} templates`);
  }
  return undefined;
}

function faultOfSa({ spi, replayWindow }: IpsecSa): DataPlaneResult | undefined {
  // The kernel takes SPI 0, but no packet ever finds such an SA.
  if (spi === 0) return refused('an SA has an SPI');
  if (replayWindow > largestReplayWindow) return refused('replay window too large');
  return undefined;
}

function refused(detail: string): DataPlaneResult {
  return { kind: 'refused', code: 'EINVAL', detail };
}
