/** The far end of the manual's AH tunnel made with the kernel's own command. */
import type { Router } from '../lab/guest.js';

/** In place of our daemon in r2, with the numbers of r1 the other way round. */
export async function manualTunnelByIpXfrm(r2: Router): Promise<void> {
  const state = (source: string, destination: string, spi: string) =>
    `xfrm state add src ${source} dst ${destination} proto ah spi ${spi} mode tunnel auth digest_null 0xabcfed`;
  const policy = (direction: string, from: string, to: string, ends: string) =>
    `xfrm policy add src ${from} dst ${to} dir ${direction} tmpl ${ends} proto ah mode tunnel`;
  const inbound = 'src 1.0.0.1 dst 1.0.0.2';
  await r2.ip(`
    ${state('1.0.0.1', '1.0.0.2', '0x100')}
    ${state('1.0.0.2', '1.0.0.1', '0x101')}
    ${policy('out', '10.2.0.0/24', '10.1.0.0/24', 'src 1.0.0.2 dst 1.0.0.1')}
    ${policy('in', '10.1.0.0/24', '10.2.0.0/24', inbound)}
    ${policy('fwd', '10.1.0.0/24', '10.2.0.0/24', inbound)}`);
}
