/** The names of what the engine reports: stable, for logs, metrics, watchers and library users. */

/** What becomes of phases and SAs, which watchers are told: no more than our own exchanges and timers make. */
export const lifeEventNames = [
  'phase1Started',
  'phase1Established',
  'phase1Failed',
  'phase1Closed',
  'phase2Started',
  'phase2Established',
  'phase2Failed',
  'phase2Renewed',
  'phase2Closed',
  'saInstalled',
  'saRemoved',
  'saExpired',
  'saAdopted',
  'notifyReceived',
  'notifySent',
  'retransmitted',
] as const;
export type LifeEventName = (typeof lifeEventNames)[number];

/** What anybody on the network can cause with every datagram: counted and logged alone. */
export type TrafficEventName = 'acquireIgnored' | 'datagramDropped';

export type EngineEventName = LifeEventName | TrafficEventName;

const lifeNames: ReadonlySet<string> = new Set(lifeEventNames);

export function isLifeEventName(name: string): name is LifeEventName {
  return lifeNames.has(name);
}
