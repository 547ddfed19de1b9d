/** Everything that may come out of the engine, and how its host drives it. */
import type { Instant } from '../base/instant.js';
import type { EngineEventName } from '../config/engine-event-names.js';
import type { CryptoJob } from '../crypto/provider.js';
import type { DataPlaneOperation } from '../dataplane/types.js';
import type { Datagram, EffectId, Input } from './input.js';
import type { EngineStatus } from './status.js';

export interface EngineEvent {
  readonly name: EngineEventName;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** One sentence for a person: what happened, the row or cause, and what to do. Never a secret. */
  readonly message: string;
  /** Stable reason word for metrics, such as `no-proposal-chosen`. */
  readonly reason?: string;
  /** Why a proposal was refused: the properties, by commas, in which the nearest offer was no match. */
  readonly attributes?: string;
  /** Weak algorithms that were agreed on, by commas, such as `md5,modp1024`. */
  readonly weak?: string;
  readonly local?: string;
  readonly remote?: string;
  readonly policyId?: number;
  readonly peerId?: number;
}

export type Effect =
  | { readonly kind: 'send'; readonly datagram: Datagram }
  /** Always answered by a `completed` input with the same id. */
  | { readonly kind: 'dataplane'; readonly id: EffectId; readonly operation: DataPlaneOperation }
  /** Always answered, now or later, by a `completed` input with the same id. */
  | { readonly kind: 'compute'; readonly id: EffectId; readonly job: CryptoJob }
  | { readonly kind: 'event'; readonly event: EngineEvent };

/**
 * The protocol engine. Its one invariant: every input is handled to the end, and all its effects are
 * performed (`compute`: started) before the next input.
 */
export interface IkeEngine {
  handle(input: Input): readonly Effect[];
  /** When the engine wants a `timeout` input; undefined = nothing is pending. */
  nextTimeout(): Instant | undefined;
  status(): EngineStatus;
}

/**
 * Feeds one input and whatever its effects answer at once. `perform` returns the `completed` input
 * of an effect that was answered synchronously, or nothing.
 */
export function drive(
  engine: IkeEngine,
  input: Input,
  perform: (effect: Effect) => Input | undefined,
): void {
  const inputs: Input[] = [input];
  for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
    for (const effect of engine.handle(next)) {
      const answer = perform(effect);
      if (answer !== undefined) inputs.push(answer);
    }
  }
}
