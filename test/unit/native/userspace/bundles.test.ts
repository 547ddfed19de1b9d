/** Two SAs around one packet: AH around ESP, and a tunnel within a tunnel. */
import { expect, test } from '@jest/globals';
import { openBundle } from '../../../kernel/rfc4302.js';
import { withChecksum } from '../../../support/ipsec-reference.js';
import {
  accepted,
  ipv4Packet,
  modes,
  openPair,
  saSettings,
  transformNamed,
} from '../../../support/userspace-sas.js';

const packet = ipv4Packet({ typeOfService: 0x10, dontFragment: true });

test.each(
  modes.flatMap((mode) =>
    (['3des', 'aes-128'] as const).flatMap((cipher) =>
      (['md5', 'sha1'] as const).map((hash) => ({ mode, cipher, hash })),
    ),
  ),
)('ESP $cipher $hash in $mode mode inside AH, as the RFCs read it', ({ mode, cipher, hash }) => {
  const espSettings = saSettings(transformNamed(`esp ${cipher} ${hash}`), { mode });
  const ahSettings = saSettings(transformNamed(`ah ${hash}`), { mode: 'transport', spi: 0x777 });
  const [esp, ah] = [openPair(espSettings), openPair(ahSettings)];
  for (const sequence of [1, 2, 3]) {
    const inside = accepted(esp.out.encapsulate(packet, 0, 9, 64));
    const sealed = accepted(ah.out.encapsulate(inside, 0, 10, 64));
    const opened = openBundle(sealed, {
      ah: { spi: ahSettings.spi, hash, key: ahSettings.integrityKey },
      esp: {
        spi: espSettings.spi,
        hash,
        key: espSettings.integrityKey,
        cipher,
        cipherKey: espSettings.encryptionKey,
      },
    });
    expect(opened).toEqual({
      ahSequence: sequence,
      espSequence: sequence,
      next: mode === 'tunnel' ? 4 : 17,
      inner: mode === 'tunnel' ? packet : packet.subarray(20),
    });
    // A router under way.
    sealed.writeUInt8(sealed.readUInt8(8) - 1, 8);
    const arrived = accepted(ah.in.decapsulate(withChecksum(sealed), 0));
    const received = accepted(esp.in.decapsulate(arrived, 0));
    expect(received.subarray(20)).toEqual(packet.subarray(20));
  }
  // What AH was given is ESP with all that belongs to it, without the IP header.
  const { bytes } = ah.out.counters();
  expect(ah.in.counters().bytes).toBe(bytes);
  expect(bytes).toBeGreaterThan(3 * (packet.length - 20));
});

test('a tunnel within a tunnel', () => {
  const inner = openPair(saSettings(transformNamed('esp aes-256 sha256')));
  const outer = openPair(saSettings(transformNamed('esp chacha20-poly1305 none'), { spi: 0x99 }));
  const once = accepted(inner.out.encapsulate(packet, 0, 1, 64));
  const twice = accepted(outer.out.encapsulate(once, 0, 2, 64));
  expect(accepted(outer.in.decapsulate(twice, 0))).toEqual(once);
  expect(accepted(inner.in.decapsulate(once, 0))).toEqual(packet);
});
