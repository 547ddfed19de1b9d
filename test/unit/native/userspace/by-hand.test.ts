/** Every byte of protected packets against packets written out from the RFCs over node:crypto. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  encryptionAlgorithms,
  integrityAlgorithms,
} from '../../../../lib/core/crypto/algorithms.js';
import type { NativeSaSettings } from '../../../../lib/host/addon.js';
import {
  type Choices,
  cipherRow,
  cipherRows,
  hashRows,
  headerBytes,
  protectByHand,
  travelled,
} from '../../../support/ipsec-reference.js';
import {
  accepted,
  anyOptions,
  anyPacket,
  demandSame,
  ipv4Packet,
  modes,
  openSa,
  saSettings,
  transformNamed,
  transforms,
} from '../../../support/userspace-sas.js';

const cases = transforms.flatMap((one) =>
  modes.flatMap((mode) =>
    (one.protocol === 'esp' ? [undefined, { source: 4500, destination: 40001 }] : [undefined]).map(
      (udp) => ({
        title: `${one.title}, ${mode}${udp ? ', in UDP' : ''}`,
        settings: saSettings(one, { mode, ...(udp ? { udp } : {}) }),
      }),
    ),
  ),
);

/** The vector: for an AEAD the sequence number, as ours chooses it. */
function ivFor(sa: NativeSaSettings, sequenceNumber: number): Uint8Array {
  const { ivBytes, tagBytes } = sa.protocol === 'ah' ? { ivBytes: 0, tagBytes: 0 } : cipherRow(sa);
  const iv = Buffer.alloc(ivBytes, 0xa7);
  if (tagBytes > 0) iv.writeBigUInt64BE(BigInt(sequenceNumber));
  return iv;
}

const timeToLive = 61;

test.each(cases)('$title: the same bytes as by hand, in both directions', ({ settings }) => {
  fc.assert(
    fc.property(
      anyPacket(anyOptions),
      fc.integer({ min: 1, max: 0xffff_ffff }),
      fc.nat(0xffff),
      fc.constantFrom('clear', 'inherit', 'set'),
      ({ packet }, sequenceNumber, identification, dontFragment) => {
        const sa = { ...settings, dontFragment };
        const iv = ivFor(sa, sequenceNumber);
        const choices: Choices = { sequenceNumber, iv, identification, timeToLive };
        const byHand = protectByHand(packet, sa, choices);
        const out = openSa({ ...sa, sequenceNumber: sequenceNumber - 1 });
        demandSame(out.encapsulate(packet, 0, identification, timeToLive, iv), byHand);
        const opened = openSa({ ...sa, direction: 'in' }).decapsulate(travelled(byHand), 0);
        const start = headerBytes(packet);
        demandSame(accepted(opened).subarray(start), packet.subarray(start));
      },
    ),
    { numRuns: 15 },
  );
});

describe('what a sender may do that ours does not', () => {
  const packet = ipv4Packet();
  const choices = { sequenceNumber: 7, identification: 0, timeToLive };

  test.each(transforms.filter(({ protocol }) => protocol === 'esp'))(
    '$title: more padding than needed, and padding behind the inner packet',
    (one) => {
      const settings = saSettings(one);
      const { blockBytes } = cipherRow(settings);
      for (const morePadding of [0, 1, Math.floor(240 / blockBytes)]) {
        for (const trafficFlowPadding of [0, 1, 700]) {
          const more = { morePadding, trafficFlowPadding };
          const sealed = protectByHand(packet, settings, {
            ...choices,
            ...more,
            iv: ivFor(settings, 7),
          });
          const opened = openSa({ ...settings, direction: 'in' }).decapsulate(sealed, 0);
          expect(accepted(opened)).toEqual(packet);
        }
      }
    },
  );

  test.each(['esp aes-128 sha1', 'esp aes-256-gcm none', 'esp null null'])(
    '%s: padding that does not count from 1 is refused, and so are dummies and other contents',
    (title) => {
      const settings = saSettings(transformNamed(title));
      const iv = ivFor(settings, 7);
      const results = [
        { padding: () => 0 },
        { padding: (index: number) => (index === 1 ? 9 : index + 1) },
        { nextHeader: 59 },
        { nextHeader: 41 },
        { nextHeader: 17 },
      ].map((oddity) => {
        const sealed = protectByHand(packet, settings, {
          ...choices,
          morePadding: 1,
          iv,
          ...oddity,
        });
        return openSa({ ...settings, direction: 'in' }).decapsulate(sealed, 0);
      });
      expect(results).toEqual(['badPadding', 'badPadding', 'dummy', 'wrongSa', 'wrongSa']);
    },
  );

  test('an SA in tunnel mode takes only whole IPv4 packets from within', () => {
    const settings = saSettings(transformNamed('esp null sha1'));
    const damaged = [
      (inner: Buffer) => inner.writeUInt8(0x65, 0),
      (inner: Buffer) => inner.writeUInt8(0x44, 0),
      (inner: Buffer) => inner.writeUInt16BE(inner.length + 1, 2),
      (inner: Buffer) => inner.writeUInt16BE(19, 2),
    ].map((damage) => {
      const inner = Buffer.from(packet);
      damage(inner);
      const sealed = protectByHand(inner, settings, { ...choices, iv: new Uint8Array(0) });
      return openSa({ ...settings, direction: 'in' }).decapsulate(sealed, 0);
    });
    expect(damaged).toEqual(['malformed', 'malformed', 'malformed', 'malformed']);
  });
});

describe('the algorithms', () => {
  test('of the menus are all there, with keys and check values of the same length', () => {
    for (const { name, keyBytes, blockBytes } of encryptionAlgorithms) {
      const row = cipherRows.find((one) => one.name === name);
      expect(row).toMatchObject({ keyBytes, blockBytes });
    }
    for (const { name, keyBytes, icvBytes } of integrityAlgorithms) {
      expect(hashRows.find((one) => one.name === name)).toMatchObject({ keyBytes, icvBytes });
    }
  });

  test.each(transforms)('$title: keys of another length are refused', (one) => {
    const refuses = (changes: Partial<NativeSaSettings>) => {
      expect(() => openSa(saSettings(one, changes))).toThrow('key has the wrong length');
    };
    const longer = (bytes: Uint8Array) => new Uint8Array(bytes.length + 1);
    if (one.encryptionKey.length > 0) {
      refuses({ encryptionKey: longer(one.encryptionKey) });
      refuses({ encryptionKey: one.encryptionKey.subarray(1) });
      refuses({ encryptionKey: new Uint8Array(0) });
    }
    if (one.integrityKey.length > 0) {
      refuses({ integrityKey: longer(one.integrityKey) });
      refuses({ integrityKey: new Uint8Array(0) });
    }
  });

  test('take any key under null, as the manual has them', () => {
    const some = Uint8Array.of(0xab, 0xcf, 0xed);
    const esp = saSettings(transformNamed('esp null null'));
    expect(() => openSa({ ...esp, encryptionKey: some, integrityKey: some })).not.toThrow();
    expect(() =>
      openSa({ ...saSettings(transformNamed('ah null')), integrityKey: some }),
    ).not.toThrow();
  });

  test('that do not go together are refused', () => {
    const esp = saSettings(transformNamed('esp aes-128 sha1'));
    const gcm = saSettings(transformNamed('esp aes-128-gcm none'));
    const ah = saSettings(transformNamed('ah sha1'));
    const { encryption: _, ...withoutCipher } = esp;
    for (const settings of [
      withoutCipher,
      { ...esp, integrity: 'none' },
      { ...gcm, integrity: 'sha1', integrityKey: esp.integrityKey },
      { ...ah, encryption: 'null' },
      { ...ah, integrity: 'none' },
      { ...ah, udp: { source: 4500, destination: 4500 } },
      { ...esp, encryption: 'rot13' },
      { ...esp, replayWindow: 65537 },
    ]) {
      // By name: the addon's errors are of another realm than the test's.
      expect(() => openSa(settings)).toThrow(expect.objectContaining({ name: 'TypeError' }));
    }
  });
});
