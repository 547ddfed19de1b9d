/** R-6A, R-6B, Annex 4: what `print stats` says of both phases, in every mode and on both sides. */
import { describe, expect, test } from '@jest/globals';
import type { Ph2State } from '../../lib/core/config/live-status.js';
import { phase1States, phase2States } from '../../lib/core/config/live-status.js';
import { ikeConfigOf } from '../../lib/core/ike/ike-config-of.js';
import type { Clock } from '../../lib/host/clock.js';
import { liveStatus } from '../../lib/host/live-status.js';
import { PacketCounts } from '../../lib/host/packet-counts.js';
import { newConsole } from '../unit/core/console/fake-host.js';
import type { Router } from './world.js';
import { World } from './world.js';

/** A router whose tables are written on a console, and whose console shows its engine. */
function configured(world: World, router: Router, commands: string) {
  const { host, run } = newConsole();
  run(commands);
  router.configure(ikeConfigOf(host.config()));
  const clock: Clock = {
    now: () => world.now,
    // The world began with 1970.
    epochSecondsOf: (at) => Math.floor(at / 1000),
  };
  const values = (menu: 'peer' | 'policy'): Readonly<Record<string, string>> => {
    host.live = liveStatus({
      engine: router.engine.status(),
      sas: router.plane.snapshot().sas,
      totals: new Map(),
      packets: new PacketCounts(),
      policies: [...host.config().tables.policy],
      manual: { ids: [], policiesWithSas: [] },
      clock,
    });
    const text = run(`/ip ipsec ${menu} print stats`, 400);
    return Object.fromEntries(
      [...text.matchAll(/(ph[12]-[a-z]+)=([a-z]{3}\/\d+\/\d+ [\d:]+|\S+)/g)].map((match) => [
        match[1],
        match[2],
      ]),
    );
  };
  return { router, run, host, values };
}

type Mode = 'main' | 'aggressive' | 'base';

function routers(mode: Mode, { policies = 1, exchange = '' } = {}) {
  const world = new World();
  const rows = (local: string, remote: string) =>
    [
      `/ip ipsec peer add address=${remote} exchange-mode=${mode} ${exchange}`,
      `/ip ipsec pre-shared-secret add address=${remote} secret=roberkenon`,
      ...Array.from(
        { length: policies },
        (_, index) =>
          `/ip ipsec policy add action=encrypt tunnel=yes sa-src-address=${local} sa-dst-address=${remote} src-address=10.${local.at(-1)}.${index}.0/24 dst-address=10.${remote.at(-1)}.${index}.0/24`,
      ),
    ].join('\n');
  const a = configured(world, world.router('1.0.0.1', 11), rows('1.0.0.1', '1.0.0.2'));
  const b = configured(world, world.router('1.0.0.2', 22), rows('1.0.0.2', '1.0.0.1'));
  const ask = (index = 0) => a.router.ping(b.router, `10.1.${index}.1`, `10.2.${index}.1`);
  return { world, a, b, ask };
}

/** Every different line of a value, in order, as somebody sees it who looks every millisecond. */
function watched(run: ReturnType<typeof routers>, menu: 'peer' | 'policy', name: string) {
  const seen = { a: [] as string[], b: [] as string[] };
  for (let step = 0; step < 300; step += 1) {
    for (const side of ['a', 'b'] as const) {
      const value = run[side].values(menu)[name] ?? 'absent';
      if (seen[side].at(-1) !== value) seen[side].push(value);
    }
    run.world.run(1);
  }
  return seen;
}

/** Annex 4 by its codes, which are the places in the list of states. */
const annex4: Readonly<Record<Mode, Readonly<Record<'a' | 'b', readonly number[]>>>> = {
  main: { a: [1, 3, 4, 5, 6, 7, 8, 9], b: [1, 2, 3, 4, 5, 6, 7, 9] },
  aggressive: { a: [1, 3, 4, 9], b: [1, 2, 3, 4, 9] },
  base: { a: [1, 3, 4, 5, 9], b: [1, 2, 3, 4, 9] },
};

/** The states a packet's time passes in: whoever looks must see them. */
function lasting(codes: readonly number[]): readonly string[] {
  return codes.map((code) => phase1States[code] ?? '').filter((name) => /sent$|^est/.test(name));
}

/** The messages whose public value is answered with a key pair, or made into keys, before anything else. */
const computing: Readonly<Record<Mode, Readonly<Record<'a' | 'b', readonly string[]>>>> = {
  main: { a: ['message-2-received', 'message-3-received'], b: ['message-2-received'] },
  aggressive: { a: ['message-2-received'], b: ['message-1-received'] },
  base: { a: ['message-2-received'], b: ['message-2-received'] },
};

describe.each(['main', 'aggressive', 'base'] as const)('exchange-mode=%s', (mode) => {
  test.each([0, 20])('ph1-state goes through Annex 4 on both sides, jobs of %i ms', (computeMs) => {
    const run = routers(mode);
    run.world.computeMs = computeMs;
    run.ask();
    const seen = watched(run, 'peer', 'ph1-state');
    for (const side of ['a', 'b'] as const) {
      const codes = annex4[mode][side];
      const shown = seen[side].filter((state) => state !== 'no-phase1');
      // Nothing but the states of the mode, in their order, each once.
      const names = codes.map((code) => phase1States[code] ?? '');
      expect(shown).toEqual(names.filter((name) => shown.includes(name as never)));
      // The last message of a responder is followed by the end of the exchange within one input.
      const last = mode === 'main' && side === 'b' ? ['message-3-sent'] : [];
      expect(lasting(codes).filter((name) => !shown.includes(name))).toEqual(last);
    }
    // What a message costs to compute is shown as its having been received.
    const received = (side: 'a' | 'b') => seen[side].filter((name) => name.endsWith('-received'));
    const expected = computeMs > 0 ? computing[mode] : { a: [], b: [] };
    expect({ a: received('a'), b: received('b') }).toEqual(expected);
  });

  test.each([0, 20])('ph2-state rises to established on both sides, jobs of %i ms', (computeMs) => {
    const run = routers(mode);
    run.world.computeMs = computeMs;
    run.ask();
    const { a, b } = watched(run, 'policy', 'ph2-state');
    for (const shown of [a, b.slice(1)]) {
      const codes = shown.map((state) => phase2States.indexOf(state as Ph2State));
      expect(codes).toEqual([...new Set(codes)].sort((x, y) => x - y));
      expect(shown.at(-1)).toBe('established');
    }
    expect(a).toEqual(expect.arrayContaining(['starting', 'msg1-sent']));
    expect(b[0]).toBe('no-phase2');
    expect(b).toContain('ready-to-establish');
  });

  test('side, time and counts are shown while phase 1 is established, and only then', () => {
    const run = routers(mode);
    const { world, a, b, ask } = run;
    expect(a.values('peer')).toEqual({ 'ph1-state': 'no-phase1' });
    world.fate = () => [{ delayMs: 600 }];
    ask();
    world.run(300);
    expect(a.values('peer')).toEqual({ 'ph1-state': 'message-1-sent' });
    world.run(9_000);
    const established = /^jan\/01\/1970 00:00:0\d$/;
    for (const [{ values }, side] of [
      [a, 'initiator'],
      [b, 'responder'],
    ] as const) {
      expect(values('peer')).toEqual({
        'ph1-state': 'established',
        'ph1-side': side,
        'ph1-established': expect.stringMatching(established),
        'ph2-active': '0',
        'ph2-total': '1',
      });
    }
    a.run('/ip ipsec peer disable 0');
    a.router.configure(ikeConfigOf(a.host.config()));
    world.run(2_000);
    // The SAs that hang on it stay, and with them its last state (R-6C).
    for (const { values } of [a, b]) {
      expect(values('peer')).toEqual({ 'ph1-state': 'expired' });
      expect(values('policy')).toEqual({ 'ph2-state': 'established' });
    }
    world.fate = () => [];
    world.run(1_900_000);
    for (const { values } of [a, b]) expect(values('peer')).toEqual({ 'ph1-state': 'no-phase1' });
  });

  test('ph2-active counts what is under way, ph2-total what was completed, a new phase 1 from 0', () => {
    const { world, a, b, ask } = routers(mode, { policies: 3 });
    const counts = () =>
      [a, b].map(({ values }) => {
        const shown = values('peer');
        return `${shown['ph2-active']} ${shown['ph2-total']}`;
      });
    ask(0);
    world.run(3_000);
    expect(counts()).toEqual(['0 1', '0 1']);
    world.fate = () => [{ delayMs: 500 }];
    ask(1);
    ask(2);
    world.run(700);
    expect(counts()).toEqual(['2 1', '2 1']);
    world.run(3_000);
    expect(counts()).toEqual(['0 3', '0 3']);
    // 24 hours later phase 1 is a new one; pairs are renewed under it.
    world.fate = () => [{ delayMs: 5 }];
    world.run(86_400_000);
    const [own = ''] = counts();
    expect(counts()).toEqual([own, own]);
    expect(Number(own.split(' ')[1])).toBeLessThan(20);
  });
});

test('R-6A ph2-state is expired once the last pair is gone, and of a policy that never asked no-phase2', () => {
  const { world, a, b, ask } = routers('main', { policies: 2 });
  ask(0);
  world.run(3_000);
  world.fate = () => [];
  world.run(1_900_000);
  const states = ({ run, values }: typeof a) => {
    values('policy');
    return [...run('/ip ipsec policy print stats', 400).matchAll(/ph2-state=(\S+)/g)].map(
      ([, state]) => state,
    );
  };
  expect(states(a)).toEqual(['expired', 'no-phase2']);
  expect(states(b)).toEqual(['expired', 'no-phase2']);
});
