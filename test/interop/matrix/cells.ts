/** The combinations tried against ourselves and against others: every choice of every table, not every product of them. */
import type { PeerOptions } from '../../lab/guest.js';

/** One tunnel: the words are those of our tables. */
export interface Cell {
  readonly exchange: 'main' | 'aggressive' | 'base';
  readonly encryption: 'des' | '3des' | 'aes-128' | 'aes-192' | 'aes-256';
  readonly hash: 'md5' | 'sha';
  readonly group: Group;
  readonly protocols: 'esp' | 'ah' | 'ah,esp';
  readonly espEncryption: 'des' | '3des' | 'aes-128' | 'aes-192' | 'aes-256' | 'null';
  readonly integrity: 'md5' | 'sha1' | 'null';
  readonly pfs: 'none' | Group;
  readonly mode: 'transport' | 'tunnel';
}

export const groups = [
  ...(['modp768', 'modp1024', 'modp1536', 'modp2048', 'modp3072', 'modp4096', 'modp8192'] as const),
] as const;
export type Group = (typeof groups)[number];

/** The manual's defaults. */
export const usual: Cell = {
  exchange: 'main',
  encryption: '3des',
  hash: 'md5',
  group: 'modp1024',
  protocols: 'esp',
  espEncryption: '3des',
  integrity: 'sha1',
  pfs: 'modp1024',
  mode: 'tunnel',
};

const exchanges = ['main', 'aggressive', 'base'] as const;

/** In phase 1 and PFS the smallest group that every peer speaks, Libreswan too. */
function modern(...differences: readonly Partial<Cell>[]): readonly Partial<Cell>[] {
  return differences.map((difference) => ({ group: 'modp1536', pfs: 'modp1536', ...difference }));
}

/** What differs from the manual's defaults. */
const differences: readonly Partial<Cell>[] = [
  // Every exchange with every cipher and hash of phase 1, the group's size growing along.
  ...exchanges.flatMap((exchange) => [
    { exchange, encryption: 'des', hash: 'sha', group: 'modp768', pfs: 'modp768' } as const,
    { exchange, mode: 'transport' } as const,
    { exchange, encryption: 'aes-128', hash: 'sha', group: 'modp1536', pfs: 'none' } as const,
    { exchange, encryption: 'aes-192', group: 'modp2048', mode: 'transport' } as const,
    { exchange, encryption: 'aes-256', hash: 'sha', group: 'modp3072', pfs: 'modp2048' } as const,
  ]),
  // The same with PFS in the groups that Libreswan speaks.
  ...modern(
    { mode: 'transport' },
    { exchange: 'aggressive', mode: 'transport' },
    { encryption: 'aes-192', group: 'modp2048', pfs: 'modp2048' },
    { exchange: 'aggressive', encryption: 'aes-192', hash: 'sha', group: 'modp2048' },
  ),
  // The large groups, alone: they cost most.
  { group: 'modp4096', pfs: 'none' },
  { group: 'modp8192', pfs: 'none' },
  { pfs: 'modp8192' },
  // Every algorithm of phase 2.
  { espEncryption: 'des', integrity: 'md5', pfs: 'modp768' },
  ...modern(
    { encryption: 'aes-256', espEncryption: '3des', integrity: 'md5' },
    { hash: 'sha', espEncryption: 'aes-128', integrity: 'md5' },
    { espEncryption: 'aes-192', pfs: 'none' },
    { espEncryption: 'aes-256', mode: 'transport' },
    { espEncryption: 'null', integrity: 'sha1' },
    { espEncryption: 'null', integrity: 'md5', mode: 'transport' },
  ),
  { espEncryption: 'aes-256', integrity: 'null' },
  // AH, alone and around ESP.
  ...modern(
    { protocols: 'ah', integrity: 'sha1', mode: 'transport', pfs: 'modp2048' },
    { protocols: 'ah', integrity: 'md5' },
    { protocols: 'ah', integrity: 'md5', exchange: 'aggressive', pfs: 'none' },
  ),
  { protocols: 'ah,esp', mode: 'transport' },
  { protocols: 'ah,esp', espEncryption: 'aes-128', integrity: 'md5' },
];

export const cells: readonly Cell[] = differences.map((difference) => ({
  ...usual,
  ...difference,
}));

/** Who begins a cell's tunnels: both routers in the whole matrix, in an ordinary run one, the other for the next cell. */
export function initiatorsOf(cell: Cell, isWhole: boolean): readonly (1 | 2)[] {
  if (isWhole) return [1, 2];
  return cells.indexOf(cell) % 2 === 0 ? [1] : [2];
}

/** One line that names the cell. */
export function nameOf(cell: Cell): string {
  const { exchange, encryption, hash, group, protocols, espEncryption, integrity, pfs, mode } =
    cell;
  const ciphers = protocols === 'ah' ? integrity : `${espEncryption}/${integrity}`;
  return `${exchange} ${encryption}/${hash}/${group}, ${protocols} ${ciphers}, PFS ${pfs}, ${mode}`;
}

/** Our rows for one side. */
export function ourRows(side: 1 | 2, cell: Cell, secret: string): string {
  const other = 3 - side;
  const networks =
    cell.mode === 'tunnel'
      ? `src-address=10.${side}.0.0/24 dst-address=10.${other}.0.0/24 tunnel=yes `
      : '';
  return `/ip ipsec
proposal set default enc-algorithms=${cell.espEncryption} auth-algorithms=${cell.integrity} pfs-group=${cell.pfs}
policy add ${networks}sa-src-address=1.0.0.${side} sa-dst-address=1.0.0.${other} action=encrypt ipsec-protocols=${cell.protocols}
peer add address=1.0.0.${other} exchange-mode=${cell.exchange} enc-algorithm=${cell.encryption} hash-algorithm=${cell.hash} dh-group=${cell.group}
pre-shared-secret add address=1.0.0.${other} secret="${secret}"
`;
}

/** The same for a foreign peer in router 2. */
export function foreignOptions(cell: Cell, psk: string): PeerOptions {
  return {
    ...foreignProposals(cell),
    local: '1.0.0.2',
    remote: '1.0.0.1',
    mode: cell.mode,
    aggressive: cell.exchange === 'aggressive',
    psk,
    lifeSeconds: 1800,
    ...(cell.mode === 'tunnel' ? { localTs: '10.2.0.0/24', remoteTs: '10.1.0.0/24' } : {}),
  };
}

function foreignProposals(cell: Cell) {
  const word = (name: string) => name.replace('-', '').replace(/^sha$/, 'sha1');
  const pfs = cell.pfs === 'none' ? '' : `-${cell.pfs}`;
  const ike = `${word(cell.encryption)}-${word(cell.hash)}-${cell.group}`;
  return cell.protocols === 'ah'
    ? { ike, ah: `${word(cell.integrity)}${pfs}` }
    : { ike, esp: `${word(cell.espEncryption)}-${word(cell.integrity)}${pfs}` };
}
