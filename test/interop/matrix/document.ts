/** docs/interop.md: the matrix as it was seen on the wire of the lab. */
import { type Cell, cells, initiatorsOf, nameOf } from './cells.js';
import { type PeerName, peerNames, peers } from './peers.js';

/** How many checks a cell has: pings and a capture for each side that begins. */
export function checksOf(cell: Cell, isWhole: boolean): number {
  return 2 * initiatorsOf(cell, isWhole).length;
}

/** Names of the checks that held, by peer. */
export type Held = Readonly<Record<PeerName, ReadonlySet<string>>>;

/** The whole text. A cell is `yes` when all of the checks held that a run of this kind has. */
export function interopDocument(held: Held, isWhole: boolean): string {
  const rows = cells.map((cell) => {
    const answers = peerNames.map((peer) => {
      if (!peers[peer].speaks(cell)) return '-';
      const count = [...held[peer]].filter((name) => name.startsWith(`${nameOf(cell)}, `)).length;
      return count === checksOf(cell, isWhole) ? 'yes' : 'no';
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

Written by \`npm run interop\`. Each cell is a tunnel between two routers on a real kernel with pings and a capture
of the wire, once with each side initiating; \`npm test\` tries each cell again with one side initiating, and compares
what it saw with this table. A dash: that peer does not speak it.

${lacks.join('\n')}

| ${header.join(' | ')} |
|${header.map(() => '---|').join('')}
${rows.join('\n')}
`;
}
