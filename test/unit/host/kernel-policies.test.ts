import { beforeEach, describe, expect, test } from '@jest/globals';
import { instant } from '../../../lib/core/base/instant.js';
import { MemoryDataPlane } from '../../../lib/core/dataplane/memory/memory-data-plane.js';
import type {
  DataPlaneOperation,
  DataPlanePolicy,
  DataPlaneResult,
  DataPlaneSnapshot,
} from '../../../lib/core/dataplane/types.js';
import { IpsecError } from '../../../lib/host/errors.js';
import { fingerprintOf, KernelPolicies } from '../../../lib/host/kernel-policies.js';

/** A netlink socket that breaks: in the middle of a batch, or when it is to list. */
class BreakingDataPlane extends MemoryDataPlane {
  operationsUntilFailure = Number.POSITIVE_INFINITY;
  snapshotFails = false;

  override apply(operations: readonly DataPlaneOperation[]): readonly DataPlaneResult[] {
    return operations.map((operation) => {
      if (this.operationsUntilFailure === 0) {
        this.operationsUntilFailure = Number.POSITIVE_INFINITY;
        throw broken();
      }
      this.operationsUntilFailure -= 1;
      return super.apply([operation])[0] as DataPlaneResult;
    });
  }

  override snapshot(): DataPlaneSnapshot {
    if (this.snapshotFails) throw broken();
    return super.snapshot();
  }
}

const broken = () => new IpsecError('ERR_IPSEC_DATAPLANE', 'netlink: ENOBUFS');
const full = () => new IpsecError('ERR_IPSEC_STATE', 'ENOSPC');

let dataPlane: BreakingDataPlane;
/** What the record on the disk names. */
let recorded: ReadonlySet<string>;
let diskIsFull: boolean;
let stale: IpsecError[];

beforeEach(() => {
  dataPlane = new BreakingDataPlane({
    random: (length) => new Uint8Array(length),
    epochAtZero: 0,
    now: instant(0),
  });
  recorded = new Set();
  diskIsFull = false;
  stale = [];
});

function open(inherited: ReadonlySet<string> = recorded): KernelPolicies {
  return new KernelPolicies({
    dataPlane,
    inherited,
    record: (fingerprints) => {
      if (diskIsFull) throw full();
      recorded = new Set(fingerprints);
    },
    onStaleRecord: (error) => stale.push(error),
  });
}

function bypass(network: number, more: Partial<DataPlanePolicy> = {}): DataPlanePolicy {
  return {
    direction: 'out',
    selector: {
      source: { address: `10.${network}.0.0`, length: 24 },
      destination: { address: '10.99.0.0', length: 24 },
      protocol: 0,
      sourcePorts: 'any',
      destinationPorts: 'any',
    },
    priority: 1000,
    action: 'bypass',
    templates: [],
    ...more,
  };
}

const present = () => new Set(dataPlane.snapshot().policies);
const four = [1, 2, 3, 4].map((network) => bypass(network));
const [first, second] = four as [DataPlanePolicy, DataPlanePolicy];

describe('a data plane that fails in the middle of a change', () => {
  test('is looked at before the change is taken back, and nothing stays behind', () => {
    const policies = open();
    policies.apply([first]);
    dataPlane.operationsUntilFailure = 2;
    expect(() => policies.apply(four)).toThrow('ENOBUFS');
    expect(present().size).toBe(3);
    policies.apply([first]);
    expect(present()).toEqual(new Set([first]));
    expect(recorded).toEqual(new Set([fingerprintOf(first)]));
  });

  test('and cannot be looked at: nothing counts as done, and the record keeps its claims', () => {
    const policies = open();
    policies.apply([first]);
    dataPlane.operationsUntilFailure = 2;
    expect(() => policies.apply(four)).toThrow('ENOBUFS');
    dataPlane.snapshotFails = true;
    expect(() => policies.apply([])).toThrow('ENOBUFS');
    expect(recorded).toEqual(new Set(four.map(fingerprintOf)));

    dataPlane.snapshotFails = false;
    expect(policies.apply([])).toEqual([]);
    expect(present()).toEqual(new Set());
  });
});

describe('a record that cannot be written', () => {
  test('stops what it would have to name, and the present state can be put back', () => {
    const policies = open();
    policies.apply([first]);
    diskIsFull = true;
    expect(() => policies.apply([first, second])).toThrow('ENOSPC');
    expect(policies.apply([first])).toEqual([]);
    expect(present()).toEqual(new Set([first]));
    // Not named, so not ours to the next run, should somebody else install it.
    dataPlane.apply([{ kind: 'installPolicy', policy: second }]);
    policies.adopt(dataPlane.snapshot().policies);
    policies.apply([]);
    expect(present()).toEqual(new Set([second]));
  });

  test('does not stop a removal: it is told, and made good with the next change', () => {
    const policies = open();
    policies.apply([first, second]);
    diskIsFull = true;
    expect(policies.apply([first])).toEqual([]);
    expect(present()).toEqual(new Set([first]));
    expect(stale).toHaveLength(1);
    diskIsFull = false;
    policies.apply([first]);
    expect(recorded).toEqual(new Set([fingerprintOf(first)]));
  });
});

describe('E-34 a policy under a recorded key', () => {
  test('with the recorded priority and action is ours', () => {
    dataPlane.apply([{ kind: 'installPolicy', policy: first }]);
    const policies = open(new Set([fingerprintOf(first)]));
    policies.adopt(dataPlane.snapshot().policies);
    policies.apply([]);
    expect(present()).toEqual(new Set());
  });

  test.each([
    ['priority', bypass(1, { priority: 77 })],
    ['action', bypass(1, { action: 'discard' })],
  ])('with another %s is somebody else’s', (_, other) => {
    dataPlane.apply([{ kind: 'installPolicy', policy: other }]);
    const policies = open(new Set([fingerprintOf(first)]));
    policies.adopt(dataPlane.snapshot().policies);
    expect(policies.apply([first])).toMatchObject([{ code: 'EEXIST' }]);
    policies.apply([]);
    expect(present()).toEqual(new Set([other]));
  });

  test('is ours in its old and in its new form while it is changed', () => {
    const policies = open();
    policies.apply([first]);
    const changed = bypass(1, { priority: 2000 });
    dataPlane.operationsUntilFailure = 0;
    expect(() => policies.apply([changed])).toThrow('ENOBUFS');
    expect(recorded).toEqual(new Set([first, changed].map(fingerprintOf)));
  });
});
