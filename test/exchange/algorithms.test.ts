/** Every algorithm, group, mode and protocol the rows allow, from the first packet to equal keys. */
import { describe, expect, test } from '@jest/globals';
import type { InstalledSa } from '../../lib/core/dataplane/types.js';
import { established, everySa, expectNoDisagreement } from './checks.js';
import type { PairOptions, Router } from './world.js';
import { pair } from './world.js';

function expectTunnel(options: PairOptions): { sas: readonly InstalledSa[]; a: Router; b: Router } {
  const { world, a, b } = pair(options);
  const hosts = options.mode === 'tunnel' ? (['10.1.0.7', '10.2.0.9'] as const) : undefined;
  const there = () => (hosts ? a.ping(b, hosts[0], hosts[1]) : a.ping(b));
  const back = () => (hosts ? b.ping(a, hosts[1], hosts[0]) : b.ping(a));
  expect(there()).toBe('dropped OutNoStates');
  world.run(3_000);
  expect([...a.warnings(), ...b.warnings()]).toEqual([]);
  expect([there(), back()]).toEqual(['encrypted', 'encrypted']);
  expect(a.keys()).toEqual(b.keys());
  expectNoDisagreement(a, b);
  return { sas: everySa(a), a, b };
}

describe.each(['des', '3des', 'aes-128', 'aes-192', 'aes-256'] as const)(
  'phase 1 with %s',
  (encryption) => {
    test.each(['md5', 'sha'] as const)('and %s protects a quick mode (R-51)', (hash) => {
      expectTunnel({ encryption, hash });
    });
  },
);

test.each(['modp768', 'modp1024', 'modp1536', 'modp2048', 'modp3072'] as const)(
  'R-55 R-66 group %s serves phase 1 and PFS',
  (group) => {
    expectTunnel({ group, proposal: { pfsGroup: group } });
  },
);

describe.each(['transport', 'tunnel'] as const)('%s mode', (mode) => {
  test.each(['3des', 'des', 'aes-128', 'aes-192', 'aes-256', 'null'] as const)(
    'takes ESP with %s and sha1, keys of the right lengths',
    (name) => {
      const { sas } = expectTunnel({ mode, proposal: { encryptions: [name] } });
      const bytes = { '3des': 24, des: 8, 'aes-128': 16, 'aes-192': 24, 'aes-256': 32, null: 0 };
      expect(sas).toHaveLength(2);
      for (const sa of sas) {
        expect(sa).toMatchObject({ protocol: 'esp', mode, encryption: name, integrity: 'sha1' });
        expect([sa.encryptionKey.length, sa.integrityKey.length]).toEqual([bytes[name], 20]);
      }
    },
  );

  test.each([
    ['3des', 'md5', 16],
    ['aes-256', 'null', 0],
  ] as const)('takes ESP with %s and %s', (encryption, integrity, bytes) => {
    const proposal = { encryptions: [encryption], integrities: [integrity] };
    const { sas } = expectTunnel({ mode, proposal });
    for (const sa of sas) {
      expect(sa).toMatchObject({ encryption, integrity });
      expect(sa.integrityKey.length).toBe(bytes);
    }
  });

  test.each(['md5', 'sha1'] as const)('takes AH with %s', (integrity) => {
    const { sas } = expectTunnel({
      mode,
      protocols: ['ah'],
      proposal: { integrities: [integrity] },
    });
    expect(sas).toHaveLength(2);
    for (const sa of sas) {
      expect(sa).toMatchObject({ protocol: 'ah', mode, integrity });
      expect(sa.encryption).toBeUndefined();
      expect(sa.encryptionKey.length).toBe(0);
    }
  });

  test('R-32 takes ESP inside AH: four SAs, the tunnel in the inner one alone', () => {
    const { sas } = expectTunnel({ mode, protocols: ['esp', 'ah'] });
    expect(sas).toHaveLength(4);
    expect(sas.filter(({ protocol }) => protocol === 'esp').map((sa) => sa.mode)).toEqual([
      mode,
      mode,
    ]);
    expect(sas.filter(({ protocol }) => protocol === 'ah').map((sa) => sa.mode)).toEqual([
      'transport',
      'transport',
    ]);
    // AH keys and ESP keys come from different KEYMATs.
    expect(new Set(sas.map(({ integrityKey }) => `${integrityKey.reveal()}`)).size).toBe(4);
  });
});

test('R-61 R-62 the strongest common combination is taken, whatever the order in the rows', () => {
  const offered = {
    encryptions: ['des', '3des', 'aes-128', 'aes-256'],
    integrities: ['md5', 'sha1'],
  };
  const allowed = { encryptions: ['3des', 'aes-128', 'aes-192'], integrities: ['md5', 'sha1'] };
  const { a } = established(
    { proposal: offered as PairOptions['proposal'] & object },
    { proposal: allowed as PairOptions['proposal'] & object },
  );
  expect(everySa(a).map((sa) => `${sa.encryption}-${sa.integrity}`)).toEqual([
    'aes-128-sha1',
    'aes-128-sha1',
  ]);
});

test('R-67 hard limits are those agreed on, soft ones 80 % of them rounded down, at both ends', () => {
  const { a, b } = established({ proposal: { lifetimeSeconds: 1801, lifetimeBytes: 1_000_001 } });
  const hardBytes = Math.ceil(1_000_001 / 1024) * 1024;
  for (const router of [a, b]) {
    expect(everySa(router).map(({ lifetime }) => lifetime)).toEqual(
      Array.from({ length: 2 }, () => ({
        softSeconds: 1440,
        hardSeconds: 1801,
        softBytes: Math.floor(0.8 * hardBytes),
        hardBytes,
      })),
    );
  }
});

test('R-67 lifebytes 0 means no limit in bytes', () => {
  const { a } = established();
  expect(everySa(a)[0]?.lifetime).toEqual({
    softSeconds: 1440,
    hardSeconds: 1800,
    softBytes: 0,
    hardBytes: 0,
  });
});

test('E-30 every negotiated SA has the reqid of its policy and a window of 32 packets', () => {
  const { a, b } = established();
  for (const router of [a, b]) {
    const reqid = router.config.policies[0]?.reqid;
    for (const sa of everySa(router)) expect(sa).toMatchObject({ reqid, replayWindow: 32 });
  }
});

test('R-60 the identities of a tunnel are its subnets, with protocol and ports of the policy', () => {
  const { world, a, b } = pair({ mode: 'tunnel' });
  for (const router of [a, b]) {
    const [policy] = router.config.policies;
    if (policy === undefined) throw new Error('no policy');
    const out = router === a;
    const port = { first: 80, last: 80 };
    router.configure({
      ...router.config,
      policies: [
        {
          ...policy,
          selector: {
            ...policy.selector,
            protocol: 6,
            sourcePorts: out ? 'any' : port,
            destinationPorts: out ? port : 'any',
          },
        },
      ],
    });
  }
  a.command({ kind: 'initiate', policyId: 1 });
  world.run(2_000);
  expect([...a.warnings(), ...b.warnings()]).toEqual([]);
  expect(a.keys()).toEqual(b.keys());
  expect(a.sas()).toHaveLength(2);
});
