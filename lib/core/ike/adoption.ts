/** Making pairs again of what a crashed run left in the data plane (spec E-34). */
import { groupBy } from '../base/group-by.js';
import type { Instant } from '../base/instant.js';
import { saIdOf } from '../dataplane/sa-key.js';
import type { InstalledSa, IpsecProtocol } from '../dataplane/types.js';
import type { ChildSa } from './child-sa.js';
import { modeFor, type PolicyConfig } from './ike-config.js';

/** Both directions of a pair are installed within a round trip; the kernel counts whole seconds. */
const pairSeconds = 1;

export interface Adoption {
  readonly pairs: readonly { readonly child: ChildSa; readonly renewNow: boolean }[];
  /** Nobody's any more: to be removed. */
  readonly orphans: readonly InstalledSa[];
}

/**
 * Sorts SAs by the policy their reqid names, direction and protocol, and joins them newest with
 * newest: each direction of a pair is installed right after the other, so their ages agree. Where one
 * side has more than the other, a crash has cut a negotiation in half, and which half is uncertain.
 */
export function adoptablePairs(
  policies: readonly PolicyConfig[],
  sas: readonly InstalledSa[],
  now: Instant,
): Adoption {
  const left = new Set(sas);
  const pairs: { child: ChildSa; renewNow: boolean }[] = [];
  const byReqid = groupBy(
    sas.filter(({ state }) => state !== 'larval'),
    ({ reqid }) => reqid,
  );
  for (const policy of policies) {
    const own = byReqid.get(policy.reqid);
    if (own === undefined) continue;
    const columns = policy.protocols.map((protocol) => ({
      inbound: newestFirst(own, policy, protocol, 'in'),
      outbound: newestFirst(own, policy, protocol, 'out'),
    }));
    const count = Math.min(
      ...columns.flatMap(({ inbound, outbound }) => [inbound.length, outbound.length]),
    );
    const sides = columns.flatMap(({ inbound, outbound }) => [inbound, outbound]);
    const isUncertain = sides.some(({ length }) => length > count);
    const whole = columns.map(({ inbound, outbound }) => ({
      inbound: likeliest(inbound, count),
      outbound: likeliest(outbound, count),
    }));
    for (let index = count - 1; index >= 0; index -= 1) {
      const inbound = whole.flatMap((column) => column.inbound.slice(index, index + 1));
      const outbound = whole.flatMap((column) => column.outbound.slice(index, index + 1));
      for (const sa of [...inbound, ...outbound]) left.delete(sa);
      pairs.push({
        child: adopted(policy, inbound, outbound, now),
        renewNow: index === 0 && (isUncertain || needsRenewal(inbound, outbound)),
      });
    }
  }
  // An acquire's larval entry has no SPI to remove it by, and vanishes by itself.
  return { pairs, orphans: [...left].filter(({ spi }) => spi !== 0) };
}

/**
 * So many of these, newest first: what packets have passed belongs to a whole pair, and what none has
 * passed may be the half of a negotiation that never ended.
 */
function likeliest(newestFirst: readonly InstalledSa[], count: number): readonly InstalledSa[] {
  const used = newestFirst.filter(({ counters }) => counters.packets > 0);
  const unused = newestFirst.filter(({ counters }) => counters.packets === 0);
  const surplus = newestFirst.length - count;
  const left = new Set([...used, ...unused.slice(surplus)].slice(0, count));
  return newestFirst.filter((sa) => left.has(sa));
}

/**
 * Near its end; or made of halves of two pairs; or packets went out by it and none came back: the peer may
 * lack its half, for the last message of the negotiation may have been lost, and nobody is left to repeat it.
 */
function needsRenewal(inbound: readonly InstalledSa[], outbound: readonly InstalledSa[]): boolean {
  const sas = [...inbound, ...outbound];
  const times = sas.map(({ counters }) => counters.addTime);
  const isMixed = Math.max(...times) - Math.min(...times) > pairSeconds;
  const isUsed = (some: readonly InstalledSa[]) =>
    some.some(({ counters }) => counters.packets > 0);
  const isOneWay = isUsed(outbound) && !isUsed(inbound);
  return isMixed || isOneWay || sas.some(({ state }) => state === 'dying');
}

function newestFirst(
  sas: readonly InstalledSa[],
  policy: PolicyConfig,
  protocol: IpsecProtocol,
  direction: 'in' | 'out',
): InstalledSa[] {
  const mode = modeFor(policy, protocol);
  const [source, destination] =
    direction === 'out' ? [policy.local, policy.remote] : [policy.remote, policy.local];
  return sas
    .filter(
      (sa) =>
        sa.protocol === protocol &&
        sa.mode === mode &&
        sa.source === source &&
        sa.destination === destination,
    )
    .sort((a, b) => b.counters.addTime - a.counters.addTime);
}

function adopted(
  policy: PolicyConfig,
  inbound: readonly InstalledSa[],
  outbound: readonly InstalledSa[],
  now: Instant,
): ChildSa {
  return {
    policyId: policy.id,
    label: policy.label,
    role: 'adopted',
    local: policy.local,
    remote: policy.remote,
    inbound: inbound.map(saIdOf),
    outbound: outbound.map(saIdOf),
    // Whether it was is not to be seen in the kernel.
    pfs: policy.proposal.pfsGroup !== undefined,
    startedAt: now,
    installedAt: now,
    order: 0,
    dying: false,
    redundant: false,
    superseded: false,
  };
}
