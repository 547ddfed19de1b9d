/** Tells those who watch what becomes of the tables, the phases and the SAs. */
import type { Config } from '../core/config/config.js';
import { isLifeEventName } from '../core/config/engine-event-names.js';
import { formatId } from '../core/config/item-id.js';
import type { LiveStatus } from '../core/config/live-status.js';
import { tableChanges } from '../core/control/table-changes.js';
import type { WatchEvent } from '../core/control/watch-event.js';
import type { EngineEvent } from '../core/ike/effect.js';

export interface WatchersOptions {
  /** The one in force. */
  readonly config: Config;
  readonly status: () => LiveStatus;
  readonly epochSeconds: () => number;
}

type Listener = (event: WatchEvent) => void;

export class Watchers {
  readonly #options: WatchersOptions;
  readonly #listeners = new Set<Listener>();
  #config: Config;

  constructor(options: WatchersOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  /** Returns what ends it. */
  add(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onSaved(config: Config): void {
    const before = this.#config;
    this.#config = config;
    if (this.#listeners.size === 0) return;
    const { epochSeconds } = this.#options;
    for (const change of tableChanges(this.#view(before), this.#view(config))) {
      this.#tell({ ...change, epochSeconds: epochSeconds() });
    }
  }

  onEngineEvent({ policyId, peerId, name, ...event }: EngineEvent): void {
    if (this.#listeners.size === 0 || !isLifeEventName(name)) return;
    this.#tell({
      kind: 'engine',
      epochSeconds: this.#options.epochSeconds(),
      name,
      ...event,
      ...(policyId === undefined ? {} : { policyId: formatId(policyId) }),
      ...(peerId === undefined ? {} : { peerId: formatId(peerId) }),
    });
  }

  #view(config: Config) {
    const { status } = this.#options;
    return {
      config,
      get status() {
        return status();
      },
    };
  }

  #tell(event: WatchEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
