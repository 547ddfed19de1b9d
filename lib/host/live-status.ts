/** Joins what the engine knows with what the data plane counts: the source of `print stats`. */

import type { InstalledSaView, LiveStatus, PeerLiveStatus } from '../core/config/live-status.js';
import type { PolicyItem } from '../core/config/menus/policy.js';
import { saKey } from '../core/dataplane/sa-key.js';
import type { InstalledSa } from '../core/dataplane/types.js';
import type { EngineStatus, PeerStatus } from '../core/ike/status.js';
import { reqidOfPolicy } from '../core/policy/manual-sas.js';
import type { Clock } from './clock.js';
import type { ManualSas } from './manual-sas.js';
import type { PacketCounts } from './packet-counts.js';
import type { PacketTotals } from './sa-accounting.js';

export interface LiveStatusSources {
  readonly engine: EngineStatus;
  /** The data plane's SAs of ours. */
  readonly sas: readonly InstalledSa[];
  /** By reqid. */
  readonly totals: ReadonlyMap<number, PacketTotals>;
  readonly packets: Pick<PacketCounts, 'ofPolicy' | 'ofAll'>;
  readonly policies: readonly PolicyItem[];
  readonly manual: Pick<ManualSas, 'ids' | 'policiesWithSas'>;
  readonly clock: Clock;
}

export function liveStatus({
  engine,
  sas,
  totals,
  packets,
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
        {
          state: states.get(row.id) ?? 'no-phase2',
          ...packets.ofPolicy(row.id, totals.get(reqidOfPolicy(row))),
        },
      ]),
    ),
    installedSas: installedSas(engine, sas, manual),
    counters: packets.ofAll(totals.values()),
  };
}

function peerStatus({ establishedAt, ...peer }: PeerStatus, clock: Clock): PeerLiveStatus {
  return establishedAt === undefined
    ? peer
    : { ...peer, establishedEpochSeconds: clock.epochSecondsOf(establishedAt) };
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
