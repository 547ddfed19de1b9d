/** What an authenticated peer can make this router keep (SECURITY.md). */
import { expect, test } from '@jest/globals';
import { rowsFor, World } from './world.js';

test('a peer that makes pair after pair for one policy leaves four', () => {
  const { world, a, b } = tunnel();
  // It never says that it deletes any: exchange type 5 is the informational exchange.
  world.fate = ({ local, bytes }) =>
    local.address === a.address && bytes[18] === 5 ? [] : [{ delayMs: 5 }];
  for (let round = 0; round < 40; round += 1) {
    a.command({ kind: 'initiate', policyId: 1 });
    world.run(1_000);
    expect(b.engine.status().sizes.childSas).toBeLessThanOrEqual(4);
  }
  expect(a.ping(b)).toBe('encrypted');
});

test('a peer that restarts again and again without INITIAL-CONTACT leaves four phase 1s', () => {
  const { world, a, b } = tunnel();
  for (let round = 0; round < 20; round += 1) {
    a.crash('machine');
    a.ping(b);
    world.run(1_000);
    expect(b.engine.status().sizes.ikeSas).toBeLessThanOrEqual(4);
    expect(b.engine.status().sizes.childSas).toBeLessThanOrEqual(4);
  }
  expect(a.ping(b)).toBe('encrypted');
});

/** 1.0.0.1 never says INITIAL-CONTACT. */
function tunnel() {
  const world = new World();
  const a = world.router('1.0.0.1', 1);
  const b = world.router('1.0.0.2', 2);
  const rows = rowsFor('1.0.0.1', '1.0.0.2');
  const peers = rows.peers.map((peer) => ({ ...peer, sendInitialContact: false }));
  a.configure({ ...rows, peers });
  b.configure(rowsFor('1.0.0.2', '1.0.0.1'));
  a.ping(b);
  world.run(1_000);
  return { world, a, b };
}
