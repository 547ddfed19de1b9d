import { expect, test } from '@jest/globals';
import { instant } from '../../../../lib/core/base/instant.js';
import { Environment } from '../../../../lib/core/ike/environment.js';
import { Negotiation, type NegotiationOwner } from '../../../../lib/core/ike/negotiation.js';
import { NegotiationTable } from '../../../../lib/core/ike/negotiation-table.js';
import { rowsFor } from '../../../exchange/world.js';
import { createTestCrypto } from '../../../support/crypto.js';

test('a peer’s quick mode that ends does not end the waiting of our own for the same policy', () => {
  const [policy] = rowsFor('1.0.0.1', '1.0.0.2').policies;
  if (policy === undefined) throw new Error('no policy');
  const environment = new Environment(createTestCrypto());
  const owner = { environment } as NegotiationOwner;
  const now = instant(0);
  const ours = new Negotiation(owner, { role: 'initiator', cause: 'packet', policy }, now);
  const theirs = new Negotiation(owner, { role: 'responder', cause: 'peer' }, now);
  const table = new NegotiationTable();
  const timer = environment.timers.set(instant(30_000), () => {});
  for (const negotiation of [ours, theirs]) table.add(policy.id, negotiation);
  table.wait({ negotiation: ours, policy, timer });
  table.remove(policy.id, theirs);
  expect(table.waitingFor('1.0.0.1', '1.0.0.2')).toHaveLength(1);
  expect(environment.timers.next()).toBe(30_000);
  table.remove(policy.id, ours);
  expect(table.waitingFor('1.0.0.1', '1.0.0.2')).toEqual([]);
  expect(environment.timers.next()).toBeUndefined();
});
