/**
 * Log lines that what happens outside can cause at any rate: warnings and errors are rate limited,
 * and whoever causes many of one sort cannot silence the others.
 */
import type { EngineEvent } from '../core/ike/effect.js';
import type { Clock } from './clock.js';
import type { Log } from './log.js';
import { RepeatLimiter } from './repeat-limiter.js';

export interface LogFields {
  readonly event: string;
  readonly [name: string]: string | number | undefined;
}

export interface EventLogOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** Whether the tables name this very address as somebody to speak with. */
  readonly isConfigured: (remote: string) => boolean;
}

/** Reasons strangers can give are few; this leaves room for all of them. */
const strangerCausesMax = 32;

export class EventLog {
  readonly #options: EventLogOptions;
  readonly #own = new RepeatLimiter();
  readonly #peers = new RepeatLimiter();
  /** Anybody can forge ever new addresses: these lines have a budget of their own. */
  readonly #strangers = new RepeatLimiter(strangerCausesMax);

  constructor(options: EventLogOptions) {
    this.#options = options;
  }

  engineEvent(event: EngineEvent): void {
    const { name, level, message, policyId, peerId, ...rest } = event;
    const { log } = this.#options;
    if (!log.isLevelEnabled(level)) return;
    const fields = { event: name, ...rest, policy: policyId, peer: peerId };
    if (level === 'debug' || level === 'info') log[level](fields, message);
    else if (this.#isStranger(event)) {
      // By reason alone: the line names the first address, the others are in its count.
      const cause = JSON.stringify([name, rest.reason, peerId]);
      this.#write(this.#strangers, { level, fields, message, cause });
    } else this.#write(this.#peers, { level, fields, message, cause: JSON.stringify(fields) });
  }

  /** Somebody changed the tables, perhaps because of what was told here: the next failure is news. */
  configurationChanged(): void {
    this.#own.forget();
    this.#peers.forget();
  }

  /** A failure of our own. Lines whose fields are equal have one cause, whatever their message says. */
  failure(level: 'warn' | 'error', fields: LogFields, message: string): void {
    const { remote } = fields;
    const isStrange = typeof remote === 'string' && !this.#options.isConfigured(remote);
    const cause = JSON.stringify(isStrange ? { ...fields, remote: undefined } : fields);
    this.#write(this.#own, { level, fields, message, cause });
  }

  /**
   * A peer row for a whole network lets anybody in it speak, so being one of its addresses is not
   * enough to be known.
   */
  #isStranger({ remote, policyId }: EngineEvent): boolean {
    return policyId === undefined && remote !== undefined && !this.#options.isConfigured(remote);
  }

  #write(limiter: RepeatLimiter, { level, fields, message, cause }: Line): void {
    const { log, clock } = this.#options;
    const suppressed = limiter.admit(cause, clock.now());
    if (suppressed === undefined) return;
    log[level](suppressed === 0 ? fields : { ...fields, suppressed }, message);
  }
}

interface Line {
  readonly level: 'warn' | 'error';
  readonly fields: LogFields;
  readonly message: string;
  readonly cause: string;
}
