/**
 * What the administrators of all routers want: who has tunnels with whom, and every value of their rows.
 * Each router has a plan of its own, which edits make differ from the others'.
 */
import type { Address } from '../../lib/core/base/address.js';
import type { EncryptionName, IntegrityName } from '../../lib/core/crypto/algorithms.js';
import type { IpsecMode, IpsecProtocol } from '../../lib/core/dataplane/types.js';
import type { ExchangeMode, PolicyConfig, ProposalCheck } from '../../lib/core/ike/ike-config.js';
import type { Random } from './random.js';

export type PfsGroup = 'none' | 'modp768' | 'modp1024' | 'modp1536';

/** One end of a tunnel: the values of its policy row and of the proposal row it refers to. */
export interface TunnelEnd {
  readonly router: number;
  policyDisabled: boolean;
  /** Counts up when the row is removed and added again: it is then another row. */
  policyGeneration: number;
  level: PolicyConfig['level'];
  encryptions: EncryptionName[];
  integrities: IntegrityName[];
  lifetimeSeconds: number;
  lifetimeBytes: number;
  pfs: PfsGroup;
}

export interface TunnelPlan {
  readonly index: number;
  mode: IpsecMode;
  protocols: IpsecProtocol[];
  /** IP protocol of the packets, 0 = all. */
  ipProtocol: number;
  /** Counts up when both ends agree on other networks. */
  networks: number;
  readonly ends: readonly [TunnelEnd, TunnelEnd];
}

/** One end's rows about one other router. */
export interface PeerEnd {
  readonly router: number;
  peerDisabled: boolean;
  secretDisabled: boolean;
  check: ProposalCheck;
  sendInitialContact: boolean;
  exchangeMode: ExchangeMode;
  hash: 'md5' | 'sha';
  encryption: 'des' | '3des' | 'aes-128' | 'aes-192' | 'aes-256';
  group: 'modp768' | 'modp1024';
  secret: string;
  /** The secret's row names the peer's identity in place of its address. */
  byIdentity: boolean;
}

export interface PairPlan {
  readonly ends: readonly [PeerEnd, PeerEnd];
}

export interface Plan {
  readonly pairs: readonly PairPlan[];
  readonly tunnels: readonly TunnelPlan[];
}

export function addressOf(router: number): Address {
  return `1.0.0.${router + 1}`;
}

/** The end of that router, and the other one. */
export function endsFrom<E extends { readonly router: number }>(
  { ends: [a, b] }: { readonly ends: readonly [E, E] },
  router: number,
): readonly [E, E] | undefined {
  if (a.router === router) return [a, b];
  return b.router === router ? [b, a] : undefined;
}

/** Whether a responder with these values takes the offer of that initiator. */
export function accepts(responder: TunnelEnd, check: ProposalCheck, initiator: TunnelEnd): boolean {
  return termsOf(responder, check, initiator) !== undefined;
}

/** 0 = no limit is longer than any number. */
const unlimited = (value: number) => (value === 0 ? Number.POSITIVE_INFINITY : value);

/** What the wire says of a lifetime: nothing at all stands for 28800 s (RFC 2407 4.5). */
export const offeredSeconds = (seconds: number) => (seconds === 0 ? 28_800 : seconds);
/** Bytes travel as kilobytes, rounded up. */
export const offeredBytes = (bytes: number) => Math.ceil(bytes / 1024) * 1024;

export interface Terms {
  readonly seconds: number;
  readonly bytes: number;
}

/** R-63 told once more, apart from the code that is tested. Undefined: the responder refuses. */
export function termsOf(
  own: TunnelEnd,
  check: ProposalCheck,
  theirs: TunnelEnd,
): Terms | undefined {
  const seconds = offeredSeconds(theirs.lifetimeSeconds);
  const bytes = offeredBytes(theirs.lifetimeBytes);
  const ownBytes = offeredBytes(own.lifetimeBytes);
  const samePfs = own.pfs === theirs.pfs;
  switch (check) {
    case 'obey':
      return { seconds, bytes };
    case 'exact': {
      const same = seconds === offeredSeconds(own.lifetimeSeconds) && bytes === ownBytes;
      return same && samePfs ? { seconds, bytes } : undefined;
    }
    case 'strict': {
      if (own.pfs !== 'none' && !samePfs) return undefined;
      const longer =
        seconds > unlimited(own.lifetimeSeconds) || unlimited(bytes) > unlimited(ownBytes);
      return longer ? undefined : { seconds, bytes };
    }
    case 'claim': {
      if (own.pfs !== 'none' && !samePfs) return undefined;
      const least = Math.min(unlimited(bytes), unlimited(ownBytes));
      return {
        seconds: Math.min(seconds, unlimited(own.lifetimeSeconds)),
        bytes: least === Number.POSITIVE_INFINITY ? 0 : least,
      };
    }
  }
}

export interface PlanOptions {
  readonly peers: number;
  readonly tunnels: number;
  /** Lifetimes that fit into a run; else those of every day. */
  readonly shortLives: boolean;
  readonly byteLimits: boolean;
  /** The two ends of a tunnel differ where they may. */
  readonly asymmetric: boolean;
  readonly exchangeModes: readonly ExchangeMode[];
}

export function drawPlan(random: Random, options: PlanOptions): Plan {
  const { peers } = options;
  const routers = Array.from({ length: peers }, (_, router) => router);
  const pairs = new Map<string, PairPlan>();
  const tunnels: TunnelPlan[] = [];
  for (let index = 0; index < options.tunnels; index += 1) {
    // Each router has a part in something; then the rest lies anywhere.
    const first = index < peers - 1 ? index : random.pick(routers);
    const second = random.pick(routers.filter((router) => router !== first));
    const key = [first, second].sort().join();
    const pair = pairs.get(key) ?? drawPair(random, first, second, options);
    pairs.set(key, pair);
    tunnels.push(drawTunnel(random, index, pair, options));
  }
  return { pairs: [...pairs.values()], tunnels };
}

function drawPair(random: Random, a: number, b: number, options: PlanOptions): PairPlan {
  const exchangeMode = random.pick(options.exchangeModes);
  const common = {
    peerDisabled: false,
    secretDisabled: false,
    exchangeMode,
    hash: random.pick(['md5', 'sha'] as const),
    encryption: random.pick(['des', '3des', 'aes-128', 'aes-192', 'aes-256'] as const),
    group: random.pick(['modp768', 'modp1024'] as const),
    secret: `secret ${a} ${b}`,
    byIdentity: exchangeMode !== 'main' && random.chance(0.3),
  };
  const end = (router: number): PeerEnd => ({
    ...common,
    router,
    check: random.pick(['strict', 'obey', 'claim', 'exact'] as const),
    sendInitialContact: random.chance(0.8),
  });
  return { ends: [end(a), end(b)] };
}

function drawTunnel(
  random: Random,
  index: number,
  pair: PairPlan,
  options: PlanOptions,
): TunnelPlan {
  const mode = random.chance(0.6) ? 'tunnel' : 'transport';
  const [a, b] = pair.ends;
  const first = drawEnd(random, a.router, options);
  const same = (): TunnelEnd => ({
    ...first,
    router: b.router,
    encryptions: [...first.encryptions],
    integrities: [...first.integrities],
  });
  let second = same();
  if (options.asymmetric) {
    const other = drawEnd(random, b.router, options);
    const encryptions = new Set([...other.encryptions, random.pick(first.encryptions)]);
    const integrities = new Set([...other.integrities, random.pick(first.integrities)]);
    second = { ...other, encryptions: [...encryptions], integrities: [...integrities] };
  }
  const works =
    (first.level !== 'use' && accepts(second, b.check, first)) ||
    (second.level !== 'use' && accepts(first, a.check, second));
  if (!works) second = same();
  if (first.level === 'use' && second.level === 'use') second.level = 'require';
  return {
    index,
    mode,
    protocols: random.pick([['esp'], ['esp'], ['ah'], ['esp', 'ah']] as IpsecProtocol[][]),
    // In transport mode selectors are told apart by the protocol of the packets alone.
    ipProtocol: mode === 'transport' ? 60 + index : random.pick([0, 0, 1, 6]),
    networks: 0,
    ends: [first, second],
  };
}

function drawEnd(random: Random, router: number, options: PlanOptions): TunnelEnd {
  const { shortLives, byteLimits } = options;
  const encryptions = ['aes-256', 'aes-192', 'aes-128', '3des', 'des', 'null'] as const;
  const chosen = random.subset(encryptions, 0.3);
  const hashes = random.subset(['sha1', 'md5'] as const, 0.6);
  return {
    router,
    policyDisabled: false,
    policyGeneration: 0,
    level: random.pick(['require', 'require', 'require', 'acquire', 'use'] as const),
    encryptions: chosen.length > 0 ? chosen : ['3des'],
    integrities: hashes.length > 0 ? hashes : ['sha1'],
    lifetimeSeconds: shortLives
      ? random.integer(20, 60)
      : random.pick([1800, 7200, 28_800, 86_400, 0]),
    lifetimeBytes: byteLimits && random.chance(0.6) ? random.integer(40_000, 200_000) : 0,
    pfs: random.pick(['none', 'modp768', 'modp1024', 'modp1536'] as const),
  };
}
