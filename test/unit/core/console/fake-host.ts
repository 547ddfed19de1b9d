/** A console host without a system behind it: accepts every configuration unless told to refuse. */
import type { Result } from '../../../../lib/core/base/result.js';
import { err, ok } from '../../../../lib/core/base/result.js';
import type { LiveStatus } from '../../../../lib/core/config/live-status.js';
import type { Config } from '../../../../lib/core/config/tables.js';
import { emptyConfig } from '../../../../lib/core/config/tables.js';
import type { ConsoleHost, FileRefusal } from '../../../../lib/core/console/console-host.js';
import type { SessionOptions } from '../../../../lib/core/console/session.js';
import { ConsoleSession } from '../../../../lib/core/console/session.js';
import type { PacketFacts } from '../../../../lib/core/explain/facts.js';

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

/** A router whose local time is UTC. */
function formatTime(epochSeconds: number): string {
  const date = new Date(epochSeconds * 1000);
  const two = (value: number) => `${value}`.padStart(2, '0');
  const day = `${months[date.getUTCMonth()]}/${two(date.getUTCDate())}/${date.getUTCFullYear()}`;
  return `${day} ${[date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')}`;
}

/** Nothing negotiated, nothing installed. */
export const idleStatus: LiveStatus = {
  peers: new Map(),
  policies: new Map(),
  installedSas: [],
  counters: {
    outAccept: 0,
    outDrop: 0,
    outEncrypt: 0,
    inAccept: 0,
    inDrop: 0,
    inDecrypted: 0,
    inAcceptIsakmp: 0,
    outAcceptIsakmp: 0,
    inDropEncryptedExpected: 0,
  },
};

/** Nothing installed, no address, nobody to ask for routes. */
export const bareFacts: PacketFacts = {
  snapshot: { policies: [], sas: [] },
  localAddresses: [],
  failureOf: () => undefined,
  troubleOf: () => undefined,
  routeOf: () => undefined,
  hasPacketFilter: false,
  refusedInClear: 0,
};

export class FakeHost implements ConsoleHost {
  current: Config = emptyConfig();
  live: LiveStatus = idleStatus;
  commits = 0;
  refusal: string | undefined;
  readonly product = 'ipsecctl 0.0.0';
  /** What was written, by name; and what can be read. */
  readonly files = new Map<string, string>();
  readonly flushed: string[] = [];
  epochSeconds = 0;
  facts: PacketFacts = bareFacts;

  config(): Config {
    return this.current;
  }

  commit(next: Config): Result<undefined, string> {
    if (this.refusal !== undefined) return err(this.refusal);
    this.commits += 1;
    this.current = next;
    return ok(undefined);
  }

  status(): LiveStatus {
    return this.live;
  }

  now(): number {
    return this.epochSeconds;
  }

  formatTime(epochSeconds: number): string {
    return formatTime(epochSeconds);
  }

  parseTime(text: string): number | undefined {
    const [month = '', day, year, ...clock] = text.split(/[/ :]/);
    const at = Date.UTC(Number(year), months.indexOf(month), Number(day), ...clock.map(Number));
    return Number.isNaN(at) ? undefined : at / 1000;
  }

  readFile(name: string): Result<string, FileRefusal> {
    const text = this.files.get(name);
    if (text !== undefined) return ok(text);
    return err({ text: `there is no file ${name}`, hint: 'files are in /files' });
  }

  writeFile(name: string, text: string): Result<undefined, string> {
    this.files.set(name, text);
    return ok(undefined);
  }

  matcher(pattern: string): ((text: string) => boolean) | undefined {
    try {
      const expression = new RegExp(pattern);
      return (text) => expression.test(text);
    } catch {
      return undefined;
    }
  }

  flushSas(protocols: 'ah' | 'esp' | 'all'): void {
    this.flushed.push(protocols);
  }

  packetFacts(): PacketFacts {
    return this.facts;
  }
}

export interface Console {
  readonly host: FakeHost;
  readonly session: ConsoleSession;
  /** Runs commands that must succeed and gives what they printed. */
  run(text: string, columns?: number): string;
  /** Runs commands of which one must fail and gives the line shown, with its place. */
  fail(text: string): string;
}

export function newConsole(options: SessionOptions = {}): Console {
  const host = new FakeHost();
  const session = new ConsoleSession(host, options);
  return {
    host,
    session,
    run: (text, columns = 80) => {
      const { output, error } = session.execute(text, { columns });
      if (error !== undefined) throw new Error(`${error.text} at ${error.line}:${error.column}`);
      return output;
    },
    fail: (text) => {
      const { error } = session.execute(text);
      if (error === undefined) throw new Error(`accepted: ${text}`);
      return `${error.text} @${error.line}:${error.column}`;
    },
  };
}
