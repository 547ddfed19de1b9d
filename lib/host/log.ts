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
  /**
   * Returns once everything is written that can be: to be called once, before the process ends. A
   * reader that is gone or has stalled does not keep the process.
   */
  flush(): Promise<void>;
}

/** When the reader stalls for good, lines beyond it are lost rather than memory. */
const mostPendingLength = 16 * 1024 * 1024;
/** So long the end of the process waits for a reader that does not read. */
const stalledReaderMs = 3_000;

export function openLog(level: LogLevel): LogOutput {
  const { stdout } = process;
  // The reader is gone or its disk is full: there is nobody to tell, and IKE goes on.
  stdout.on('error', () => {});
  neverBlock(stdout);
  const log = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`]), censor: '***' },
    },
    {
      write: (line) => {
        if (stdout.writableLength < mostPendingLength) stdout.write(line);
      },
    },
  );
  return { log, flush: () => written(stdout) };
}

/**
 * A reader that stalls must not stall the key exchange. Node writes to pipes and sockets without
 * waiting, but to a terminal it waits, even to one that Ctrl-S has stopped.
 */
function neverBlock(stream: NodeJS.WriteStream): void {
  const handle: unknown = stream.isTTY ? Reflect.get(stream, '_handle') : undefined;
  if (!isObject(handle)) return;
  const { setBlocking } = handle;
  if (typeof setBlocking === 'function') setBlocking.call(handle, false);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    // Not `unref`: the stream alone does not keep the process until it has written.
    const timer = setTimeout(resolve, stalledReaderMs);
    stream.write('', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
