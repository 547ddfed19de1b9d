/** From one set of policies to another: exactly, with the fewest operations, adding before removing. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DataPlaneOperation, DataPlanePolicy } from '../../../../lib/core/dataplane/types.js';
import { policyKey } from '../../../../lib/core/policy/compile.js';
import { diffPolicies } from '../../../../lib/core/policy/diff.js';

function policy(host: number, change: Partial<DataPlanePolicy> = {}): DataPlanePolicy {
  return {
    direction: 'out',
    selector: {
      source: { address: `10.0.0.${host}`, length: 32 },
      destination: { address: '0.0.0.0', length: 0 },
      protocol: 0,
      sourcePorts: 'any',
      destinationPorts: 'any',
    },
    priority: 1000,
    action: 'bypass',
    templates: [],
    ...change,
  };
}

/** A kernel reduced to its policies: refuses what a real one refuses. */
function apply(
  installed: readonly DataPlanePolicy[],
  operations: readonly DataPlaneOperation[],
): ReadonlyMap<string, DataPlanePolicy> {
  const held = new Map(installed.map((each) => [policyKey(each), each]));
  for (const operation of operations) {
    if (operation.kind === 'installPolicy') {
      if (held.has(policyKey(operation.policy))) throw new Error('EEXIST');
      held.set(policyKey(operation.policy), operation.policy);
    } else if (operation.kind === 'updatePolicy') {
      if (!held.has(policyKey(operation.policy))) throw new Error('ENOENT');
      held.set(policyKey(operation.policy), operation.policy);
    } else if (operation.kind === 'removePolicy') {
      if (!held.delete(policyKey(operation.policy))) throw new Error('ENOENT');
    } else throw new Error(`no operation on policies: ${operation.kind}`);
  }
  return held;
}

const template = fc.record({
  protocol: fc.constantFrom('esp' as const, 'ah' as const),
  mode: fc.constantFrom('tunnel' as const, 'transport' as const),
  source: fc.constantFrom('1.0.0.1', '1.0.0.2'),
  destination: fc.constant('1.0.0.3'),
  reqid: fc.integer({ min: 1, max: 2 }),
  optional: fc.boolean(),
});
const anyPolicy = fc
  .record({
    host: fc.integer({ min: 0, max: 9 }),
    direction: fc.constantFrom('in' as const, 'out' as const, 'fwd' as const),
    priority: fc.integer({ min: 1, max: 3 }),
    templates: fc.array(template, { maxLength: 2 }),
  })
  .map(({ host, templates, ...others }) =>
    policy(host, { ...others, templates, action: templates.length > 0 ? 'protect' : 'bypass' }),
  );
const policySet = fc.uniqueArray(anyPolicy, { selector: policyKey, maxLength: 20 });

describe('diff', () => {
  test('applied to what is installed it gives what is desired', () => {
    fc.assert(
      fc.property(policySet, policySet, (installed, desired) => {
        const held = apply(installed, diffPolicies(installed, desired));
        expect(held).toEqual(new Map(desired.map((each) => [policyKey(each), each])));
      }),
    );
  });

  test('nothing to do gives no operation, in any order', () => {
    fc.assert(
      fc.property(policySet, (policies) => {
        expect(diffPolicies(policies, [...policies].reverse())).toEqual([]);
      }),
    );
  });

  test('each policy is touched at most once, and removals come last', () => {
    fc.assert(
      fc.property(policySet, policySet, (installed, desired) => {
        const kinds = diffPolicies(installed, desired).map(({ kind }) => kind);
        const firstRemoval = kinds.indexOf('removePolicy');
        const afterwards = firstRemoval < 0 ? [] : kinds.slice(firstRemoval);
        expect(afterwards.every((kind) => kind === 'removePolicy')).toBe(true);
        expect(kinds.length).toBeLessThanOrEqual(installed.length + desired.length);
      }),
    );
  });

  test('E-02 moving a policy is an update', () => {
    const before = [policy(1, { priority: 1000 }), policy(2, { priority: 1001 })];
    const after = [policy(2, { priority: 1000 }), policy(1, { priority: 1001 })];
    expect(diffPolicies(before, after)).toEqual([
      { kind: 'updatePolicy', policy: after[0] },
      { kind: 'updatePolicy', policy: after[1] },
    ]);
  });

  test('a removal names the key alone', () => {
    const { direction, selector } = policy(1);
    expect(diffPolicies([policy(1)], [])).toEqual([
      { kind: 'removePolicy', policy: { direction, selector } },
    ]);
  });
});
