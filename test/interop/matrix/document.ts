/** docs/interop.md: the matrix as it was seen on the wire of the lab. */
import { cells, nameOf } from './cells.js';
import { type PeerName, peerNames, peers } from './peers.js';

/** Checks of one cell: pings and captures, each side initiating. */
export const checksPerCell = 4;

/** Names of the checks that held, by peer. */
export type Held = Readonly<Record<PeerName, ReadonlySet<string>>>;

/** The whole text. A cell is `yes` when all of its checks held. */
export function interopDocument(held: Held): string {
  const rows = cells.map((cell) => {
    const answers = peerNames.map((peer) => {
      if (!peers[peer].speaks(cell)) return '-';
      const count = [...held[peer]].filter((name) => name.startsWith(`${nameOf(cell)}, `)).length;
      return count === checksPerCell ? 'yes' : 'no';
    });
    const phase1 = `${cell.exchange}, ${cell.encryption}, ${cell.hash}, ${cell.group}`;
    const protocols =
      cell.protocols === 'ah' ? cell.integrity : `${cell.espEncryption}, ${cell.integrity}`;
    const phase2 = `${cell.protocols}: ${protocols}, PFS ${cell.pfs}`;
    return `| ${[phase1, phase2, cell.mode, ...answers].join(' | ')} |`;
  });
  const columns = peerNames.map((peer) => `ipsecctl with ${peers[peer].title}`);
  const header = ['Phase 1', 'Phase 2', 'Mode', ...columns];
  const lacks = peerNames
    .filter((peer) => peers[peer].lacks !== '')
    .map((peer) => `- ${peers[peer].title}: no ${peers[peer].lacks.replaceAll(', ', ', no ')}.`);
  return `# Tunnels that were tried

Written by \`npm run interop\`, compared by \`npm test\`. Each cell is a tunnel between two routers on a real
kernel with pings and a capture of the wire, once with each side initiating. A dash: that peer does not speak it.

${lacks.join('\n')}

| ${header.join(' | ')} |
|${header.map(() => '---|').join('')}
${rows.join('\n')}
`;
}
