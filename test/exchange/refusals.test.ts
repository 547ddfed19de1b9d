/**
 * A refused proposal: log and event name what did not match in the offer that comes nearest, what was
 * offered, what is accepted, the row, and what to set. And the groups that go by two numbers.
 */
import { describe, expect, test } from '@jest/globals';
import type { DhGroupName } from '../../lib/core/crypto/algorithms.js';
import { dhGroup } from '../../lib/core/crypto/algorithms.js';
import type { EngineEvent } from '../../lib/core/ike/effect.js';
import type { PolicyConfig } from '../../lib/core/ike/ike-config.js';
import { createTestCrypto } from '../support/crypto.js';
import { computeTestJob } from '../support/dh.js';
import { everySa, inject } from './checks.js';
import { attributes, clear, saBody } from './hostile-datagrams.js';
import { payloadNumber, readChain, readHeader } from './rfc2409.js';
import type { PairOptions, Router } from './world.js';
import { pair } from './world.js';

const peerRow = '/ip ipsec peer 0 (address=1.0.0.1:500)';
const proposalRow = '/ip ipsec proposal 0 (name=default)';

function failure({ events }: Router, name: EngineEvent['name']) {
  const { reason, attributes: names, message } = events.find((event) => event.name === name) ?? {};
  return { reason, attributes: names, message };
}

type Numbers = (readonly [type: number, value: number])[];

const good: Numbers = [
  [1, 7],
  [14, 256],
  [2, 2],
  [3, 1],
  [4, 14],
  [11, 1],
  [12, 28_800],
];

/** The attributes of a good transform with some of them changed; undefined leaves one out. */
function changed(changes: Readonly<Record<number, number | undefined>>): Buffer {
  const kept = good.flatMap(([type, value]): Numbers => {
    const other = type in changes ? changes[type] : value;
    return other === undefined ? [] : [[type, other]];
  });
  const added = Object.entries(changes).flatMap(
    ([type, value]): Numbers =>
      value === undefined || good.some(([known]) => known === +type) ? [] : [[+type, value]],
  );
  return attributes(...kept, ...added);
}

/** What a router that wants aes-256, sha and modp2048 says to such transforms. */
function refusedInPhase1(...transforms: readonly Buffer[]) {
  const { b } = pair({ encryption: 'aes-256', hash: 'sha', group: 'modp2048' });
  const offer = saBody([
    { protocol: 1, transforms: transforms.map((list) => ({ id: 1, attributes: list })) },
  ]);
  const cookies = { cookieI: Buffer.alloc(8, 7), cookieR: Buffer.alloc(8) };
  inject(b, '1.0.0.1', clear(cookies, [[payloadNumber.SA, offer]]));
  return failure(b, 'phase1Failed');
}

describe('R-51 a refused phase 1 proposal', () => {
  const wanted = `${peerRow} wants aes-256/sha/modp2048/pre-shared-key, which differs in`;

  test.each<[string, Readonly<Record<number, number | undefined>>, string, string]>([
    [
      'cipher',
      { 1: 5, 14: undefined },
      'enc-algorithm',
      `the peer offers 3des/sha/modp2048/pre-shared-key, ${wanted} enc-algorithm: set enc-algorithm=3des there, or the same as there at the peer`,
    ],
    [
      'key length',
      { 14: 128 },
      'enc-algorithm',
      `the peer offers aes-128/sha/modp2048/pre-shared-key, ${wanted} enc-algorithm: set enc-algorithm=aes-128 there, or the same as there at the peer`,
    ],
    [
      'cipher nobody knows',
      { 1: 8, 14: 128 },
      'enc-algorithm',
      `the peer offers cipher 8 with a key of 128 bits/sha/modp2048/pre-shared-key, ${wanted} enc-algorithm: the peer must be given the same enc-algorithm`,
    ],
    [
      'hash',
      { 2: 1 },
      'hash-algorithm',
      `the peer offers aes-256/md5/modp2048/pre-shared-key, ${wanted} hash-algorithm: set hash-algorithm=md5 there, or the same as there at the peer`,
    ],
    [
      'hash the menu has no word for',
      { 2: 4 },
      'hash-algorithm',
      `the peer offers aes-256/sha256/modp2048/pre-shared-key, ${wanted} hash-algorithm: the peer must be given the same hash-algorithm`,
    ],
    [
      'group',
      { 4: 2 },
      'dh-group',
      `the peer offers aes-256/sha/modp1024/pre-shared-key, ${wanted} dh-group: set dh-group=modp1024 there, or the same as there at the peer`,
    ],
    [
      'group nobody knows',
      { 4: 42_049 },
      'dh-group',
      `the peer offers aes-256/sha/group 42049/pre-shared-key, ${wanted} dh-group: the peer must be given the same dh-group`,
    ],
    [
      'method',
      { 3: 3 },
      'authentication-method',
      `the peer offers aes-256/sha/modp2048/authentication 3, ${wanted} authentication-method: the peer must be told to authenticate with a pre-shared key`,
    ],
    [
      'prf',
      { 13: 1 },
      'transform',
      `the peer offers aes-256/sha/modp2048/pre-shared-key/attribute 13, ${wanted} transform: have the peer offer ciphers, hashes and groups as named here, and nothing besides`,
    ],
  ])('in the %s', (_, change, names, words) => {
    expect(refusedInPhase1(changed(change))).toEqual({
      reason: 'no-proposal-chosen',
      attributes: names,
      message: `phase 1 with 1.0.0.1 failed: no common proposal: ${words}`,
    });
  });

  test('of several offers the one with the fewest differences is told, of equal ones the first', () => {
    const far = changed({ 1: 5, 14: undefined, 2: 1, 4: 2 });
    const near = changed({ 14: 192, 4: 5 });
    const nearest = changed({ 2: 1 });
    const asNear = changed({ 4: 5 });
    const strange = changed({ 13: 1 });
    const told = refusedInPhase1(far, strange, near, nearest, asNear);
    expect(told.attributes).toBe('hash-algorithm');
    expect(told.message).toContain(
      `: the nearest of 5 offers is aes-256/md5/modp2048/pre-shared-key, ${wanted} hash-algorithm: `,
    );
    expect(refusedInPhase1(far, near).attributes).toBe('enc-algorithm,dh-group');
  });
});

/** What the responder `b` says to an offer of `a`. */
function refusedInPhase2(mine: PairOptions, theirs: PairOptions) {
  const { world, a, b } = pair(mine, theirs);
  a.ping(b);
  world.run(5_000);
  expect([...everySa(a), ...everySa(b)]).toEqual([]);
  return failure(b, 'phase2Failed');
}

const prefix = 'phase 2 with 1.0.0.1 failed: no common proposal for /ip ipsec policy 0: ';

describe('R-62 R-63 a refused phase 2 proposal', () => {
  test.each<[string, PairOptions, PairOptions, string, string]>([
    [
      'cipher',
      { proposal: { encryptions: ['aes-256'] } },
      { proposal: { encryptions: ['3des', 'des'] } },
      'enc-algorithms',
      `the peer offers enc-algorithms=aes-256 for esp, ${proposalRow} allows 3des,des: add aes-256 there, or give the peer one of those`,
    ],
    [
      'authentication',
      { proposal: { integrities: ['md5'] } },
      { proposal: { integrities: ['sha1'] } },
      'auth-algorithms',
      `the peer offers auth-algorithms=md5 for esp, ${proposalRow} allows sha1: add md5 there, or give the peer one of those`,
    ],
    [
      'authentication of AH',
      { protocols: ['ah'], proposal: { integrities: ['md5'] } },
      { protocols: ['ah'], proposal: { integrities: ['sha1', 'null'] } },
      'auth-algorithms',
      `the peer offers auth-algorithms=md5 for ah, ${proposalRow} allows sha1: add md5 there, or give the peer one of those`,
    ],
    [
      'protocols',
      { protocols: ['esp'] },
      { protocols: ['esp', 'ah'] },
      'ipsec-protocols',
      'the peer offers ipsec-protocols=esp, /ip ipsec policy 0 wants ah,esp: set ipsec-protocols=esp there, or ah,esp at the peer',
    ],
    [
      'everything at once',
      { proposal: { encryptions: ['des'], lifetimeSeconds: 3600, pfsGroup: 'modp1536' } },
      { proposal: { integrities: ['md5'] } },
      'enc-algorithms,auth-algorithms,pfs-group,lifetime',
      `the peer offers enc-algorithms=des for esp, ${proposalRow} allows 3des: add des there, or give the peer one of those; the peer offers auth-algorithms=sha1 for esp, ${proposalRow} allows md5: add sha1 there, or give the peer one of those; the peer offers pfs-group=modp1536, proposal-check=strict of ${peerRow} accepts only pfs-group=modp1024 of ${proposalRow}: set pfs-group=modp1536 there, or proposal-check=obey in the peer row; the peer offers lifetime=1h, proposal-check=strict of ${peerRow} accepts at most lifetime=30m of ${proposalRow}: set lifetime=1h there, or proposal-check=claim or obey in the peer row`,
    ],
  ])('in %s', (_, mine, theirs, names, words) => {
    expect(refusedInPhase2(mine, theirs)).toEqual({
      reason: 'no-proposal-chosen',
      attributes: names,
      message: `${prefix}${words}`,
    });
  });

  test('of a bundle both protocols are told, of several transforms the nearest', () => {
    const told = refusedInPhase2(
      {
        protocols: ['esp', 'ah'],
        proposal: { encryptions: ['aes-256', 'des'], integrities: ['md5'] },
      },
      {
        protocols: ['esp', 'ah'],
        proposal: { encryptions: ['3des'], integrities: ['sha1'] },
      },
    );
    expect(told.attributes).toBe('enc-algorithms,auth-algorithms');
    expect(told.message).toContain(': of 3 transforms the nearest does not fit: ');
    expect(told.message).toContain('auth-algorithms=md5 for ah');
    expect(told.message).toContain('enc-algorithms=aes-256 for esp');
  });

  test('of many transforms the one that differs in the lifetime alone is told', () => {
    const told = refusedInPhase2(
      {
        proposal: {
          encryptions: ['aes-256', 'aes-128', '3des'],
          integrities: ['md5', 'sha1'],
          lifetimeSeconds: 3600,
        },
      },
      {},
    );
    expect(told.attributes).toBe('lifetime');
    expect(told.message).toContain(': of 6 transforms the nearest does not fit: the peer offers');
    expect(told.message).not.toContain('enc-algorithms');
  });

  test('in mode', () => {
    const { world, a, b } = pair({ mode: 'tunnel' });
    const transport = (policy: PolicyConfig): PolicyConfig => ({ ...policy, mode: 'transport' });
    b.configure({ ...b.config, policies: b.config.policies.map(transport) });
    a.ping(b, '10.1.0.1', '10.2.0.1');
    world.run(5_000);
    expect(failure(b, 'phase2Failed')).toEqual({
      reason: 'no-proposal-chosen',
      attributes: 'tunnel',
      message: `${prefix}the peer offers tunnel mode for esp, /ip ipsec policy 0 has tunnel=no: set tunnel=yes there, or the other mode at the peer`,
    });
  });
});

test('R-60 identities that no policy mirrors: the nearest policy is told, and what to set in it', () => {
  const { world, a, b } = pair({ mode: 'tunnel' });
  const narrowed = (length: number, protocol: number) => (policy: PolicyConfig, index: number) => ({
    ...policy,
    label: `/ip ipsec policy ${index}`,
    id: index + 1,
    selector: {
      ...policy.selector,
      protocol,
      destination: { ...policy.selector.destination, length },
    },
  });
  const [policy] = b.config.policies;
  if (policy === undefined) throw new Error('no policy');
  const policies = [narrowed(25, 6)(policy, 0), narrowed(24, 6)(policy, 1)];
  b.configure({ ...b.config, policies });
  a.ping(b, '10.1.0.1', '10.2.0.1');
  world.run(5_000);
  expect(failure(b, 'phase2Failed')).toEqual({
    reason: 'invalid-id-information',
    attributes: 'protocol',
    message:
      "phase 2 with 1.0.0.1 failed: no policy mirrors the peer's: it wants 10.2.0.0/24:any -> 10.1.0.0/24:any protocol all, /ip ipsec policy 1 has 10.2.0.0/24:any -> 10.1.0.0/24:any protocol 6: src-address and dst-address must be the peer's exchanged: set protocol=all there, or the peer's to match",
  });
});

describe('R-55 the private group numbers of 2003', () => {
  /** Lets the router speak as one that has the group under its private number alone. */
  function speakOf2003(router: Router, name: DhGroupName): void {
    const row: { ikev1: number; alias?: number } = dhGroup(name);
    const { ikev1 } = row;
    const { input } = router;
    router.input = (...given) => {
      row.ikev1 = row.alias ?? 0;
      try {
        input.apply(router, given);
      } finally {
        row.ikev1 = ikev1;
      }
    };
  }

  /** The group of the first transform of a message in clear. */
  function groupOf(bytes: Uint8Array): number | undefined {
    const [sa] = readChain(readHeader(bytes).next, bytes.subarray(28));
    const list = sa?.body.subarray(8 + 8 + 8) ?? Buffer.alloc(0);
    for (let at = 0; at < list.length; at += (list[at] ?? 0) & 0x80 ? 4 : 8) {
      if ((list.readUInt16BE(at) & 0x7fff) === 4) return list.readUInt16BE(at + 2);
    }
    return undefined;
  }

  test.each<[DhGroupName, number, number]>([
    ['modp2048', 14, 42_048],
    ['modp3072', 15, 43_072],
    ['modp4096', 16, 44_096],
    ['modp8192', 18, 48_192],
  ])('%s: a peer that says %i or %i gets a tunnel with PFS', (name, number, alias) => {
    const options: PairOptions = { group: name, proposal: { pfsGroup: name } };
    for (const [private_, expected] of [
      [false, number],
      [true, alias],
    ] as const) {
      const { world, a, b } = pair(options);
      // The mathematics of the tests find a group by its number, and remember it.
      computeTestJob(createTestCrypto(1), { kind: 'dhGenerate', group: name });
      if (private_) speakOf2003(a, name);
      a.ping(b);
      world.run(5_000);
      // The answer repeats the offer unchanged.
      const [first, second] = world.wire.slice(0, 2).map(({ datagram }) => groupOf(datagram.bytes));
      expect([first, second]).toEqual([expected, expected]);
      expect([...a.warnings(), ...b.warnings()]).toEqual([]);
      expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
      expect(b.engine.status().childSas.map(({ pfs }) => pfs)).toEqual([true]);
    }
  });

  test.each(['modp768', 'modp1024', 'modp1536', 'modp6144'] as const)('%s has none', (name) => {
    expect(dhGroup(name).alias).toBeUndefined();
  });
});
