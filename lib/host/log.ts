/** The daemon's log: JSON lines on standard output, one per engine event, without any secret. */
import { type Logger, pino } from 'pino';

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
