/** Rows that change, vanish or come while exchanges run and SAs live (R-6A, R-6B, R-6C), and foreign hands. */
import { describe, expect, test } from '@jest/globals';
import { Secret } from '../../lib/core/base/secret.js';
import type { IkeConfig, PeerConfig, PolicyConfig } from '../../lib/core/ike/ike-config.js';
import { established, everySa, expectNoDisagreement, sizesOf } from './checks.js';
import { numbered } from './wire-faults.js';
import type { Router, World } from './world.js';
import { pair } from './world.js';

const empty = { ikeSas: 0, halfOpen: 0, negotiations: 0, childSas: 0, openRequests: 0 };
const allMessages = [1, 2, 3, 4, 5, 6, 7, 8, 9];

const withPolicy = (router: Router, change: (policy: PolicyConfig) => PolicyConfig): IkeConfig => ({
  ...router.config,
  policies: router.config.policies.map(change),
});

/** Seconds in a row, up to three, in which packets pass both ways, at the latest three minutes from now. */
function goodAfterwards(world: World, a: Router, b: Router): number {
  let good = 0;
  for (let second = 0; second < 180 && good < 3; second += 1) {
    const pings = [a.ping(b), b.ping(a)];
    good = pings.every((ping) => ping === 'encrypted') ? good + 1 : 0;
    world.run(1_000);
  }
  return good;
}

const elsewhere = { address: '9.9.9.9', length: 32 } as const;

/** Does something to one router while a message is on its way. */
function during(
  message: number,
  which: 'a' | 'b',
  action: (router: Router, run: ReturnType<typeof pair>) => void,
) {
  const run = pair();
  const { world, a, b } = run;
  world.computeMs = 3;
  let done = false;
  world.fate = numbered((number) => {
    if (number === message && !done) {
      done = true;
      world.later(2, () => action(which === 'a' ? a : b, run));
    }
    return [{ delayMs: 5 }];
  });
  a.ping(b);
  world.run(300);
  expect(done).toBe(true);
  return run;
}

describe.each(['a', 'b'] as const)('at router %s', (which) => {
  test('a policy removed at any message leaves no SA and no negotiation of it here', () => {
    for (const message of allMessages) {
      const { world, a, b } = during(message, which, (router) =>
        router.configure({ ...router.config, policies: [] }),
      );
      const router = which === 'a' ? a : b;
      world.run(100_000);
      expect({ message, left: everySa(router).length }).toEqual({ message, left: 0 });
      expect(sizesOf(router)).toMatchObject({ negotiations: 0, childSas: 0, openRequests: 0 });
      expect(router.engine.status().policies.has(1)).toBe(false);
      expectNoDisagreement(a, b);
    }
  });

  test.each<[string, (peer: PeerConfig) => readonly PeerConfig[], { keepsEstablished: boolean }]>([
    ['removed or disabled', () => [], { keepsEstablished: false }],
    // R-6C: what stands is not touched by a change.
    [
      'edited to another address',
      (peer) => [{ ...peer, address: elsewhere }],
      { keepsEstablished: true },
    ],
  ])('a peer row %s at any message ends phase 1, and put back it works again', (...parameters) => {
    const [, edit, { keepsEstablished }] = parameters;
    for (const message of allMessages) {
      let stands = false;
      const { world, a, b } = during(message, which, (router, run) => {
        const { config } = router;
        stands = router.engine.status().peers.get(101)?.state === 'established';
        router.configure({ ...config, peers: config.peers.flatMap(edit) });
        run.world.later(20_000, () => router.configure(config));
      });
      expect({ message, stands }).toEqual({ message, stands: message > (which === 'a' ? 6 : 5) });
      const router = which === 'a' ? a : b;
      world.run(10_000);
      const ikeSas = stands && keepsEstablished ? 1 : 0;
      expect({ message, ikeSas: sizesOf(router).ikeSas }).toEqual({ message, ikeSas });
      expect({ message, good: goodAfterwards(world, a, b) }).toEqual({ message, good: 3 });
    }
  });

  test.each<[string, Partial<PeerConfig>]>([
    ['cipher and hash', { encryption: 'aes-128', hash: 'sha' }],
    ['group', { group: 'modp1536' }],
    ['exchange-mode', { exchangeMode: 'aggressive' }],
  ])(
    '%s of the peer rows edited at both ends at any message end in a tunnel with the new ones',
    (_, edit) => {
      for (const message of allMessages) {
        const change = (router: Router) =>
          router.configure({
            ...router.config,
            peers: router.config.peers.map((peer) => ({ ...peer, ...edit })),
          });
        const { world, a, b } = during(message, which, (router, run) => {
          change(router);
          run.world.later(50, () => change(router === run.a ? run.b : run.a));
        });
        expect({ message, good: goodAfterwards(world, a, b) }).toEqual({ message, good: 3 });
        expectNoDisagreement(a, b);
      }
    },
  );

  test('a secret changed at both ends at any message ends in a tunnel with the new one', () => {
    for (const message of allMessages) {
      const fresh = (router: Router) =>
        router.configure({
          ...router.config,
          secrets: router.config.secrets.map((secret) => ({
            ...secret,
            preSharedKey: new Secret(Uint8Array.of(1, 2, 3)),
          })),
        });
      const { world, a, b } = during(message, which, (router, run) => {
        fresh(router);
        run.world.later(50, () => fresh(router === run.a ? run.b : run.a));
      });
      expect({ message, good: goodAfterwards(world, a, b) }).toEqual({ message, good: 3 });
      expectNoDisagreement(a, b);
    }
  });

  test('the same configuration given again at any message disturbs nothing', () => {
    for (const message of allMessages) {
      const { world, a, b } = during(message, which, (router) =>
        router.configure({ ...router.config }),
      );
      world.run(2_000);
      expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
      expect(a.computations.length).toBe(4);
    }
  });
});

describe('with an established tunnel', () => {
  test('removing the policy removes its SAs at both ends, phase 1 stays', () => {
    const { world, a, b } = established();
    a.configure({ ...a.config, policies: [] });
    expect(everySa(a)).toEqual([]);
    world.run(1_000);
    expect(everySa(b)).toEqual([]);
    expect(sizesOf(a)).toEqual({ ...empty, ikeSas: 1 });
    expect(a.engine.status().policies.size).toBe(0);
  });

  test.each([
    ['mode', (policy: PolicyConfig): PolicyConfig => ({ ...policy, mode: 'tunnel' })],
    ['protocols', (policy: PolicyConfig): PolicyConfig => ({ ...policy, protocols: ['ah'] })],
    [
      'selector',
      (policy: PolicyConfig): PolicyConfig => ({
        ...policy,
        selector: { ...policy.selector, protocol: 6 },
      }),
    ],
    ['endpoint', (policy: PolicyConfig): PolicyConfig => ({ ...policy, remote: '1.0.0.9' })],
  ] as const)('changing its %s removes the SAs that no longer fit it', (_what, change) => {
    const { world, a, b } = established();
    a.configure(withPolicy(a, change));
    expect(everySa(a)).toEqual([]);
    world.run(1_000);
    expect(everySa(b)).toEqual([]);
  });

  test('R-6C changing peer, secret and proposal rows touches nothing that stands', () => {
    const { world, a, b } = established();
    const before = a.keys();
    a.configure({
      peers: a.config.peers.map((peer) => ({
        ...peer,
        encryption: 'aes-256',
        hash: 'sha',
        group: 'modp2048',
      })),
      secrets: a.config.secrets.map((secret) => ({
        ...secret,
        preSharedKey: new Secret(Uint8Array.of(9)),
      })),
      policies: a.config.policies.map((policy) => ({
        ...policy,
        proposal: { ...policy.proposal, encryptions: ['aes-256'] },
      })),
    });
    world.run(10_000);
    expect(a.keys()).toEqual(before);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    expect(a.engine.status().peers.get(101)?.state).toBe('established');
  });

  test('R-6C disabling the peer row deletes its ISAKMP SA at both ends, IPsec SAs stay', () => {
    const { world, a, b } = established();
    a.configure({ ...a.config, peers: [] });
    world.run(1_000);
    expect(sizesOf(a)).toEqual({ ...empty, childSas: 1 });
    expect(sizesOf(b)).toEqual({ ...empty, childSas: 1 });
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    expect(b.engine.status().peers.get(101)).toEqual({ state: 'expired' });
  });

  test('policy and peer row removed at once: the other end is told of the IPsec SAs before phase 1 ends', () => {
    const { world, a, b } = established();
    a.configure({ ...a.config, policies: [], peers: [] });
    world.run(1_000);
    expect([...everySa(a), ...everySa(b)]).toEqual([]);
    expect([sizesOf(a), sizesOf(b)]).toEqual([empty, empty]);
  });

  test('the next renewal uses the edited proposal', () => {
    const { world, a, b } = established({ proposal: { lifetimeSeconds: 100 } });
    const edit = (policy: PolicyConfig): PolicyConfig => ({
      ...policy,
      proposal: { ...policy.proposal, encryptions: ['aes-128'] },
    });
    a.configure(withPolicy(a, edit));
    b.configure(withPolicy(b, edit));
    world.run(110_000);
    expect(everySa(a).map(({ encryption }) => encryption)).toEqual(['aes-128', 'aes-128']);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  });

  test('a policy removed and added again a hundred times leaves nothing behind', () => {
    const { world, a, b } = established();
    const { config } = a;
    for (let round = 0; round < 100; round += 1) {
      a.configure({ ...config, policies: [] });
      world.run(37);
      a.configure(config);
      a.command({ kind: 'initiate', policyId: 1 });
      world.run(round % 40);
    }
    world.run(130_000);
    for (const router of [a, b]) {
      expect(sizesOf(router)).toMatchObject({ halfOpen: 0, negotiations: 0, openRequests: 0 });
      expect(sizesOf(router).ikeSas).toBeLessThanOrEqual(2);
      expect(sizesOf(router).childSas).toBeLessThanOrEqual(3);
    }
    expectNoDisagreement(a, b);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  });
});

describe('somebody else removes SAs', () => {
  test.each(['a', 'b'] as const)(
    'all of them at %s: the other end is told, packets bring a new pair',
    (which) => {
      const { world, a, b } = established();
      const victim = which === 'a' ? a : b;
      const other = which === 'a' ? b : a;
      victim.plane.flushSas();
      world.run(1_000);
      expect([...everySa(a), ...everySa(b)]).toEqual([]);
      victim.ping(other);
      world.run(1_000);
      expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
      expect(a.sas()).toHaveLength(2);
    },
  );

  test('while a negotiation runs, at any message: a tunnel stands within a minute of packets', () => {
    for (const message of allMessages) {
      for (const which of ['a', 'b'] as const) {
        const { world, a, b } = during(message, which, (router) => router.plane.flushSas());
        let good = 0;
        for (let second = 0; second < 60 && good < 3; second += 1) {
          const pings = [a.ping(b), b.ping(a)];
          good = pings.every((ping) => ping === 'encrypted') ? good + 1 : 0;
          world.run(1_000);
        }
        expect({ message, which, good }).toEqual({ message, which, good: 3 });
        expectNoDisagreement(a, b);
      }
    }
  });

  test('and events are lost: a resync finds out', () => {
    const { world, a, b } = established();
    a.plane.close();
    a.plane.flushSas();
    a.command({ kind: 'resync', sas: a.plane.snapshot().sas });
    expect(sizesOf(a).childSas).toBe(0);
    world.run(1_000);
    expect(everySa(b)).toEqual([]);
  });

  test('a resync while everything is in order changes nothing, at any message', () => {
    for (const message of allMessages) {
      for (const which of ['a', 'b'] as const) {
        const { world, a, b } = during(message, which, (router) =>
          router.command({ kind: 'resync', sas: router.plane.snapshot().sas }),
        );
        world.run(2_000);
        expect({ message, which, pings: [a.ping(b), b.ping(a)] }).toEqual({
          message,
          which,
          pings: ['encrypted', 'encrypted'],
        });
        expect(a.keys()).toEqual(b.keys());
        expect(a.sas()).toHaveLength(2);
      }
    }
  });
});

describe('R-6A R-6B what print stats shows', () => {
  test('goes through the states of Annex 4 in order, and ends established at both ends', () => {
    const { world, a, b } = pair();
    const seen = { a: [] as string[], b: [] as string[] };
    a.ping(b);
    for (let step = 0; step < 80; step += 1) {
      for (const [name, router] of [
        ['a', a],
        ['b', b],
      ] as const) {
        const state = router.engine.status().peers.get(101)?.state ?? 'no-phase1';
        if (seen[name].at(-1) !== state) seen[name].push(state);
      }
      world.run(1);
    }
    expect(seen.a.filter((state) => state.endsWith('-sent') || state === 'established')).toEqual([
      'message-1-sent',
      'message-2-sent',
      'message-3-sent',
      'established',
    ]);
    expect(seen.b).toEqual(['no-phase1', 'message-1-sent', 'message-2-sent', 'established']);
  });

  test('has the side, the time and the quick modes of phase 1', () => {
    const { a, b } = established();
    expect(a.engine.status().peers.get(101)).toMatchObject({
      state: 'established',
      side: 'initiator',
      phase2Active: 0,
      phase2Total: 1,
    });
    expect(b.engine.status().peers.get(101)).toMatchObject({
      state: 'established',
      side: 'responder',
      phase2Active: 0,
      phase2Total: 1,
    });
  });

  test('shows P for a pair with PFS alone, outbound first (R-66, A-21)', () => {
    expect(
      established()
        .a.engine.status()
        .childSas.map(({ pfs }) => pfs),
    ).toEqual([true]);
    const { a } = established({ pfs: false });
    const [child] = a.engine.status().childSas;
    expect(child?.pfs).toBe(false);
    expect(child?.ids.map(({ source }) => source)).toEqual(['1.0.0.1', '1.0.0.2']);
  });
});

test('somebody removes the inbound SA of a responder that waits for message 9: packets bring a whole pair', () => {
  const { world, a, b } = pair();
  let done = false;
  world.fate = numbered((number) => {
    if (number === 8 && !done) {
      done = true;
      world.later(2, () => b.plane.flushSas());
    }
    return [{ delayMs: 5 }];
  });
  a.ping(b);
  world.run(300);
  let good = 0;
  for (let second = 0; second < 60 && good < 3; second += 1) {
    const pings = [a.ping(b), b.ping(a)];
    good = pings.every((ping) => ping === 'encrypted') ? good + 1 : 0;
    world.run(1_000);
  }
  expect(good).toBe(3);
});
