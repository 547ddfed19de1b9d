/** docs/interop.md: the matrix as it was seen on the wire of the lab. */
import type { Cell } from './cells.js';
import { cells, nameOf, strongswanSpeaks } from './cells.js';

export const peers = ['ours', 'strongSwan'] as const;
export type PeerName = (typeof peers)[number];

/** Whether the peer takes part in that cell at all. */
export function takesPart(peer: PeerName, cell: Cell): boolean {
  return peer === 'ours' || strongswanSpeaks(cell);
}

/** Checks of one cell: pings and captures, each side initiating. */
export const checksPerCell = 4;

/** Names of the checks that held, by peer. */
export type Held = Readonly<Record<PeerName, ReadonlySet<string>>>;

/** The whole text. A cell is `yes` when all of its checks held. */
export function interopDocument(held: Held): string {
  const rows = cells.map((cell) => {
    const answers = peers.map((peer) => {
      if (!takesPart(peer, cell)) return '-';
      const count = [...held[peer]].filter((name) => name.startsWith(`${nameOf(cell)}, `)).length;
      return count === checksPerCell ? 'yes' : 'no';
    });
    const phase1 = `${cell.exchange}, ${cell.encryption}, ${cell.hash}, ${cell.group}`;
    const protocols =
      cell.protocols === 'ah' ? cell.integrity : `${cell.espEncryption}, ${cell.integrity}`;
    const phase2 = `${cell.protocols}: ${protocols}, PFS ${cell.pfs}`;
    return `| ${[phase1, phase2, cell.mode, ...answers].join(' | ')} |`;
  });
  return `# Tunnels that were tried

Written by \`npm run interop\`, compared by \`npm test\`. Each cell is a tunnel between two routers on a real
kernel with pings and a capture of the wire, once with each side initiating. A dash: that peer does not speak
it (strongSwan 5.9.8 has no base mode, no AH and ESP in one negotiation, and no ESP that authenticates nothing).

| Phase 1 | Phase 2 | Mode | ipsecctl with ipsecctl | ipsecctl with strongSwan 5.9.8 |
|---|---|---|---|---|
${rows.join('\n')}
`;
}
