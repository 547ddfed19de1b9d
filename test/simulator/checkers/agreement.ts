/** Both ends agree on secrets, keys, algorithms, limits and selectors, and on what their rows allow. */
import { toHex } from '../../../lib/core/base/bytes.js';
import { formatSelector, reverseSelector } from '../../../lib/core/base/selector.js';
import type { IpsecSa } from '../../../lib/core/dataplane/types.js';
import type { Effect } from '../../../lib/core/ike/effect.js';
import type { IkeConfig, PolicyConfig } from '../../../lib/core/ike/ike-config.js';
import type { Checker } from '../checker.js';
import { Violation } from '../checker.js';
import { offeredBytes, offeredSeconds } from '../plan.js';
import type { SimulatedRouter } from '../router.js';
import { secretId } from '../tables.js';
import type { World } from '../world.js';

/** An exchange that began under other rows is over after so long, slow jobs included. */
const exchangeMsMax = 75_000;

/** What one end believes of an SA. */
interface Belief {
  readonly router: SimulatedRouter;
  readonly text: string;
  /** As the sender of its packets sees it. */
  readonly selector: string;
}

export class AgreementChecker implements Checker {
  readonly name = 'agreement';
  readonly #beliefs = new Map<string, Belief>();
  /** `router peer`: when the router last began a phase 1. */
  readonly #begun = new Map<string, number>();
  /** The tables of late; the newest last. */
  readonly #tables = new Map<
    SimulatedRouter,
    { readonly from: number; readonly config: IkeConfig }[]
  >();

  configured(router: SimulatedRouter, world: World): void {
    const tables = this.#tables.get(router) ?? [];
    tables.push({ from: world.now, config: router.ikeConfig });
    // The one in force when the oldest exchange began is still needed.
    while ((tables[1]?.from ?? world.now) < world.now - exchangeMsMax) tables.shift();
    this.#tables.set(router, tables);
  }

  handled(
    router: SimulatedRouter,
    _input: unknown,
    effects: readonly Effect[],
    { routers, now }: World,
  ): void {
    for (const effect of effects) {
      if (effect.kind !== 'event') continue;
      const { name, level, message, remote } = effect.event;
      const peer = routers.find(({ address }) => address === remote);
      if (peer === undefined) continue;
      const key = `${router.name} ${peer.name}`;
      // What the peer begins is told at debug level.
      if (name === 'phase1Started' && level === 'info') this.#begun.set(key, now);
      if (name === 'phase1Established' && message.includes('as initiator')) {
        this.#compareSecrets(router, peer, this.#begun.get(key) ?? 0);
      }
    }
  }

  /** Whoever proved itself to the initiator had its secret since the exchange began. */
  #compareSecrets(router: SimulatedRouter, peer: SimulatedRouter, since: number): void {
    const theirs = this.#secretsOf(peer, router, since);
    if (this.#secretsOf(router, peer, since).some((secret) => theirs.includes(secret))) return;
    throw new Violation(
      this.name,
      `${router.name} has a phase 1 with ${peer.name}, whose secret is another`,
    );
  }

  #secretsOf(
    router: SimulatedRouter,
    { index }: SimulatedRouter,
    since: number,
  ): readonly string[] {
    return (this.#tables.get(router) ?? [])
      .filter((_, place, tables) => (tables[place + 1]?.from ?? since) >= since)
      .flatMap(({ config }) => config.secrets)
      .filter(({ id }) => id === secretId(index))
      .map(({ preSharedKey }) => toHex(preSharedKey.reveal()));
  }

  installed(router: SimulatedRouter, sa: IpsecSa, world: World): void {
    const policy = router.ikeConfig.policies.find(({ reqid }) => reqid === sa.reqid);
    // Its row was edited away in the middle: it goes again at once.
    if (policy === undefined) return;
    const complaints = (this.#tables.get(router) ?? []).map(({ config }) =>
      complaintOf(config, sa),
    );
    if (complaints.length > 0 && !complaints.includes(undefined)) {
      throw new Violation(this.name, `${router.name} installs ${complaints.at(-1)}`);
    }
    const key = `${sa.protocol} ${sa.spi} ${sa.source} ${sa.destination}`;
    const selector = formatSelector(
      sa.direction === 'out' ? policy.selector : reverseSelector(policy.selector),
    );
    const mine: Belief = { router, text: contentOf(sa), selector };
    const theirs = this.#beliefs.get(key);
    this.#beliefs.set(key, mine);
    if (theirs === undefined || theirs.router === router) return;
    if (theirs.text !== mine.text || theirs.selector !== mine.selector) {
      throw new Violation(
        this.name,
        `${key}: ${theirs.router.name} has ${theirs.selector} ${theirs.text}, ${router.name} has ${mine.selector} ${mine.text}`,
      );
    }
    world.log(`agreed ${key}`);
  }
}

/** What those tables have against an SA of ours. */
function complaintOf(config: IkeConfig, sa: IpsecSa): string | undefined {
  const policy = config.policies.find(({ reqid }) => reqid === sa.reqid);
  if (policy === undefined) return 'an SA without a policy';
  const { proposal } = policy;
  const where = `for ${policy.label}`;
  if (sa.encryption !== undefined && !proposal.encryptions.includes(sa.encryption)) {
    return `${sa.encryption}, which is not in the proposal, ${where}`;
  }
  if (!proposal.integrities.includes(sa.integrity)) {
    return `${sa.integrity}, which is not in the proposal, ${where}`;
  }
  if (!policy.protocols.includes(sa.protocol)) return `${sa.protocol}, not wanted, ${where}`;
  // Whoever began, only with `obey` may a life be longer than the own row says.
  const check = checkOf(config, policy);
  if (check === 'obey' || check === undefined) return undefined;
  const { hardSeconds, hardBytes } = sa.lifetime;
  const ownSeconds = proposal.lifetimeSeconds;
  const ownBytes = offeredBytes(proposal.lifetimeBytes);
  const longestSeconds = check === 'exact' ? offeredSeconds(ownSeconds) : ownSeconds;
  if (longestSeconds > 0 && hardSeconds > longestSeconds) {
    return `${hardSeconds} s where ${ownSeconds} s are wanted with proposal-check=${check}, ${where}`;
  }
  if (ownBytes > 0 && (hardBytes === 0 || hardBytes > ownBytes)) {
    return `${hardBytes} bytes where ${ownBytes} are wanted with proposal-check=${check}, ${where}`;
  }
  return undefined;
}

function checkOf({ peers }: IkeConfig, { remote }: PolicyConfig) {
  return peers.find(({ address }) => address.address === remote)?.proposalCheck;
}

function contentOf({ encryption, integrity, mode, lifetime, ...sa }: IpsecSa): string {
  return [
    `${encryption ?? 'none'}-${integrity} ${mode}`,
    `${lifetime.hardSeconds}s ${lifetime.hardBytes}b`,
    `${toHex(sa.encryptionKey.reveal())}/${toHex(sa.integrityKey.reveal())}`,
  ].join(' ');
}
