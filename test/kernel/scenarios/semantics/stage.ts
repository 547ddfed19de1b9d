/**
 * Where the rules about packets are tried: two routers with our daemon, hosts behind them, a forger between
 * them, and eyes on every wire. What goes wrong in one rule leaves the others alone.
 */
import type { Client } from '../../../../lib/client/client.js';
import {
  type Capture,
  type CapturedPacket,
  type Daemon,
  type KernelSa,
  type Lab,
  type LogEntry,
  layersOf,
  type Machine,
  type PingOptions,
  type Router,
  type TwoRouters,
} from '../../../lab/guest.js';
import type { Check } from '../../../lab/job.js';
import { addForger, echoes, matureSas, onlyRows, type Side } from '../../support.js';

/** What was found, by rule. */
export type RuleChecks = Record<string, Check[]>;

/** The trials of one topic, by rule. */
export type RuleTrials = Readonly<Record<string, (stage: Stage) => Promise<void>>>;

/** What there was to see while packets were sent. The texts are those of `layersOf`, each once. */
export interface Seen {
  /** On the wire between the routers, from the side of router 1, without IKE; `nothing` if nothing. */
  readonly outward: string;
  /** What came to host 1, and to host 2. */
  readonly atH1: string;
  readonly atH2: string;
  /** Echo requests that router 1 took for itself. */
  readonly atR1: number;
  /** Messages of IKE that router 1 sent. */
  readonly asked: number;
  /** What router 1 dropped, as the kernel counts it, such as `OutNoStates=1`; empty if nothing. */
  readonly dropped: string;
  /** All packets: between the routers, at host 1 and at host 2. */
  readonly wire: Packets;
  readonly lan1: Packets;
  readonly lan2: Packets;
}

type Packets = readonly CapturedPacket[];

/** Whose packets the forger can send. */
const borrowed = ['1.0.0.2', '10.2.0.2', '10.2.1.2'] as const;
/** An address of router 1 that no policy names. */
export const secondAddress = '1.0.0.11';
/** One that destination NAT gives up for another. */
export const translatedAddress = '1.0.0.13';
/** Kernel modules of the algorithms that the daemons look for. */
const algorithms = [
  'authenc',
  'cbc',
  'des_generic',
  'ecb',
  'echainiv',
  'hmac',
  'md5',
  'sha1_generic',
];
/** An address of each router that only tunnels around tunnels use. */
export const outerEnd = (side: Side) => `5.0.0.${side}`;
/** How long a ping waits that may find no answer. */
const waitSeconds = 0.5;

export class Stage {
  readonly lab: Lab;
  readonly two: TwoRouters;
  /** 1.0.0.3 on the wire. */
  readonly forger: Machine;
  readonly #daemons: Readonly<Record<Side, Daemon>>;
  readonly #clients: Readonly<Record<Side, Client>>;
  readonly #captures: Readonly<Record<'wire' | 'lan1' | 'lan2', Capture>>;
  readonly #results: RuleChecks = {};
  /** Tables of the firewall that have rules. */
  readonly #filled = new Set<'filter' | 'mangle' | 'nat'>();
  #rule = '';

  private constructor(
    two: TwoRouters,
    forger: Machine,
    daemons: Readonly<Record<Side, Daemon>>,
    clients: Readonly<Record<Side, Client>>,
    captures: Readonly<Record<'wire' | 'lan1' | 'lan2', Capture>>,
  ) {
    this.lab = two.r1.lab;
    this.two = two;
    this.forger = forger;
    this.#daemons = daemons;
    this.#clients = clients;
    this.#captures = captures;
  }

  static async set(lab: Lab): Promise<Stage> {
    lab.keepShells();
    const two = await lab.twoRouters();
    const { r1, r2, h1, h2, wire } = two;
    await addAddresses(two);
    const forger = await addForger(lab, two, borrowed, {
      r1: ['1.0.0.1', translatedAddress, '10.1.0.1', '10.1.0.2', '10.1.1.2'],
      r2: [],
    });
    const daemons = { 1: r1.spawnDaemon(), 2: r2.spawnDaemon() };
    await lab.withModules(algorithms, async () => {
      await Promise.all([daemons[1].ready(), daemons[2].ready()]);
    });
    return new Stage(
      two,
      forger,
      daemons,
      { 1: await r1.connect(), 2: await r2.connect() },
      {
        wire: await wire.capture(),
        lan1: await h1.captureAt('eth0'),
        lan2: await h2.captureAt('eth0'),
      },
    );
  }

  /** Tries each rule on empty tables; one that ends early is a check that failed. */
  async perform(trials: RuleTrials): Promise<RuleChecks> {
    for (const [rule, trial] of Object.entries(trials)) {
      this.#rule = rule;
      const started = Date.now();
      try {
        for (const table of this.#filled) await this.firewall(table);
        await this.rows(1);
        await this.rows(2);
        await trial(this);
      } catch (error) {
        this.check('comes to its end', false, (error as Error).message);
      }
      this.lab.progress(`${rule} took ${(Date.now() - started) / 1000} s`);
    }
    return this.#results;
  }

  /** Records a condition of the rule being tried. */
  check(name: string, ok: boolean, detail: unknown = ''): void {
    const text = typeof detail === 'string' ? detail : JSON.stringify(detail);
    this.#results[this.#rule] ??= [];
    this.#results[this.#rule]?.push({ name, ok, detail: text });
    if (!ok) this.lab.progress(`FAILED: ${this.#rule} ${name} (${text})`);
  }

  /** The same for a text that must be just this one. */
  equal(name: string, found: string | number, wanted: string | number): void {
    this.check(name, found === wanted, found === wanted ? `${found}` : `${found}, not ${wanted}`);
  }

  router(side: Side): Router {
    return side === 1 ? this.two.r1 : this.two.r2;
  }

  daemon(side: Side): Daemon {
    return this.#daemons[side];
  }

  /** These rows, lines below `/ip ipsec`, in place of all others. @throws Error when one is refused. */
  async rows(side: Side, ...lines: readonly string[]): Promise<void> {
    // No Diffie-Hellman that no rule needs. After the print numbers mean these policies.
    const proposal = 'proposal set default lifetime=30m lifebytes=0 pfs-group=none';
    await this.type(side, onlyRows([proposal, ...lines, 'policy print'].join('\n')));
  }

  /** Rows of both sides, each told which one it is on. */
  async mirrored(...lines: readonly ((side: Side) => string)[]): Promise<void> {
    for (const side of [2, 1] as const) await this.rows(side, ...lines.map((line) => line(side)));
  }

  /** Commands as a user types them; what they print. @throws Error when one is refused. */
  async type(side: Side, commands: string): Promise<string> {
    const { output, error } = await this.#clients[side].execute(commands);
    if (error !== undefined) throw new Error(`router ${side}: ${error.text}\n${commands}`);
    // Each value on a line of its own is as good as many on one.
    return output.replace(/\s+/g, ' ');
  }

  /** The daemon of that side says so in its log, after so many lines. */
  async logged(side: Side, name: string, words: string, after: number): Promise<void> {
    const entry = await this.daemon(side)
      .waitForLog(name, ({ msg }) => msg.includes(words), { seconds: 20, after })
      .catch(() => undefined);
    this.check(name, entry !== undefined, entry?.msg ?? `no line with ${words}`);
  }

  /** One echo request, unless told otherwise. */
  async ping(from: Machine, to: string, options: PingOptions = {}): Promise<void> {
    await from.ping(to, { count: 1, waitSeconds, ...options });
  }

  /** What is to be seen while `action` lasts, and shortly after. */
  async observe(action: () => Promise<unknown>): Promise<Seen> {
    const started = Date.now() / 1000;
    const before = await this.#counts();
    await action();
    const recent = async (capture: Capture) =>
      (await capture.soFar()).filter(({ time }) => time >= started);
    const { wire: onWire, lan1: at1, lan2: at2 } = this.#captures;
    const [wire, lan1, lan2] = await Promise.all([recent(onWire), recent(at1), recent(at2)]);
    const after = await this.#counts();
    const isIke = ({ protocol, source, sourcePort }: CapturedPacket) =>
      protocol === 'udp' && sourcePort === 500 && source.startsWith('1.0.0.');
    return {
      wire,
      lan1,
      lan2,
      outward: told(wire.filter((packet) => !isIke(packet) && !isOfSide2(packet.source))),
      atH1: told(lan1.filter(({ destination }) => destination.startsWith('10.1.'))),
      atH2: told(lan2.filter(({ destination }) => destination.startsWith('10.2.'))),
      atR1: after.echoes - before.echoes,
      asked: wire.filter((packet) => isIke(packet) && !isOfSide2(packet.source)).length,
      dropped: differences(before.drops, after.drops),
    };
  }

  /** What is to be seen while one machine pings an address once. */
  seePing(from: Machine, to: string, options: PingOptions = {}): Promise<Seen> {
    return this.observe(() => this.ping(from, to, options));
  }

  /** The same for one that has router 1 begin a negotiation, which may take it a moment. */
  seeAsking(from: Machine, to: string): Promise<Seen> {
    const after = this.daemon(1).log.length;
    return this.observe(async () => {
      await this.ping(from, to);
      const begins = ({ event }: LogEntry) => event === 'phase2Started';
      await this.daemon(1).waitForLog('a negotiation', begins, { seconds: 20, after });
    });
  }

  /** The forger sends packets as `xfrm` commands of ip(8) protect them, none for packets in clear. */
  async forge(from: string, to: string, xfrm = '', options: PingOptions = {}): Promise<Seen> {
    const flush = 'xfrm policy flush\nxfrm state flush';
    await this.forger.ip(`${flush}\n${xfrm}`);
    const seen = await this.seePing(this.forger, to, { from, waitSeconds: 0.2, ...options });
    await this.forger.ip(flush);
    return seen;
  }

  /** The SAs of a router's kernel as `esp 101 in`, in order. */
  async sas(side: Side): Promise<string> {
    const lines = (await matureSas(this.router(side))).map((sa) => saText(sa, side));
    return lines.sort().join(', ');
  }

  /** Rules of router 1 in the iptables table, in place of those it has; gone after the trial of the rule. */
  async firewall(table: 'filter' | 'mangle' | 'nat', ...rules: readonly string[]): Promise<void> {
    await this.two.r1.must(['iptables-legacy-restore'], {
      input: `*${table}\n${rules.map((rule) => `-A ${rule}\n`).join('')}COMMIT\n`,
    });
    if (rules.length > 0) this.#filled.add(table);
    else this.#filled.delete(table);
  }

  /** Packets that the first rule of a chain has seen. */
  async counted(table: 'filter' | 'mangle' | 'nat', chain: string): Promise<number> {
    const text = await this.two.r1.must(['iptables-legacy', '-t', table, '-nvxL', chain]);
    return Number(/^\s+(\d+)\s+\d+ /m.exec(text)?.[1]);
  }

  /** While `action` lasts somebody else's SA has the name of the outbound ESP SA of `manualSa` series 1. */
  async withForeignSa(action: () => Promise<void>): Promise<void> {
    const { r1 } = this.two;
    const name = 'src 1.0.0.1 dst 1.0.0.2 proto esp spi 0x102';
    await r1.ip(`xfrm state add ${name} enc ecb(cipher_null) "" auth digest_null ""`);
    try {
      await action();
    } finally {
      await this.rows(1);
      await r1.ip(`xfrm state delete ${name}`);
    }
  }

  /** No daemon of that side answers, nor asks, until `action` is done. */
  async asleep<T>(side: Side, action: () => Promise<T>): Promise<T> {
    const daemon = this.daemon(side);
    daemon.freeze();
    try {
      return await action();
    } finally {
      daemon.thaw();
    }
  }

  async #counts(): Promise<{ readonly echoes: number; readonly drops: string }> {
    const { r1 } = this.two;
    return { echoes: await echoes(r1), drops: await r1.must(['cat', '/proc/net/xfrm_stat']) };
  }
}

/** Each host has more addresses in its network, and one in a network of its own. */
async function addAddresses({ r1, r2, h1, h2 }: TwoRouters): Promise<void> {
  for (const [side, host, router] of [
    [1, h1, r1],
    [2, h2, r2],
  ] as const) {
    await host.ip(`
      addr add 10.${side}.0.3/24 dev eth0
      addr add 10.${side}.1.2/32 dev eth0`);
    await router.ip(`
      route add 10.${side}.1.0/24 via 10.${side}.0.2
      addr add ${outerEnd(side)}/32 dev lo`);
  }
  await r1.ip(`
    addr add ${secondAddress}/24 dev eth0
    addr add ${translatedAddress}/24 dev eth0`);
}

function isOfSide2(address: string): boolean {
  return ['1.0.0.2', '1.0.0.3', outerEnd(2)].includes(address) || address.startsWith('10.2.');
}

function told(packets: readonly CapturedPacket[]): string {
  const texts = new Set(packets.map(({ bytes }) => layersOf(bytes)));
  return texts.size === 0 ? 'nothing' : [...texts].sort().join(', ');
}

/** Counters of /proc/net/xfrm_stat that grew, without the word they all begin with. */
function differences(before: string, after: string): string {
  const old = new Map(readCounters(before));
  return readCounters(after)
    .map(([name, count]) => [name, count - (old.get(name) ?? 0)] as const)
    .filter(([, growth]) => growth > 0)
    .map(([name, growth]) => `${name}=${growth}`)
    .join(' ');
}

function readCounters(text: string): (readonly [name: string, count: number])[] {
  return [...text.matchAll(/^Xfrm(\w+)\s+(\d+)$/gm)].map(
    ([, name = '', count]) => [name, Number(count)] as const,
  );
}

function saText({ protocol, spi, source }: KernelSa, side: Side): string {
  return `${protocol} ${spi.toString(16)} ${source === `1.0.0.${side}` ? 'out' : 'in'}`;
}

/**
 * A template of manual keys with null algorithms, so that packets can be read: SPI `series`1 to router 1,
 * `series`2 to router 2, for AH and for ESP.
 */
export function manualSa(side: Side, name: string, series: number, more = ''): string {
  const [own, others] = [`${series}0${side}`, `${series}0${3 - side}`];
  return `manual-sa add name=${name} esp-spi=${own}/${others} ah-spi=${own}/${others} ${more}`;
}

/** Bytes of an IP packet as text, without its time to live and header checksum. */
export function withoutHops(packet: Uint8Array | undefined): string {
  const bytes = Buffer.from(packet ?? []);
  return Buffer.concat([bytes.subarray(0, 8), bytes.subarray(9, 10), bytes.subarray(12)]).toString(
    'hex',
  );
}
