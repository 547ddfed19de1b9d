/** Whom to speak to after a crash: peers that may believe in SAs of the killed run. */
import type { PolicyConfig } from '../core/ike/ike-config.js';
import type { EngineStatus } from '../core/ike/status.js';
import type { Activity } from './runtime-state.js';

export interface SpeakFirstSources {
  readonly rows: readonly PolicyConfig[];
  /** Ids of rows whose SAs were found in the data plane and taken over. */
  readonly policiesWithSas: ReadonlySet<number>;
  /** Whom the killed run had to do with. */
  readonly leftovers: Activity;
}

/**
 * The ids of the rows to negotiate for. A peer of the killed run would send into SAs that are gone
 * until they expire; a new negotiation tells it otherwise. That takes one row for each peer: the rows
 * that were in use, and any row for a peer of which no such row is left.
 */
export function policiesToSpeakFirst(sources: SpeakFirstSources): readonly number[] {
  const { rows, policiesWithSas, leftovers } = sources;
  // `use` never asks IKE.
  const silent = rows.filter(({ id, level }) => level !== 'use' && !policiesWithSas.has(id));
  const inUse = new Set(leftovers.policies);
  const chosen = silent.filter(({ id }) => inUse.has(id));
  const served = new Set(rows.filter(({ id }) => policiesWithSas.has(id)).map((row) => row.remote));
  for (const { remote } of chosen) served.add(remote);
  const firstOf = new Map([...silent].reverse().map((row) => [row.remote, row]));
  for (const remote of leftovers.remotes) {
    const row = served.has(remote) ? undefined : firstOf.get(remote);
    if (row !== undefined) chosen.push(row);
  }
  return chosen.map(({ id }) => id);
}

/** Whom an engine in this state has something to do with: what its successor is to know. */
export function activityOf({ policies, policiesWithSas, activeRemotes }: EngineStatus): Activity {
  const negotiating = [...policies].flatMap(([id, state]) => (state === 'expired' ? [] : [id]));
  return {
    policies: [...new Set([...negotiating, ...policiesWithSas])],
    remotes: [...activeRemotes],
  };
}
