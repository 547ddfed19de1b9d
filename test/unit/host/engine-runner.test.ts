import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type Instant, instant } from '../../../lib/core/base/instant.js';
import type { CryptoResult } from '../../../lib/core/crypto/provider.js';
import type { DataPlaneOperation } from '../../../lib/core/dataplane/types.js';
import type { Effect, IkeEngine } from '../../../lib/core/ike/effect.js';
import type { Input } from '../../../lib/core/ike/input.js';
import {
  type EnginePorts,
  EngineRunner,
  type TimelessInput,
} from '../../../lib/host/engine-runner.js';

/** Answers each input with the effects the test lays down for its kind, once. */
class ScriptedEngine implements IkeEngine {
  readonly inputs: Input[] = [];
  readonly script: ((input: Input) => readonly Effect[])[] = [];
  timeoutAt: Instant | undefined;

  handle(input: Input): readonly Effect[] {
    this.inputs.push(input);
    return this.script.shift()?.(input) ?? [];
  }

  nextTimeout(): Instant | undefined {
    return this.timeoutAt;
  }

  status(): never {
    throw new Error('nobody asks');
  }
}

const timeout: TimelessInput = { kind: 'timeout' };
const removeSa = (id: number, spi: number): Effect => ({
  kind: 'dataplane',
  id,
  operation: {
    kind: 'removeSa',
    id: { protocol: 'esp', spi, source: '10.0.0.1', destination: '10.0.0.2' },
  },
});
const send: Effect = {
  kind: 'send',
  datagram: {
    local: { address: '10.0.0.1', port: 500 },
    remote: { address: '10.0.0.2', port: 500 },
    bytes: new Uint8Array(),
  },
};

let engine: ScriptedEngine;
let batches: (readonly DataPlaneOperation[])[];
let happened: string[];
let faults: unknown[];
let now: number;
let compute: EnginePorts['compute'];
let runner: EngineRunner;

beforeEach(() => {
  jest.useFakeTimers();
  engine = new ScriptedEngine();
  batches = [];
  happened = [];
  faults = [];
  now = 1000;
  compute = () => new Promise(() => {});
  runner = new EngineRunner(engine, {
    clock: { now: () => instant(now), epochSecondsOf: () => 0 },
    send: () => happened.push('send'),
    apply: (operations) => {
      batches.push(operations);
      happened.push('apply');
      return operations.map(() => ({ kind: 'ok' }) as const);
    },
    compute: (job) => compute(job),
    onEvent: () => happened.push('event'),
    onSettled: () => happened.push('settled'),
    onFatal: (error) => faults.push(error),
  });
});

afterEach(() => {
  jest.useRealTimers();
});

describe('the engine runner', () => {
  test('puts the time on each input', () => {
    runner.enqueue(timeout);
    now = 1500;
    runner.enqueue(timeout);
    expect(engine.inputs).toEqual([
      { kind: 'timeout', now: 1000 },
      { kind: 'timeout', now: 1500 },
    ]);
  });

  test('applies neighbouring data plane effects in one batch, in order with the others', () => {
    engine.script.push(() => [removeSa(1, 11), removeSa(2, 12), send, removeSa(3, 13)]);
    runner.enqueue(timeout);
    expect(batches.map((batch) => batch.length)).toEqual([2, 1]);
    expect(happened).toEqual(['apply', 'send', 'apply', 'settled']);
    const answers = engine.inputs.slice(1);
    expect(answers.map((input) => input.kind === 'completed' && input.id)).toEqual([1, 2, 3]);
  });

  test('performs all effects of an input before the next one, also of one that comes in between', () => {
    engine.script.push(() => {
      runner.enqueue({ kind: 'dataplane', event: { kind: 'overrun' } });
      return [send, removeSa(1, 11)];
    });
    engine.script.push(() => {
      happened.push('overrun');
      return [];
    });
    runner.enqueue(timeout);
    expect(happened).toEqual(['send', 'apply', 'overrun', 'settled']);
    expect(engine.inputs.map(({ kind }) => kind)).toEqual(['timeout', 'dataplane', 'completed']);
  });

  test('feeds the result of a computation back when it is there', async () => {
    const result: CryptoResult = { kind: 'dhInvalid' };
    compute = async () => result;
    engine.script.push(() => [
      { kind: 'compute', id: 9, job: { kind: 'dhGenerate', group: 'modp1024' } },
    ]);
    runner.enqueue(timeout);
    expect(engine.inputs).toHaveLength(1);
    await Promise.resolve();
    expect(engine.inputs[1]).toEqual({ kind: 'completed', now: 1000, id: 9, result });
  });

  test('keeps one timer, at the instant the engine names after each input', () => {
    engine.timeoutAt = instant(1250.4);
    runner.enqueue(timeout);
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(250);
    expect(engine.inputs).toHaveLength(1);
    now = 1251;
    engine.timeoutAt = undefined;
    jest.advanceTimersByTime(1);
    expect(engine.inputs).toHaveLength(2);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('waits for an instant too far away for one timer', () => {
    engine.timeoutAt = instant(2 ** 40);
    runner.enqueue(timeout);
    jest.advanceTimersByTime(60_000);
    expect(engine.inputs).toHaveLength(1);
  });
});

describe('a bug', () => {
  test('in the engine is told once, and nothing is driven after it', () => {
    const bug = new Error('unreachable');
    engine.script.push(() => {
      throw bug;
    });
    runner.enqueue(timeout);
    runner.enqueue(timeout);
    expect(faults).toEqual([bug]);
    expect(engine.inputs).toHaveLength(1);
    expect(happened).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('in a computation is told as well', async () => {
    const bug = new Error('no such group');
    compute = () => Promise.reject(bug);
    engine.script.push(() => [
      { kind: 'compute', id: 9, job: { kind: 'dhGenerate', group: 'modp1024' } },
    ]);
    runner.enqueue(timeout);
    await Promise.resolve();
    await Promise.resolve();
    expect(faults).toEqual([bug]);
  });
});
