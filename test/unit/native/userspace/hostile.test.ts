/** The SA layer of the userspace data plane under the sanitizers of addresses and undefined behaviour. */
import { afterAll, expect, test } from '@jest/globals';
import { compileProgram } from '../../../support/native-program.js';

const program = compileProgram('test/unit/native/userspace/hostile.cc', [
  ...['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
]);
afterAll(() => program.remove());

// Numbers of native/userspace/outcome.h.
const outcomes = { ok: 0, expired: 5, failed: 13 };

test('200,000 random, cut and damaged packets: all within the buffers, nothing false let in, nothing allocated', () => {
  const { code, output } = program.run('20081124', '200000');
  expect({ code, output }).toEqual({ code: 0, output: expect.not.stringContaining('FAULT') });
  const seen = output.matchAll(/^(\d+) sealing (\d+) opening (\d+)$/gm);
  const counts = new Map(
    [...seen].map(([, number, sealed, opened]) => [Number(number), [sealed, opened]]),
  );
  // Every way to go wrong was gone, but those that hang on limits and on OpenSSL.
  expect(counts.size).toBeGreaterThan(8);
  expect(Number(counts.get(outcomes.ok)?.[0])).toBeGreaterThan(100_000);
  expect([counts.get(outcomes.expired), counts.get(outcomes.failed)]).toEqual([
    undefined,
    undefined,
  ]);
}, 60_000);
