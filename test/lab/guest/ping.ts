/** Runs ping (iputils) and reads which of the requests were answered. */
import type { RunOptions, RunResult } from './process.js';

export interface PingOptions {
  /** Default 3. */
  readonly count?: number;
  /** Between requests; default 0.2. */
  readonly intervalSeconds?: number;
  /** Payload bytes; default 56. */
  readonly size?: number;
  /** How long to wait for the last answer; default 1. */
  readonly waitSeconds?: number;
  /** Source address or device. */
  readonly from?: string;
  /** Time to live. */
  readonly hops?: number;
  /** The byte of the IP header, DSCP and ECN (RFC 2474, RFC 3168). */
  readonly serviceType?: number;
  /** Sets DF; a packet larger than what is known of the path is not sent. */
  readonly dontFragment?: boolean;
}

export interface PingResult {
  readonly sent: number;
  readonly received: number;
  /** Sequence numbers, from 1, of requests that were not answered. */
  readonly lost: readonly number[];
}

/** `run` runs a program in the namespace. A name or route error is thrown with ping's words. */
export async function ping(
  run: (argv: readonly string[], options: RunOptions) => Promise<RunResult>,
  address: string,
  options: PingOptions = {},
): Promise<PingResult> {
  const { count = 3, intervalSeconds = 0.2, size = 56, waitSeconds = 1, from } = options;
  const header = [
    ...(from === undefined ? [] : ['-I', from]),
    ...(options.hops === undefined ? [] : ['-t', String(options.hops)]),
    ...(options.serviceType === undefined ? [] : ['-Q', String(options.serviceType)]),
    ...(options.dontFragment ? ['-M', 'do'] : []),
  ];
  const runOptions: RunOptions = { timeoutSeconds: count * intervalSeconds + waitSeconds + 20 };
  const result = await run(
    [
      ...['ping', '-n', '-c', String(count), '-i', String(intervalSeconds)],
      ...['-W', String(waitSeconds), '-s', String(size), ...header, address],
    ],
    runOptions,
  );
  const parsed = parsePing(result.stdout);
  if (parsed === undefined) throw new Error(`ping ${address}: ${result.stderr.trim()}`);
  return parsed;
}

/** Undefined when the text has no summary line. */
export function parsePing(text: string): PingResult | undefined {
  const sent = /^(\d+) packets transmitted/m.exec(text)?.[1];
  if (sent === undefined) return undefined;
  const answered = new Set(
    [...text.matchAll(/^\d+ bytes from .* icmp_seq=(\d+) .*time=/gm)].map((match) => match[1]),
  );
  const numbers = Array.from({ length: Number(sent) }, (_, index) => index + 1);
  const lost = numbers.filter((number) => !answered.has(String(number)));
  return { sent: Number(sent), received: Number(sent) - lost.length, lost };
}
