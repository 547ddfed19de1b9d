/** The data plane says no (hostile #46): the exchange fails, the reason is named, nothing stays. */
import { describe, expect, test } from '@jest/globals';
import type { DataPlaneOperation } from '../../lib/core/dataplane/types.js';
import { everySa, sizesOf } from './checks.js';
import type { Router } from './world.js';
import { pair } from './world.js';

const refusal = { kind: 'refused', code: 'EINVAL', detail: 'the kernel says no' } as const;

const kinds = {
  'the reservation of an SPI': (operation: DataPlaneOperation) => operation.kind === 'allocateSpi',
  'the inbound SA': (operation: DataPlaneOperation) =>
    operation.kind === 'installSa' && operation.sa.direction === 'in',
  'the outbound SA': (operation: DataPlaneOperation) =>
    operation.kind === 'installSa' && operation.sa.direction === 'out',
} as const;

function refuseAt(router: Router, what: keyof typeof kinds): void {
  router.refuse = (operation) => (kinds[what](operation) ? refusal : undefined);
}

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('hostile 46: refusing %s', (what) => {
  test.each(['initiator', 'responder'] as const)(
    'at the %s leaves nothing there, names the data plane\u2019s words and can be tried again',
    (side) => {
      const { world, a, b } = pair();
      const refuser = side === 'initiator' ? a : b;
      refuseAt(refuser, what);
      a.ping(b);
      world.run(100_000);
      expect(everySa(refuser)).toEqual([]);
      expect(refuser.warnings().join('\n')).toContain('the kernel says no');
      expect(refuser.warnings().join('\n')).toContain('EINVAL');
      expect(sizesOf(refuser)).toMatchObject({ negotiations: 0, childSas: 0, openRequests: 0 });
      refuser.refuse = () => undefined;
      world.run(100_000);
      refuser.command({ kind: 'initiate', policyId: 1 });
      world.run(3_000);
      expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    },
  );

  test.each(['initiator', 'responder'] as const)(
    'at the %s in a renewal leaves the old pair in use',
    (side) => {
      const { world, a, b } = pair({ proposal: { lifetimeSeconds: 100 } });
      a.ping(b);
      world.run(1_000);
      refuseAt(side === 'initiator' ? a : b, what);
      world.run(83_000);
      const failures: string[] = [];
      for (let second = 0; second < 12; second += 1) {
        for (const result of [a.ping(b), b.ping(a)]) {
          if (result !== 'encrypted') failures.push(result);
        }
        world.run(1_000);
      }
      expect(failures).toEqual([]);
    },
  );
});

test('hostile 46: with AH and ESP a refusal of the last of four SAs takes the other three back', () => {
  for (let allowed = 0; allowed < 4; allowed += 1) {
    for (const side of ['a', 'b'] as const) {
      const run = pair({ protocols: ['esp', 'ah'] });
      const refuser = run[side];
      let installs = 0;
      refuser.refuse = ({ kind }) => {
        if (kind !== 'installSa') return undefined;
        installs += 1;
        return installs > allowed && installs <= 4 ? refusal : undefined;
      };
      run.a.ping(run.b);
      run.world.run(20_000);
      expect({ allowed, side, left: everySa(refuser).length }).toEqual({ allowed, side, left: 0 });
    }
  }
});

test('a responder whose data plane refuses an SPI tells the initiator at once', () => {
  const { world, a, b } = pair();
  b.refuse = ({ kind }) => (kind === 'allocateSpi' ? refusal : undefined);
  a.ping(b);
  world.run(3_000);
  expect(a.names()).toContain('phase2Failed');
});

test('an IKE SA given up because nobody answers under it is deleted at the other end too', () => {
  const { world, a, b } = pair();
  b.refuse = ({ kind }) => (kind === 'allocateSpi' ? refusal : undefined);
  for (let minute = 0; minute < 20; minute += 1) {
    a.command({ kind: 'initiate', policyId: 1 });
    world.run(60_000);
  }
  expect(b.engine.status().sizes.ikeSas).toBeLessThanOrEqual(2);
  b.refuse = () => undefined;
  world.run(150_000);
  b.command({ kind: 'initiate', policyId: 1 });
  world.run(3_000);
  expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
});
