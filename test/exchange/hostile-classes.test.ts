/**
 * Each class of the catalogue that is told by its bytes, alone: against a router without an SA and against one
 * with, from the peer's address and from a stranger's (docs/hostile-inputs.md).
 */
import { describe, expect, test } from '@jest/globals';
import { answersTo, established, sizesOf } from './checks.js';
import { type Hostile, hostileDatagrams } from './hostile-datagrams.js';
import { readHeader } from './rfc2409.js';
import type { Router, World } from './world.js';
import { pair } from './world.js';

const titles = [
  'hostile 1: lengths that lie',
  'hostile 2: payloads without length, chains without end',
  'hostile 3: versions of other protocols',
  'hostile 4: situations and domains of interpretation nobody defined',
  'hostile 5: payloads of the other version, and private ones',
  'hostile 6: counts that lie, and offers without end',
  'hostile 9: first messages without what they must have',
  'hostile 10: dead peer detection in clear',
  'hostile 11: deletes and notifies in clear',
  'hostile 12: encrypted noise under known and unknown cookies',
  'hostile 20: fragments of IKE messages',
  'hostile 21: fragments of version 2',
  'hostile 30: messages out of turn',
  'hostile 34: mode config',
  'hostile 37: cookies that cannot be',
  'hostile 39: noise in place of ciphertext',
  'hostile 42: vendor ids without end',
  'hostile 43: what is for UDP port 4500',
  'hostile 45: exchanges nobody speaks here',
  'hostile 47: certificates before anything is proved',
  'hostile 48: version 2',
];

interface Cookies {
  readonly cookieI: Uint8Array;
  readonly cookieR: Uint8Array;
}

const nobody: Cookies = { cookieI: Buffer.alloc(8, 0x11), cookieR: Buffer.alloc(8, 0x22) };

function ofClass(title: string, cookies: Cookies): Hostile[] {
  const number = /\d+/.exec(title)?.[0];
  return hostileDatagrams(cookies).filter(({ name }) => new RegExp(`#${number}\\b`).test(name));
}

/** What may be seen at once: at most one answer, to whom it came from, and not much larger. */
function attack(world: World, target: Router, from: string, datagrams: readonly Hostile[]): void {
  for (const { name, bytes } of datagrams) {
    const answers = answersTo(world, target, from, bytes);
    const small = answers.every((answer) => answer.bytes.length <= Math.max(bytes.length, 28 + 60));
    const home = answers.every(({ remote }) => remote.address === from);
    expect({ name, few: answers.length <= 1, small, home }).toEqual({
      name,
      few: true,
      small: true,
      home: true,
    });
  }
}

describe.each(titles)('%s', (title) => {
  test('leave nothing at a router without an SA', () => {
    const datagrams = ofClass(title, nobody);
    expect(datagrams.length).toBeGreaterThan(0);
    const { world, a, b } = pair();
    world.fate = () => [];
    for (const from of [a.address, '9.9.9.9']) attack(world, b, from, datagrams);
    world.run(100_000);
    expect(b.engine.status().sizes).toMatchObject({
      ikeSas: 0,
      halfOpen: 0,
      negotiations: 0,
      timers: 0,
    });
    world.fate = () => [{ delayMs: 5 }];
    a.ping(b);
    world.run(1_000);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  });

  test.each(['initiator', 'responder'] as const)('change nothing at the %s of a tunnel', (side) => {
    const { world, a, b, mainMode } = established();
    world.run(100_000);
    const [target, peer] = side === 'initiator' ? [a, b] : [b, a];
    const before = [target.keys(), sizesOf(target)];
    const own = readHeader(mainMode[1] ?? new Uint8Array(28));
    world.fate = () => [];
    for (const cookies of [nobody, own]) {
      for (const from of [peer.address, '9.9.9.9'])
        attack(world, target, from, ofClass(title, cookies));
    }
    world.fate = () => [{ delayMs: 5 }];
    expect(target.keys()).toEqual(before[0]);
    // Under the same phase 1, as nothing ended it.
    target.command({ kind: 'initiate', policyId: 1 });
    world.run(1_000);
    expect(target.sas()).toHaveLength(4);
    expect(target.engine.status().peers.get(101)?.phase2Total).toBe(2);
    world.run(100_000);
    expect(sizesOf(target)).toMatchObject({
      ikeSas: 1,
      halfOpen: 0,
      negotiations: 0,
      openRequests: 0,
    });
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  });
});
