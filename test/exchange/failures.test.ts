/** Failures an administrator must understand from one line: which row, which property, what to do. */
import { describe, expect, test } from '@jest/globals';
import { everySa, inject, sizesOf } from './checks.js';
import type { PairOptions, Router } from './world.js';
import { pair } from './world.js';

const baseline = { ikeSas: 0, halfOpen: 0, negotiations: 0, childSas: 0, openRequests: 0 };

/** Asks once and lets everything time out; nothing may be left anywhere. */
function fail(options: PairOptions, remoteOptions: PairOptions = options) {
  const run = pair(options, remoteOptions);
  expect(run.a.ping(run.b)).toBe('dropped OutNoStates');
  run.world.run(200_000);
  for (const router of [run.a, run.b]) expect(everySa(router)).toEqual([]);
  return run;
}

const said = (router: Router) => router.warnings().join('\n');

test('a wrong secret is named at both ends, with the row to compare, and leaves nothing behind', () => {
  const { a, b } = fail({ secret: 'right' }, { secret: 'wrong' });
  for (const router of [a, b]) {
    expect(said(router)).toMatch(/secret/);
    expect(said(router)).toContain('/ip ipsec pre-shared-secret 0');
    expect(sizesOf(router)).toEqual(baseline);
    expect(router.names()).not.toContain('phase1Established');
  }
  // The secrets themselves are nobody's business.
  expect(JSON.stringify([a.events, b.events])).not.toMatch(/"right|wrong"|\bright\b|'wrong'/);
});

describe('R-51 no common phase 1 proposal', () => {
  test.each([
    ['enc-algorithm', { encryption: '3des' }, { encryption: 'aes-256' }, '3des', 'aes-256'],
    [
      'enc-algorithm key length',
      { encryption: 'aes-128' },
      { encryption: 'aes-256' },
      'aes-128',
      'aes-256',
    ],
    ['hash-algorithm', { hash: 'md5' }, { hash: 'sha' }, 'md5', 'sha'],
    ['dh-group', { group: 'modp1024' }, { group: 'modp2048' }, 'modp1024', 'modp2048'],
  ] as const)(
    'in %s: both ends name the peer row, the property and what it wants',
    (what, mine, theirs, own, other) => {
      const { a, b } = fail(mine, theirs);
      const property = what.split(' ')[0] ?? '';
      expect(said(b)).toContain('/ip ipsec peer 0');
      expect(said(b)).toContain(own);
      expect(said(b)).toContain(other);
      expect(said(b)).toContain(property);
      expect(said(a)).toContain('/ip ipsec peer 0');
      expect(said(a)).toContain('NO-PROPOSAL-CHOSEN');
      expect(said(a)).toContain(property);
      expect(said(a)).toContain(own);
      expect(sizesOf(a)).toEqual(baseline);
      expect(sizesOf(b)).toEqual(baseline);
    },
  );
});

describe('R-62 no common phase 2 proposal', () => {
  test.each([
    ['enc-algorithms', { encryptions: ['3des'] }, { encryptions: ['aes-256'] }, '3des', 'aes-256'],
    ['auth-algorithms', { integrities: ['sha1'] }, { integrities: ['md5'] }, 'sha1', 'md5'],
    ['lifetime', { lifetimeSeconds: 3600 }, { lifetimeSeconds: 1800 }, '=1h', '=30m'],
    ['pfs-group', { pfsGroup: 'modp1024' }, { pfsGroup: 'modp2048' }, 'modp1024', 'modp2048'],
  ] as const)(
    'in %s: both ends name the proposal row and the property',
    (property, mine, theirs, own, other) => {
      const { a, b } = fail({ proposal: mine }, { proposal: theirs });
      expect(said(b)).toContain('/ip ipsec proposal 0');
      expect(said(b)).toContain(own);
      expect(said(b)).toContain(other);
      expect(said(a)).toContain('NO-PROPOSAL-CHOSEN');
      expect(said(a)).toContain('/ip ipsec proposal 0');
      expect(said(a)).toContain(property);
      // Phase 1 is not to blame.
      for (const router of [a, b]) {
        expect(sizesOf(router)).toEqual({ ...baseline, ikeSas: 1 });
      }
    },
  );

  test('in mode: the responder says which tunnel= it has', () => {
    const { world, a, b } = pair({ mode: 'tunnel' });
    b.configure({
      ...b.config,
      policies: b.config.policies.map((policy) => ({ ...policy, mode: 'transport' })),
    });
    a.ping(b, '10.1.0.1', '10.2.0.1');
    world.run(100_000);
    expect(said(b)).toMatch(/tunnel/);
    expect(said(b)).toContain('/ip ipsec policy 0');
    expect(said(a)).toMatch(/tunnel/);
    expect([...everySa(a), ...everySa(b)]).toEqual([]);
  });

  test('in ipsec-protocols: the responder names them', () => {
    const { a, b } = fail({ protocols: ['esp'] }, { protocols: ['ah'] });
    expect(said(b)).toMatch(/\bah\b/);
    expect(said(a)).toContain('ipsec-protocols');
  });

  test('in the number of protocols: esp against esp,ah is refused both ways', () => {
    const first = fail({ protocols: ['esp', 'ah'] }, { protocols: ['esp'] });
    const second = fail({ protocols: ['esp'] }, { protocols: ['esp', 'ah'] });
    for (const { a, b } of [first, second]) {
      expect(said(a)).toContain('NO-PROPOSAL-CHOSEN');
      expect(said(b)).toContain('/ip ipsec policy 0');
    }
  });
});

test('R-50 an initiator without a peer row says which address it lacks', () => {
  const { world, a, b } = pair();
  a.configure({ ...a.config, peers: [] });
  a.ping(b);
  world.run(100_000);
  expect(world.wire).toEqual([]);
  expect(said(a)).toContain('/ip ipsec peer');
  expect(said(a)).toContain('address=1.0.0.2');
  expect(sizesOf(a)).toEqual(baseline);
});

test('R-51 Q-22 a responder without a peer row ignores the request and logs the address', () => {
  const { world, a, b } = pair();
  b.configure({ ...b.config, peers: [] });
  a.ping(b);
  world.run(100_000);
  expect(world.wire.every(({ datagram }) => datagram.local.address === a.address)).toBe(true);
  expect(said(b)).toContain('1.0.0.1');
  expect(said(b)).toContain('/ip ipsec peer');
  expect(said(a)).toContain('does not answer');
});

test('R-53 no secret row is named at either end, and nothing is sent', () => {
  const { world, a, b } = pair();
  a.configure({ ...a.config, secrets: [] });
  a.ping(b);
  world.run(40_000);
  expect(world.wire).toEqual([]);
  expect(said(a)).toContain("couldn't find the pskey for 1.0.0.2");
  expect(said(a)).toContain('/ip ipsec pre-shared-secret');
  const other = pair();
  other.b.configure({ ...other.b.config, secrets: [] });
  other.a.ping(other.b);
  other.world.run(100_000);
  expect(said(other.b)).toContain("couldn't find the pskey for 1.0.0.1");
});

test('a silent peer is named with its address and port, early and at the end', () => {
  const { world, a, b } = pair();
  world.fate = () => [];
  a.ping(b);
  world.run(11_000);
  expect(said(a)).toContain('1.0.0.2 does not answer on UDP port 500');
  world.run(100_000);
  expect(
    a.events.some(({ name, message }) => name === 'phase1Failed' && message.includes('1.0.0.2')),
  ).toBe(true);
  expect(sizesOf(a)).toEqual(baseline);
  expect(a.engine.nextTimeout()).toBeUndefined();
});

test('a peer that answers with garbage is told apart from a silent one', () => {
  const { world, a, b } = pair();
  world.fate = ({ local, remote, bytes }) => {
    if (local.address === a.address) {
      const noise = bytes.slice(0, 60).fill(0xab, 4);
      world.later(5, () => inject(a, remote.address, noise));
    }
    return [];
  };
  a.ping(b);
  world.run(100_000);
  expect(said(a)).toMatch(/no valid IKE|garbage/);
  expect(sizesOf(a)).toEqual(baseline);
});

test.each(['main', 'aggressive', 'base'] as const)(
  'messages made with another secret are not called garbage: %s mode',
  (exchangeMode) => {
    const { a, b } = fail({ exchangeMode, secret: 'right' }, { exchangeMode, secret: 'wrong' });
    for (const router of [a, b]) expect(said(router)).not.toContain('no valid IKE');
    expect(said(a)).toContain('/ip ipsec pre-shared-secret 0');
  },
);

test('R-60 policies that do not mirror: both ends name the policy and the selector', () => {
  const { world, a, b } = pair({ mode: 'tunnel' });
  const [policy] = b.config.policies;
  if (policy === undefined) throw new Error('no policy');
  // 1.2.3.0/27 against 1.2.3.0/28, as in the manual.
  b.configure({
    ...b.config,
    policies: [
      { ...policy, selector: { ...policy.selector, source: { address: '10.2.0.0', length: 25 } } },
    ],
  });
  a.ping(b, '10.1.0.1', '10.2.0.1');
  world.run(100_000);
  expect(said(b)).toContain('10.2.0.0/25');
  expect(said(b)).toContain('10.2.0.0/24');
  expect(said(b)).toContain('/ip ipsec policy 0');
  expect(said(a)).toContain('INVALID-ID-INFORMATION');
  expect(said(a)).toContain('/ip ipsec policy 0');
  expect([...everySa(a), ...everySa(b)]).toEqual([]);
});

test('R-60 a responder with no policy for those endpoints says which to add', () => {
  const { world, a, b } = pair();
  b.configure({ ...b.config, policies: [] });
  a.ping(b);
  world.run(100_000);
  expect(said(b)).toContain('sa-src-address=1.0.0.2');
  expect(said(a)).toContain('INVALID-ID-INFORMATION');
});

test.each([
  ['esp without enc-algorithms', { proposal: { encryptions: [] } }],
  ['esp without auth-algorithms', { proposal: { integrities: [] } }],
  ['esp null with null only', { proposal: { encryptions: ['null'], integrities: ['null'] } }],
  ['ah with null only', { protocols: ['ah'], proposal: { integrities: ['null'] } }],
] as const)('A-61 R-61 an unusable proposal row is named at run time: %s', (_what, options) => {
  const { a, b } = fail(options as PairOptions);
  expect(said(a)).toContain('/ip ipsec proposal 0');
  expect(said(a)).toMatch(/enc-algorithms|auth-algorithms/);
  expect(a.names()).toContain('phase2Failed');
  expect(sizesOf(a)).toMatchObject({ negotiations: 0, openRequests: 0 });
  expect(b.names()).not.toContain('phase2Established');
});

test('R-06 level=use never asks IKE, level=acquire and require do', () => {
  for (const level of ['use', 'acquire', 'require'] as const) {
    const { world, a, b } = pair();
    a.configure({
      ...a.config,
      policies: a.config.policies.map((policy) => ({ ...policy, level })),
    });
    a.ping(b);
    world.run(2_000);
    expect({ level, sas: a.sas().length }).toEqual({ level, sas: level === 'use' ? 0 : 2 });
  }
});

test('R-52 an exchange-mode that differs is named at both ends', () => {
  const { world, a, b } = pair({ exchangeMode: 'aggressive' }, {});
  a.ping(b);
  world.run(10_000);
  expect(said(a)).toContain('wants exchange-mode=aggressive');
  expect(said(b)).toContain('exchange-mode=main: set the same on both routers');
  expect(b.sas()).toEqual([]);
});

test('a failure repeats while packets ask, but not for every packet (backoff)', () => {
  const { world, a, b } = pair(
    { proposal: { encryptions: ['3des'] } },
    { proposal: { encryptions: ['des'] } },
  );
  for (let second = 0; second < 600; second += 1) {
    a.ping(b);
    world.run(1_000);
  }
  const failures = a.events.filter(({ name }) => name === 'phase2Failed').length;
  expect(failures).toBeGreaterThanOrEqual(5);
  expect(failures).toBeLessThanOrEqual(30);
  // And a change of the configuration is tried at once, not after the backoff.
  b.configure({
    ...a.config,
    ...b.config,
    policies: b.config.policies.map((policy) => ({
      ...policy,
      proposal: { ...policy.proposal, encryptions: ['3des'] },
    })),
  });
  a.configure(a.config);
  world.run(31_000);
  a.ping(b);
  world.run(1_000);
  expect(a.ping(b)).toBe('encrypted');
});
