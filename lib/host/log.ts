/** The daemon's log: JSON lines on standard output, one per engine event, without any secret. */
import { type Logger, pino } from 'pino';
import type { EngineEvent } from '../core/ike/effect.js';
import type { Clock } from './clock.js';
import { RepeatLimiter } from './repeat-limiter.js';

export type Log = Logger;

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

// `Secret` prints as stars by itself; this guards against text of a key under a telling name.
const secretNames = [
  'secret',
  'preSharedKey',
  'encryptionKey',
  'integrityKey',
  'privateKey',
  'key',
];

export interface LogOutput {
  readonly log: Log;
  /** Writes out what is still held in memory: to be called once, before the process ends. */
  flush(): void;
}

export function openLog(level: LogLevel): LogOutput {
  // Not synchronous: a reader that stalls must not stall the key exchange. When it stalls for good,
  // lines beyond the bound are lost rather than memory.
  const destination = pino.destination({ fd: 1, sync: false, maxLength: 16 * 1024 * 1024 });
  const log = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`]), censor: '***' },
    },
    destination,
  );
  return {
    log,
    flush: () => {
      try {
        destination.flushSync();
      } catch {
        // Standard output is gone: there is nobody left to tell.
      }
    },
  };
}

/** Lines that what happens outside can cause at any rate: warnings and errors are rate limited. */
export class EventLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #limiter = new RepeatLimiter();

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  engineEvent({ name, level, message, policyId, peerId, ...rest }: EngineEvent): void {
    if (!this.#log.isLevelEnabled(level)) return;
    const fields = { event: name, ...rest, policy: policyId, peer: peerId };
    if (level === 'debug' || level === 'info') this.#log[level](fields, message);
    else this.limited(level, fields, message);
  }

  /** Lines whose fields are equal have one cause, whatever their message says. */
  limited(level: 'warn' | 'error', fields: LogFields, message: string): void {
    const suppressed = this.#limiter.admit(JSON.stringify(fields), this.#clock.now());
    if (suppressed === undefined) return;
    this.#log[level](suppressed === 0 ? fields : { ...fields, suppressed }, message);
  }
}

export interface LogFields {
  readonly event: string;
  readonly [name: string]: string | number | undefined;
}
