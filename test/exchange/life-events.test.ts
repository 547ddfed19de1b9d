/** What watchers are told of the life of SAs: installed, past their limits, the last of a policy gone. */
import { describe, expect, test } from '@jest/globals';
import { established } from './checks.js';
import type { Router } from './world.js';

const named = (router: Router, ...names: readonly string[]) =>
  router.events
    .filter(({ name }) => names.includes(name))
    .map(({ name, reason }) => (reason === undefined ? name : `${name} ${reason}`));

describe('the events of SAs', () => {
  test('name every SA that is installed, with its SPI and the policy', () => {
    const { a, b } = established();
    for (const router of [a, b]) {
      const installed = router.events.filter(({ name }) => name === 'saInstalled');
      const spis = router.plane
        .snapshot()
        .sas.map(({ spi, direction }) => `SA esp ${direction} ${spi.toString(16).toUpperCase()}`);
      expect(installed.map(({ message }) => message.replace(/ with .*/, '')).sort()).toEqual(
        spis.sort(),
      );
      const other = router === a ? b : a;
      for (const event of installed) {
        expect(event).toMatchObject({ local: router.address, remote: other.address });
        expect(event.policyId).toBe(router.config.policies[0]?.id);
      }
    }
  });

  test('R-68 tell soft and hard limit apart, and the end of phase 2 once', () => {
    const { world, a, b } = established({ proposal: { lifetimeSeconds: 20 } });
    // Nobody renews what nobody hears of.
    world.fate = () => [];
    world.run(21_000);
    for (const router of [a, b]) {
      expect(named(router, 'saExpired', 'phase2Closed')).toEqual([
        ...['saExpired soft', 'saExpired hard', 'phase2Closed'],
      ]);
    }
  });

  test('do not call phase 2 closed while a successor lives', () => {
    const { world, a } = established({ proposal: { lifetimeSeconds: 20 } });
    world.run(41_000);
    expect(named(a, 'phase2Renewed').length).toBeGreaterThan(0);
    expect(named(a, 'saRemoved').length).toBeGreaterThan(0);
    expect(named(a, 'phase2Closed')).toEqual([]);
  });
});
