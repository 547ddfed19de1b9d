/** What a set-up for `explain` says, and the rows that several begin with. */
import type { Daemon, Lab, TwoRouters } from '../../lab/guest.js';
import { keyed, type Side, tunnel } from '../support.js';

export type Way = 'encrypted' | 'clear';
export type Fate = Way | `${Way}, in fragments` | 'dropped';

export interface Setup {
  readonly name: string;
  /** Lines below `/ip ipsec`, of each router. */
  readonly rows: readonly [string, string];
  /** From whose side the SAs are asked for before anything else. */
  readonly up?: Side;
  /** What is done to the routers then. */
  readonly disturb?: Disturbance;
  /** The packet asked about, and sent; default a short ping of the host. */
  readonly from?: 'router' | 'host';
  readonly packet?: Packet;
  readonly fate: Fate;
  /** What the answer must say, whatever lines it is folded into. */
  readonly says: RegExp;
}

/** A ping of that length, or a UDP datagram to that port. */
export type Packet =
  | { readonly bytes: number; readonly dontFragment: boolean }
  | { readonly udpPort: number };

/** Gives what takes it back. */
export type Disturbance = (rig: Rig) => Promise<() => Promise<unknown>>;

export interface Rig {
  readonly lab: Lab;
  readonly two: TwoRouters;
  readonly daemon2: Daemon;
}

export const both = (line: (side: Side) => string): [string, string] => [line(1), line(2)];
export const sides = both((side) => `${keyed(side)}\n${tunnel(side)}`);
export const manual = (name: string, wrong = '') =>
  `manual-sa add name=${name} esp-enc-algorithm=3des esp-enc-key=${'11'.repeat(24)}/${'22'.repeat(24)} esp-auth-algorithm=sha1 esp-auth-key=${wrong || '33'.repeat(20)}/${'44'.repeat(20)} esp-spi=0x101/0x100`;
export const mirrored = (wrong = '') =>
  `manual-sa add name=m esp-enc-algorithm=3des esp-enc-key=${'22'.repeat(24)}/${'11'.repeat(24)} esp-auth-algorithm=sha1 esp-auth-key=${'44'.repeat(20)}/${wrong || '33'.repeat(20)} esp-spi=0x100/0x101`;

export const manualTunnel = (more = ''): readonly [string, string] => [
  `${manual('m')}\n${tunnel(1, `manual-sa=m ${more}`)}`,
  `${mirrored()}\n${tunnel(2, `manual-sa=m ${more}`)}`,
];

/** UDP ports of the second side pass in clear, all else by the tunnel. */
export const rangeAccepted = both((side) => {
  const [near, far] = side === 1 ? ['', ':5000-5010'] : [':5000-5010', ''];
  const nets = `src-address=10.${side}.0.0/24${near} dst-address=10.${3 - side}.0.0/24${far}`;
  return `policy add action=accept ${nets} protocol=udp\n${keyed(side)}\n${tunnel(side)}`;
});
