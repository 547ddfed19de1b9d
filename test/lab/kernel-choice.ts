/** Which kernel the lab uses: the machine's own where it has ESP, else a user-mode-linux guest. */
import { spawnSync } from 'node:child_process';
import type { LabKernel } from './job.js';

let known: LabKernel | undefined;

/** Asked of the kernel itself, once: an ESP SA is added in a network namespace that ends at once. */
export function chooseKernel(): LabKernel {
  known ??= hostKernelHasEsp() ? 'namespaces' : 'uml';
  return known;
}

/** True when this process may make namespaces and their kernel accepts ESP with 3DES and SHA-1. */
export function hostKernelHasEsp(): boolean {
  const key = (bytes: number) => `0x${'01'.repeat(bytes)}`;
  const add = [
    ...['ip', 'xfrm', 'state', 'add', 'src', '192.0.2.1', 'dst', '192.0.2.2', 'proto', 'esp'],
    ...['spi', '0x1000', 'mode', 'transport', 'auth', 'hmac(sha1)', key(20)],
    ...['enc', 'cbc(des3_ede)', key(24)],
  ];
  return spawnSync('unshare', ['--net', ...add], { stdio: 'ignore', timeout: 10_000 }).status === 0;
}
