import { expect, test } from '@jest/globals';
import { Secret } from '../../../lib/core/base/secret.js';
import type { InstalledSa, SaCounters } from '../../../lib/core/dataplane/types.js';
import { SaAccounting } from '../../../lib/host/sa-accounting.js';

const noKey = new Secret(new Uint8Array());

function sa(
  spi: number,
  direction: 'in' | 'out',
  counters: Partial<SaCounters>,
  protocol: 'esp' | 'ah' = 'esp',
): InstalledSa {
  return {
    protocol,
    spi,
    source: '10.0.0.1',
    destination: '10.0.0.2',
    direction,
    reqid: 7,
    mode: 'transport',
    integrity: 'sha1',
    encryptionKey: noKey,
    integrityKey: noKey,
    replayWindow: 32,
    lifetime: { softSeconds: 0, hardSeconds: 0, softBytes: 0, hardBytes: 0 },
    state: 'mature',
    counters: {
      bytes: 0,
      packets: 0,
      addTime: 0,
      useTime: 0,
      replayErrors: 0,
      integrityErrors: 0,
      ...counters,
    },
  };
}

test('R-79 packets of a policy are those of its SAs, and stay when these are renewed', () => {
  const accounting = new SaAccounting();
  accounting.observe([sa(1, 'out', { packets: 5 }), sa(2, 'in', { packets: 3 })]);
  expect(accounting.totals().get(7)).toEqual({ encrypted: 5, decrypted: 3, notDecrypted: 0 });
  accounting.observe([sa(1, 'out', { packets: 9 }), sa(2, 'in', { packets: 4 })]);
  accounting.observe([sa(3, 'out', { packets: 1 }), sa(4, 'in', { packets: 0 })]);
  expect(accounting.totals().get(7)).toEqual({ encrypted: 10, decrypted: 4, notDecrypted: 0 });
  accounting.observe([]);
  expect(accounting.totals().get(7)).toEqual({ encrypted: 10, decrypted: 4, notDecrypted: 0 });
});

test('what an SA counted last before it goes is not lost', () => {
  const accounting = new SaAccounting();
  accounting.observe([sa(1, 'out', { packets: 5 })]);
  accounting.observeOne(sa(1, 'out', { packets: 8 }));
  accounting.observe([]);
  expect(accounting.totals().get(7)?.encrypted).toBe(8);
});

test('R-22 failed replay and integrity checks are packets not decrypted', () => {
  const accounting = new SaAccounting();
  accounting.observe([sa(2, 'in', { packets: 3, replayErrors: 2, integrityErrors: 1 })]);
  expect(accounting.totals().get(7)).toEqual({ encrypted: 0, decrypted: 3, notDecrypted: 3 });
});

test('R-73 R-77 a packet under ah,esp counts once', () => {
  const accounting = new SaAccounting();
  accounting.observe([sa(1, 'out', { packets: 5 }), sa(1, 'out', { packets: 5 }, 'ah')]);
  expect(accounting.totals().get(7)?.encrypted).toBe(5);
});

test('R-79 a removed policy drops its counts', () => {
  const accounting = new SaAccounting();
  accounting.observe([sa(1, 'out', { packets: 5 })]);
  accounting.observe([]);
  accounting.keepOnly(() => new Set([8]));
  expect(accounting.totals().get(7)).toBeUndefined();
});
