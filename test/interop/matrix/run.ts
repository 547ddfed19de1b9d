/** Runs the matrix in the lab, with one peer at a time. */
import { runInLab } from '../../lab/lab.js';
import type { MatrixArguments } from '../scenarios/matrix.js';
import type { Held } from './document.js';
import type { PeerName } from './peers.js';

/** Cells with modp8192 take seconds each on a kernel without acceleration. */
const timeoutSeconds = 1800;

/** Names of the checks that held. @throws Error when one failed. */
export async function runMatrix(
  args: MatrixArguments,
  onProgress?: (text: string) => void,
): Promise<ReadonlySet<string>> {
  const { checks } = await runInLab({
    scenario: 'test/interop/scenarios/matrix.js',
    args,
    timeoutSeconds,
    ...(onProgress && { onProgress }),
  });
  return new Set(checks.filter(({ ok }) => ok).map(({ name }) => name));
}

export async function runMatrixWithAll(onProgress?: (text: string) => void): Promise<Held> {
  const whole = (peer: PeerName) => runMatrix({ peer, isWhole: true }, onProgress);
  return {
    ours: await whole('ours'),
    strongSwan: await whole('strongSwan'),
    Libreswan: await whole('Libreswan'),
  };
}
