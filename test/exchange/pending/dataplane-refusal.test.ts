/** Pending: what a refusal of the data plane should cost the peer and does not yet. */
import { expect, test } from '@jest/globals';
import { pair } from '../world.js';

const refusal = { kind: 'refused', code: 'EINVAL', detail: 'the kernel says no' } as const;

// The responder fails in silence; the initiator repeats message 7 for a minute.
test('a responder whose data plane refuses an SPI tells the initiator at once', () => {
  const { world, a, b } = pair();
  b.refuse = ({ kind }) => (kind === 'allocateSpi' ? refusal : undefined);
  a.ping(b);
  world.run(3_000);
  expect(a.names()).toContain('phase2Failed');
});

// Giving up an IKE SA in silence leaves it with the peer, which goes on to use it.
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
