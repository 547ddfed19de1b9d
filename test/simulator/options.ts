/** Every parameter of a run, drawn from its seed: which faults there are, how strong, and between whom. */
import type { ExchangeMode } from '../../lib/core/ike/ike-config.js';
import type { PlanOptions } from './plan.js';
import type { Random } from './random.js';

/** What befalls a router, or one of its administrators does. */
export const misfortunes = [
  'daemon-crash',
  'daemon-stop',
  'machine-crash',
  'kernel-flush',
  'lost-events',
  'edit-policy',
  'edit-proposal',
  'edit-peer',
  'edit-secret',
  'edit-both-ends',
  'command',
] as const;
export type Misfortune = (typeof misfortunes)[number];

export interface NetworkOptions {
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** Shares of the datagrams. */
  readonly loss: number;
  readonly copies: number;
  readonly corruption: number;
  readonly spikes: number;
  /** How late a datagram of a spike may come. */
  readonly spikeMs: number;
  /** Mean time between partitions of two routers, 0 = none. */
  readonly partitionEveryMs: number;
  /** A partition may lose one direction alone. */
  readonly oneWay: boolean;
}

export interface RunOptions {
  readonly plan: PlanOptions;
  readonly network: NetworkOptions;
  /** Of each router, in local milliseconds for each of the world. */
  readonly clockRates: readonly number[];
  /** Of each router: how long a Diffie-Hellman job takes at most. */
  readonly computeMs: readonly number[];
  readonly misfortunes: readonly Misfortune[];
  readonly misfortuneEveryMs: number;
  /** Mean time between packets of a tunnel in one direction. */
  readonly trafficEveryMs: number;
  /** Mean time between the deeds of somebody on the path without keys, 0 = nobody is there. */
  readonly strangerEveryMs: number;
  /** Whether that one also begins exchanges in the name of others. */
  readonly flood: boolean;
  readonly calmMs: number;
  /** Of all datagrams the n-th is lost even in the calm: exchanges must get over it. 0 = none. */
  readonly lostInCalm: number;
  readonly faultsMs: number;
  readonly steadyMs: number;
  /** A quiet stretch in which phase 1 comes to its end, 0 = none. */
  readonly longMs: number;
}

const some = (random: Random, value: () => number) => (random.chance(0.5) ? value() : 0);

/**
 * Time enough for all tunnels to come up: two seconds until all daemons run, ten for the first message to
 * one that did not run yet, ten for an aggressive mode's last message overtaken by a quick mode.
 */
const calmMs = 26_000;
/** And ten, or a little more by a slow clock, for a datagram that is lost. */
const repetitionMs = 11_000;

export function drawOptions(random: Random, peers: number | undefined): RunOptions {
  const lostInCalm = random.chance(0.4) ? random.integer(1, 12) : 0;
  const count = peers ?? random.pick([2, 2, 2, 3, 3, 4]);
  const isLong = random.chance(0.015);
  const each = <T>(draw: () => T) => Array.from({ length: count }, draw);
  const skewed = random.chance(0.5);
  const slow = random.chance(0.4);
  const exchangeModes = random.subset<ExchangeMode>(['main', 'aggressive', 'base'], 0.5);
  return {
    plan: {
      peers: count,
      tunnels: Math.max(count - 1, isLong ? 1 : random.skewed(1, count + 1)),
      shortLives: !isLong && random.chance(0.6),
      byteLimits: !isLong && random.chance(0.3),
      asymmetric: random.chance(0.6),
      exchangeModes: exchangeModes.length > 0 ? exchangeModes : ['main'],
    },
    network: {
      latencyMs: random.skewed(1, 60),
      jitterMs: some(random, () => random.integer(1, 30)),
      loss: some(random, () => random.fraction() * 0.4),
      copies: some(random, () => random.fraction() * 0.3),
      corruption: some(random, () => random.fraction() * 0.2),
      spikes: some(random, () => random.fraction() * 0.2),
      spikeMs: random.pick([100, 2_000, 15_000, 40_000]),
      partitionEveryMs: some(random, () => random.integer(10_000, 60_000)),
      oneWay: random.chance(0.5),
    },
    clockRates: each(() => (skewed ? 0.99 + random.fraction() * 0.02 : 1)),
    computeMs: each(() => (slow ? random.skewed(0, 400) : 0)),
    misfortunes: random.subset(misfortunes, random.pick([0, 0.2, 0.5])),
    misfortuneEveryMs: random.integer(3_000, 30_000),
    trafficEveryMs: random.integer(1_000, 4_000),
    strangerEveryMs: some(random, () => random.integer(300, 5_000)),
    flood: random.chance(0.3),
    calmMs: calmMs + (lostInCalm > 0 ? repetitionMs : 0) + random.integer(0, 6_000),
    lostInCalm,
    faultsMs: random.skewed(20_000, 120_000),
    steadyMs: random.integer(20_000, 40_000),
    longMs: isLong ? 26 * 3_600_000 : 0,
  };
}
