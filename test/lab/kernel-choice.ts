/** Which kernel the lab uses: the machine's own where it has what is needed, else one that is booted. */
import { spawnSync } from 'node:child_process';
import type { LabKernel } from './job.js';

/** What a kernel must have besides ESP: `nftables` are tables of the families ip and inet. */
export type KernelFeature = 'nftables';

/** The machine's own kernel answers, asked once for each feature. */
export function chooseKernel(needs: readonly KernelFeature[] = []): LabKernel {
  const booted = needs.includes('nftables') ? 'qemu' : 'uml';
  esp ??= hostKernelHasEsp();
  if (booted === 'uml') return esp ? 'namespaces' : booted;
  nftables ??= esp && hostKernelHasNftables();
  return nftables ? 'namespaces' : booted;
}

let esp: boolean | undefined;
let nftables: boolean | undefined;

/** True when this process may make namespaces and their kernel accepts ESP with 3DES and SHA-1. */
export function hostKernelHasEsp(): boolean {
  const key = (bytes: number) => `0x${'01'.repeat(bytes)}`;
  const add = [
    ...['ip', 'xfrm', 'state', 'add', 'src', '192.0.2.1', 'dst', '192.0.2.2', 'proto', 'esp'],
    ...['spi', '0x1000', 'mode', 'transport', 'auth', 'hmac(sha1)', key(20)],
    ...['enc', 'cbc(des3_ede)', key(24)],
  ];
  return worksInANamespace(add);
}

/** The same for a rule of nftables that asks whether IPsec will protect a packet. */
function hostKernelHasNftables(): boolean {
  const table = 'table ip t { chain c { type filter hook output priority 0; rt ipsec exists; }; }';
  return worksInANamespace(['nft', table]);
}

/** Whether a command succeeds in a network namespace that ends at once. */
function worksInANamespace(argv: readonly string[]): boolean {
  const options = { stdio: 'ignore', timeout: 10_000 } as const;
  return spawnSync('unshare', ['--net', ...argv], options).status === 0;
}
