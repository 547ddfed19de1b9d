/** Joins what the engine knows with what the data plane counts: the source of `print stats`. */

import type {
  Counters,
  InstalledSaView,
  LiveStatus,
  PeerLiveStatus,
  Ph2State,
  PolicyLiveStatus,
} from '../core/config/live-status.js';
import type { PolicyItem } from '../core/config/menus/policy.js';
import { saKey } from '../core/dataplane/sa-key.js';
import type { InstalledSa } from '../core/dataplane/types.js';
import type { EngineStatus, PeerStatus } from '../core/ike/status.js';
import { reqidOfPolicy } from '../core/policy/manual-sas.js';
import type { Clock } from './clock.js';
import type { ManualSas } from './manual-sas.js';
import type { PacketTotals } from './sa-accounting.js';

export interface LiveStatusSources {
  readonly engine: EngineStatus;
  /** The data plane's SAs of ours. */
  readonly sas: readonly InstalledSa[];
  /** By reqid. */
  readonly totals: ReadonlyMap<number, PacketTotals>;
  readonly policies: readonly PolicyItem[];
  readonly manual: Pick<ManualSas, 'ids' | 'policiesWithSas'>;
  readonly clock: Clock;
}

export function liveStatus({
  engine,
  sas,
  totals,
  policies,
  manual,
  clock,
}: LiveStatusSources): LiveStatus {
  // R-6A: with manual keys established means that the SAs are there.
  const manualStates = manual.policiesWithSas.map((id) => [id, 'established'] as const);
  const states = new Map([...engine.policies, ...manualStates]);
  return {
    peers: new Map([...engine.peers].map(([id, peer]) => [id, peerStatus(peer, clock)])),
    policies: new Map(
      policies.map((row) => [
        row.id,
        policyStatus(states.get(row.id), totals.get(reqidOfPolicy(row))),
      ]),
    ),
    installedSas: installedSas(engine, sas, manual),
    counters: counters(totals),
  };
}

/** What the SAs counted; the others need a firewall's help and are 0 (E-42). */
function counters(totals: ReadonlyMap<number, PacketTotals>): Counters {
  const all = [...totals.values()];
  return {
    outAccept: 0,
    outDrop: 0,
    outEncrypt: all.reduce((sum, { encrypted }) => sum + encrypted, 0),
    inAccept: 0,
    inDrop: 0,
    inDecrypted: all.reduce((sum, { decrypted }) => sum + decrypted, 0),
    inAcceptIsakmp: 0,
    outAcceptIsakmp: 0,
    inDropEncryptedExpected: 0,
  };
}

function peerStatus({ establishedAt, ...peer }: PeerStatus, clock: Clock): PeerLiveStatus {
  return establishedAt === undefined
    ? peer
    : { ...peer, establishedEpochSeconds: clock.epochSecondsOf(establishedAt) };
}

/** The counts of packets that passed in clear or were dropped need a firewall's help and are 0 (E-42). */
function policyStatus(
  state: Ph2State | undefined,
  totals: PacketTotals | undefined,
): PolicyLiveStatus {
  return {
    state: state ?? 'no-phase2',
    inAccepted: 0,
    inDropped: 0,
    outAccepted: 0,
    outDropped: 0,
    encrypted: totals?.encrypted ?? 0,
    notEncrypted: 0,
    decrypted: totals?.decrypted ?? 0,
    notDecrypted: totals?.notDecrypted ?? 0,
  };
}

/** Manual SAs, the engine's in its order, outbound first; then reserved SPIs and what else is ours. */
function installedSas(
  engine: EngineStatus,
  sas: readonly InstalledSa[],
  manual: Pick<ManualSas, 'ids'>,
): readonly InstalledSaView[] {
  const rest = new Map(sas.map((sa) => [saKey(sa), sa]));
  const negotiated: InstalledSaView[] = [];
  for (const { ids, pfs, dying } of engine.childSas) {
    for (const id of ids) {
      const sa = rest.get(saKey(id));
      if (sa === undefined) continue;
      rest.delete(saKey(id));
      // The kernel does not tell that the soft limit has passed (E-31).
      const state = dying && sa.state === 'mature' ? 'dying' : sa.state;
      negotiated.push({ ...sa, state, pfs, manual: false });
    }
  }
  const manualSas = manual.ids.flatMap((id): InstalledSaView[] => {
    const sa = rest.get(saKey(id));
    rest.delete(saKey(id));
    return sa === undefined ? [] : [{ ...sa, pfs: false, manual: true }];
  });
  const others = [...rest.values()].map((sa) => ({ ...sa, pfs: false, manual: false }));
  return [...manualSas, ...negotiated, ...others];
}
