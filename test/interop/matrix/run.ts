/** Runs the matrix in the lab, with one peer at a time. */
import { runInLab } from '../../lab/lab.js';
import type { Held } from './document.js';
import type { PeerName } from './peers.js';

/** Cells with modp8192 take seconds each on a kernel without acceleration. */
const timeoutSeconds = 1800;

/** Names of the checks that held. @throws Error when one failed. */
export async function runMatrix(
  peer: PeerName,
  onProgress?: (text: string) => void,
): Promise<ReadonlySet<string>> {
  const { checks } = await runInLab({
    scenario: 'test/interop/scenarios/matrix.js',
    args: peer,
    timeoutSeconds,
    ...(onProgress && { onProgress }),
  });
  return new Set(checks.filter(({ ok }) => ok).map(({ name }) => name));
}

export async function runMatrixWithAll(onProgress?: (text: string) => void): Promise<Held> {
  return {
    ours: await runMatrix('ours', onProgress),
    strongSwan: await runMatrix('strongSwan', onProgress),
    Libreswan: await runMatrix('Libreswan', onProgress),
  };
}
