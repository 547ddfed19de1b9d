/** Runs ping (iputils) and reads which of the requests were answered. */
import { BackgroundProcess, type RunOptions, type RunResult } from './process.js';

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
  /**
   * Sets DF, and a packet larger than what is known of the path is not sent; or leaves it out. Absent: Linux
   * sets it, and fragments what is larger than what is known of the path.
   */
  readonly dontFragment?: boolean;
}

/** A request was too long for the path. */
export interface TooLong {
  /** The router that said so, or `local` when the own kernel knew already. */
  readonly by: string;
  readonly mtu: number;
}

export interface PingResult {
  readonly sent: number;
  readonly received: number;
  /** Sequence numbers, from 1, of requests that were not answered. */
  readonly lost: readonly number[];
  /** What was said about requests that were too long. */
  readonly tooLong: readonly TooLong[];
}

/** `run` runs a program in the namespace. A name or route error is thrown with ping's words. */
export async function ping(
  run: (argv: readonly string[], options: RunOptions) => Promise<RunResult>,
  address: string,
  options: PingOptions = {},
): Promise<PingResult> {
  const { count = 3, intervalSeconds = 0.2, waitSeconds = 1 } = options;
  const runOptions: RunOptions = { timeoutSeconds: count * intervalSeconds + waitSeconds + 20 };
  const words = ['-c', String(count), '-W', String(waitSeconds)];
  const result = await run([...command(address, options), ...words], runOptions);
  const parsed = parsePing(`${result.stderr}${result.stdout}`);
  if (parsed === undefined) throw new Error(`ping ${address}: ${result.stderr.trim()}`);
  return parsed;
}

function command(address: string, options: PingOptions): string[] {
  const { intervalSeconds = 0.2, size = 56, from } = options;
  const header = [
    ...(from === undefined ? [] : ['-I', from]),
    ...(options.hops === undefined ? [] : ['-t', String(options.hops)]),
    ...(options.serviceType === undefined ? [] : ['-Q', String(options.serviceType)]),
    ...(options.dontFragment === undefined ? [] : ['-M', options.dontFragment ? 'do' : 'dont']),
  ];
  return [
    ...['ping', '-n', '-i', String(intervalSeconds), '-s', String(size)],
    ...[...header, address],
  ];
}

/** Pings from its making until it is stopped. */
export class Pinging {
  readonly #process: BackgroundProcess;

  constructor(
    enter: readonly string[],
    address: string,
    options: Omit<PingOptions, 'count' | 'waitSeconds'>,
    logFile: string,
  ) {
    const argv = [...enter, ...command(address, options)];
    this.#process = new BackgroundProcess(`ping ${address}`, argv, logFile);
  }

  /** What became of all requests but the last one if that was still under way. */
  async stop(): Promise<PingResult> {
    this.#process.signal('SIGINT');
    await this.#process.exited(20);
    const parsed = parsePing(this.#process.lines.join('\n'));
    if (parsed === undefined) throw new Error(`ping: ${this.#process.tail()}`);
    if (parsed.lost.at(-1) !== parsed.sent) return parsed;
    return { ...parsed, sent: parsed.sent - 1, lost: parsed.lost.slice(0, -1) };
  }
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
  const tooLong = [
    ...text.matchAll(
      /^From (\S+) .*Frag needed and DF set \(mtu = (\d+)\)|(local) error: .*mtu=(\d+)/gm,
    ),
  ].map(([, router, told, local, known]) => ({
    by: router ?? local ?? '',
    mtu: Number(told ?? known),
  }));
  return { sent: Number(sent), received: Number(sent) - lost.length, lost, tooLong };
}
