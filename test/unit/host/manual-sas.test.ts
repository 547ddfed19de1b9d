/** What the data plane holds of manual keys while rows come, change and go. */
import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { instant } from '../../../lib/core/base/instant.js';
import { invalidReason } from '../../../lib/core/config/validity.js';
import { MemoryDataPlane } from '../../../lib/core/dataplane/memory/memory-data-plane.js';
import type { DataPlaneResult, InstalledSa } from '../../../lib/core/dataplane/types.js';
import { ikeConfigOf } from '../../../lib/core/ike/ike-config-of.js';
import { compilePolicies } from '../../../lib/core/policy/compile.js';
import { EventLog } from '../../../lib/host/event-log.js';
import { ManualSas } from '../../../lib/host/manual-sas.js';
import { createTestCrypto } from '../../support/crypto.js';
import { newConsole } from '../core/console/fake-host.js';

const now = instant(1_000);

/** A router without IKE: tables, manual keys and a data plane. */
class Router {
  readonly address: string;
  readonly plane: MemoryDataPlane;
  readonly lines: string[] = [];
  /** Refused are SAs of this protocol. */
  refused: 'ah' | 'esp' | undefined;
  #manual: ManualSas;
  readonly #console = newConsole();

  constructor(address: string) {
    this.address = address;
    const crypto = createTestCrypto();
    const random = (length: number) => crypto.random(length);
    this.plane = new MemoryDataPlane({ random, epochAtZero: 0, now });
    this.#manual = this.#newManualSas();
  }

  #newManualSas(): ManualSas {
    const log = pino({}, { write: (line) => this.lines.push(JSON.parse(line).msg) });
    const clock = { now: () => now, epochSecondsOf: () => 0 };
    return new ManualSas({
      apply: (operations) =>
        operations.map((operation): DataPlaneResult => {
          if (operation.kind === 'installSa' && operation.sa.protocol === this.refused) {
            return { kind: 'refused', code: 'EPROTONOSUPPORT', detail: 'no such protocol' };
          }
          return this.plane.apply([operation])[0] as DataPlaneResult;
        }),
      eventLog: new EventLog({ log, clock, isConfigured: () => true }),
    });
  }

  get config() {
    return this.#console.host.config();
  }

  /** Types commands and does what a daemon does after a change of the tables. */
  type(...commands: readonly string[]): void {
    for (const command of commands) expect(this.#console.run(`/ip ipsec ${command}`)).toBe('');
    this.#manual.apply(this.config);
    const withSas = new Set(this.#manual.policiesWithSas);
    const wanted = compilePolicies(this.config, { localAddresses: [this.address], withSas });
    this.plane.apply([
      ...this.plane
        .snapshot()
        .policies.map((policy) => ({ kind: 'removePolicy', policy }) as const),
      ...wanted.map((policy) => ({ kind: 'installPolicy', policy }) as const),
    ]);
  }

  print(table: string): string {
    return this.#console.run(`/ip ipsec ${table} print`);
  }

  /** The daemon begins anew, the data plane keeps what it has. */
  restart(): void {
    this.#manual = this.#newManualSas();
    this.#manual.adopt(this.config, this.plane.snapshot().sas);
    this.#manual.apply(this.config);
  }

  get policiesWithSas(): number {
    return this.#manual.policiesWithSas.length;
  }

  sas(): readonly InstalledSa[] {
    return this.plane.snapshot().sas;
  }

  /** `protocol direction SPI`, sorted. */
  get text(): readonly string[] {
    return this.sas()
      .map(({ protocol, direction, spi }) => `${protocol} ${direction} ${spi.toString(16)}`)
      .sort();
  }

  get packets(): number {
    return this.sas().reduce((sum, { counters }) => sum + counters.packets, 0);
  }

  /** A packet from this router's network to the other's. */
  ping(other: Router): string {
    const host = (address: string) => `10.${address.split('.').at(-1)}.0.5`;
    const packet = {
      source: host(this.address),
      destination: host(other.address),
      protocol: 1,
      bytes: 84,
    };
    const sent = this.plane.sendPacket(packet, now);
    if (sent.kind === 'dropped') return `dropped ${sent.reason}`;
    const arrived = sent.kind === 'encrypted' ? sent.packet : packet;
    const received = other.plane.receivePacket(arrived, now);
    return received.kind === 'delivered' ? sent.kind : `lost ${received.reason}`;
  }
}

const key = (bytes: number, digit: string) => digit.repeat(2 * bytes);

function policy(side: 1 | 2, more = '', network = 0): string {
  const other = 3 - side;
  const networks =
    side === 1
      ? `src-address=10.1.0.0/24 dst-address=10.2.${network}.0/24`
      : `src-address=10.2.${network}.0/24 dst-address=10.1.0.0/24`;
  return `policy add ${networks} tunnel=yes sa-src=1.0.0.${side} sa-dst=1.0.0.${other} action=encrypt manual-sa=m ${more}`;
}

/** A pair of keys as each side writes it: its own incoming one first. */
const pairOf = (side: 1 | 2, one: string, two: string) =>
  side === 1 ? `${one}/${two}` : `${two}/${one}`;

const keysOf = (side: 1 | 2) => ({
  esp: `esp-spi=${pairOf(side, '501', '502')} esp-enc-algorithm=aes-128 esp-enc-key=${pairOf(side, key(16, '1'), key(16, '2'))} esp-auth-algorithm=sha1 esp-auth-key=${pairOf(side, key(20, '3'), key(20, '4'))}`,
  ah: `ah-spi=${pairOf(side, '601', '602')} ah-algorithm=md5 ah-key=${pairOf(side, key(16, '5'), key(16, '6'))}`,
});

function routers(protocols = 'esp'): { readonly a: Router; readonly b: Router } {
  const made = ([1, 2] as const).map((side) => {
    const router = new Router(`1.0.0.${side}`);
    const { esp, ah } = keysOf(side);
    const template = `manual-sa add name=m ${esp} ${ah}`;
    router.type(template, policy(side, `ipsec-protocols=${protocols}`));
    return router;
  });
  const [a, b] = made as [Router, Router];
  return { a, b };
}

describe.each([
  ['esp', ['esp in 501', 'esp out 502']],
  ['ah', ['ah in 601', 'ah out 602']],
  ['ah,esp', ['ah in 601', 'ah out 602', 'esp in 501', 'esp out 502']],
])('R-40 R-41 %s', (protocols, expected) => {
  test('has one SA each way for each protocol, and the other side the same ones', () => {
    const { a, b } = routers(protocols);
    expect(a.text).toEqual(expected);
    expect(b.text).toEqual(
      expected
        .map((text) => text.replace(/in|out/, (word) => (word === 'in' ? 'out' : 'in')))
        .sort(),
    );
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  });

  test('R-41 carries nothing where the two sides write their keys in the same order', () => {
    const { a, b } = routers(protocols);
    const { esp, ah } = keysOf(1);
    b.type(`manual-sa set m ${esp} ${ah}`);
    expect(a.ping(b)).toMatch(/^lost/);
  });
});

describe('R-42 a template that several policies share', () => {
  test('has its SAs once, as long as one of them needs them', () => {
    const { a, b } = routers();
    a.type(policy(1, '', 1));
    b.type(policy(2, '', 1));
    expect(a.sas()).toHaveLength(2);
    a.type('policy remove 0');
    expect(a.sas()).toHaveLength(2);
    a.type('policy disable [find]');
    expect(a.sas()).toEqual([]);
    a.type('policy enable [find]');
    expect(a.text).toEqual(['esp in 501', 'esp out 502']);
  });
});

test('R-43 another template with the same SPI for the same ends makes the later policy invalid, and no SA', () => {
  const { a, b } = routers();
  const before = a.sas();
  a.type(
    `manual-sa add name=other esp-spi=501/502 esp-enc-algorithm=des esp-enc-key=${key(8, '7')}`,
    policy(1, '', 1).replace('manual-sa=m', 'manual-sa=other'),
  );
  const [, later] = a.config.tables.policy;
  expect(later && invalidReason(a.config, later)?.rule).toBe('R-43');
  expect(a.sas()).toEqual(before);
  expect(a.ping(b)).toBe('encrypted');
});

test('R-44 SAs of manual keys have no limits, and go with their policy or template', () => {
  const { a } = routers('ah,esp');
  const limits = { softSeconds: 0, hardSeconds: 0, softBytes: 0, hardBytes: 0 };
  expect(a.sas().map(({ lifetime }) => lifetime)).toEqual(Array(4).fill(limits));
  for (const [off, on] of [
    ['policy disable 0', 'policy enable 0'],
    ['manual-sa disable m', 'manual-sa enable m'],
    ['policy set 0 action=accept', 'policy set 0 action=encrypt'],
    ['policy set 0 manual-sa=none', 'policy set 0 manual-sa=m'],
  ] as const) {
    a.type(off);
    expect([off, a.sas()]).toEqual([off, []]);
    a.type(on);
    expect([on, a.sas().length]).toEqual([on, 4]);
  }
});

describe('R-45 editing a template replaces its SAs', () => {
  test.each([
    ['a key', (side: 1 | 2) => `esp-auth-key=${pairOf(side, key(20, '8'), key(20, '9'))}`],
    ['an SPI', (side: 1 | 2) => `esp-spi=${pairOf(side, '701', '702')}`],
    ['an algorithm', () => 'esp-enc-algorithm=null'],
  ])('%s: counters begin anew, and nothing passes until the other side has it too', (_, edit) => {
    const { a, b } = routers();
    a.ping(b);
    b.ping(a);
    expect(a.packets).toBe(2);
    a.type(`manual-sa set m ${edit(1)}`);
    expect([a.packets, a.sas().length]).toEqual([0, 2]);
    expect(a.ping(b)).toMatch(/^lost/);
    b.type(`manual-sa set m ${edit(2)}`);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  });

  test('another name, or the keys of a protocol the policy does not use, leave them as they are', () => {
    const { a, b } = routers();
    a.ping(b);
    a.type('manual-sa set m name=renamed', `manual-sa set renamed ah-key=${key(16, 'a')}`);
    expect([a.packets, a.ping(b)]).toEqual([1, 'encrypted']);
  });

  test('a restart of the daemon leaves them as well', () => {
    const { a, b } = routers();
    a.ping(b);
    a.restart();
    expect([a.packets, a.policiesWithSas, a.ping(b)]).toEqual([1, 1, 'encrypted']);
  });
});

describe('A-30 a key of a wrong length', () => {
  test.each([
    ['esp', 'esp-enc-key', key(15, '1')],
    ['esp', 'esp-auth-key', key(16, '1')],
    ['ah', 'ah-key', key(20, '1')],
    ['ah,esp', 'ah-key', `${key(16, '1')}/${key(15, '1')}`],
    ['esp', 'esp-enc-key', '""'],
  ])(
    '(ipsec-protocols=%s, %s=%s) is flagged I, and takes the SAs away until it is right again',
    (protocols, name, wrong) => {
      const { a, b } = routers(protocols);
      a.type(`manual-sa set m ${name}=${wrong}`);
      expect(a.print('manual-sa')).toContain('  0 I name="m"');
      expect(a.print('policy')).toMatch(/^ {2}0 I /m);
      expect(a.sas()).toEqual([]);
      const { esp, ah } = keysOf(1);
      a.type(`manual-sa set m ${esp} ${ah}`);
      expect(a.print('manual-sa')).toContain('  0   name="m"');
      expect(a.ping(b)).toBe('encrypted');
    },
  );

  test('under null is none (the manual prints one): AH takes it, ESP leaves it out', () => {
    const { a } = routers('ah,esp');
    a.type('manual-sa set m ah-algorithm=null ah-key=abcfed esp-enc-algorithm=null esp-enc-key=ff');
    expect(a.print('manual-sa')).toContain('  0   name="m"');
    const bytes = a
      .sas()
      .map(({ protocol, integrityKey, encryptionKey }) => [
        protocol,
        integrityKey.reveal().length,
        encryptionKey.reveal().length,
      ]);
    expect(bytes.filter(([protocol]) => protocol === 'ah')).toEqual(Array(2).fill(['ah', 3, 0]));
    expect(bytes.filter(([protocol]) => protocol === 'esp')).toEqual(Array(2).fill(['esp', 20, 0]));
  });
});

describe('R-46', () => {
  test('IKE has no part in a policy with manual keys', () => {
    const { a } = routers();
    expect(ikeConfigOf(a.config).policies).toEqual([]);
    a.type('policy set 0 manual-sa=none');
    expect(ikeConfigOf(a.config).policies).toHaveLength(1);
  });

  test.each([
    ['require', /^dropped/],
    // In clear, which the other side does not take.
    ['use', /^lost/],
  ])(
    'level=%s decides about packets where an SA is refused, and the log names row and reason',
    (level, fate) => {
      const { a, b } = routers();
      a.type('policy disable 0', `policy set 0 level=${level} ipsec-protocols=ah`);
      a.refused = 'ah';
      a.type('policy enable 0');
      expect([a.sas(), a.policiesWithSas]).toEqual([[], 0]);
      expect(a.ping(b)).toMatch(fate);
      expect(a.lines[0]).toBe(
        'the outbound ah SA 602 of /ip ipsec policy 0 (manual-sa=m) cannot be installed: no such protocol',
      );
      // What is refused once is tried again with the next change.
      a.refused = undefined;
      b.type('policy set 0 ipsec-protocols=ah');
      a.type('policy set 0 comment=again');
      expect(a.policiesWithSas).toBe(1);
      expect(a.ping(b)).toBe('encrypted');
    },
  );

  test('of a bundle one refused SA leaves the policy without its protection', () => {
    const { a, b } = routers('ah,esp');
    a.type('policy disable 0');
    a.refused = 'ah';
    a.type('policy enable 0');
    expect([a.text, a.policiesWithSas]).toEqual([['esp in 501', 'esp out 502'], 0]);
    expect(a.ping(b)).toMatch(/^dropped/);
  });
});
