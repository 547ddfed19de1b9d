/** Who the matrix is tried against: one row for each, also a column of docs/interop.md. */
import type { PeerOptions, Router, RunResult } from '../../lab/guest.js';
import type { Cell } from './cells.js';

/** Another maker's daemon in router 2. */
export interface ForeignPeer {
  load(options: PeerOptions): Promise<void>;
  initiate(timeoutSeconds: number): Promise<RunResult>;
  terminate(): Promise<RunResult>;
}

interface PeerRow {
  readonly title: string;
  /** What it cannot do, for the reader; in step with `speaks`. */
  readonly lacks: string;
  readonly speaks: (cell: Cell) => boolean;
  /** Undefined: our own daemon. */
  readonly start?: (router: Router, options: PeerOptions) => Promise<ForeignPeer>;
}

export type PeerName = 'ours' | 'strongSwan' | 'Libreswan';

export const peerNames: readonly PeerName[] = ['ours', 'strongSwan', 'Libreswan'];

export const peers: Readonly<Record<PeerName, PeerRow>> = {
  ours: { title: 'ipsecctl', lacks: '', speaks: () => true },
  strongSwan: {
    title: 'strongSwan 5.9.8',
    lacks: 'base mode, AH and ESP in one negotiation, ESP that authenticates nothing',
    speaks: ({ exchange, protocols, integrity }) =>
      exchange !== 'base' && protocols !== 'ah,esp' && integrity !== 'null',
    start: (router, options) => router.startStrongswan(options),
  },
  Libreswan: {
    title: 'Libreswan 4.10',
    lacks:
      'base mode, AH and ESP in one negotiation, ESP that authenticates nothing, DES, groups below modp1536',
    speaks: (cell) =>
      peers.strongSwan.speaks(cell) &&
      ![cell.encryption, cell.espEncryption].includes('des') &&
      ![cell.group, cell.pfs].some((group) => group === 'modp768' || group === 'modp1024'),
    start: (router, options) => router.startLibreswan(options),
  },
};
