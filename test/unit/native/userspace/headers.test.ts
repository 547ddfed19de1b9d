/** The header that a protected packet leaves with, and what an SA does not take at all. */
import { describe, expect, test } from '@jest/globals';
import { withChecksum, withTrueLength } from '../../../support/ipsec-reference.js';
import {
  accepted,
  ipv4Packet,
  modes,
  openPair,
  openSa,
  saSettings,
  transformNamed,
} from '../../../support/userspace-sas.js';

const titles = ['esp aes-128 sha1', 'esp chacha20-poly1305 none', 'ah sha1'];

describe.each(titles)('%s', (title) => {
  const base = saSettings(transformNamed(title));
  const fragment = (flagsAndOffset: number) => {
    const packet = ipv4Packet();
    packet.writeUInt16BE(flagsAndOffset, 6);
    return withChecksum(packet);
  };

  test.each(
    modes.flatMap((mode) =>
      (['clear', 'inherit', 'set'] as const).flatMap((dontFragment) =>
        [false, true].map((had) => ({ mode, dontFragment, had })),
      ),
    ),
  )('R-34 $mode, dont-fragment=$dontFragment, DF before: $had', ({ mode, dontFragment, had }) => {
    const { out } = openPair({ ...base, mode, dontFragment });
    const packet = ipv4Packet({ dontFragment: had, identification: 0 });
    const sealed = accepted(out.encapsulate(packet, 0, 0x7777, 64));
    const wanted = { clear: false, inherit: had, set: true }[dontFragment];
    expect((sealed.readUInt8(6) & 0x40) !== 0).toBe(wanted);
    // RFC 6864 4.1: what may be fragmented from now on needs an identification of its own.
    const renamed = mode === 'tunnel' || (had && !wanted);
    expect(sealed.readUInt16BE(4)).toBe(renamed ? 0x7777 : 0);
  });

  test("R-36 the outer header has the given time to live and the packet's type of service", () => {
    const packet = ipv4Packet({ typeOfService: 0xb9, timeToLive: 3 });
    const tunnel = accepted(openSa(base).encapsulate(packet, 0, 1, 200));
    expect([tunnel.readUInt8(1), tunnel.readUInt8(8)]).toEqual([0xb9, 200]);
    const transport = openSa({ ...base, mode: 'transport' }).encapsulate(packet, 0, 1, 200);
    expect([accepted(transport).readUInt8(1), accepted(transport).readUInt8(8)]).toEqual([0xb9, 3]);
  });

  // RFC 3168 9.1.1, RFC 4301 5.1.2.1: only who can tell is told.
  test.each([
    [0xb8, 0xb8],
    [0xb9, 0xbb],
    [0xba, 0xbb],
    [0xbb, 0xbb],
  ])('congestion met on the way makes type of service %i arrive as %i', (before, after) => {
    const pair = openPair(base);
    const packet = ipv4Packet({ typeOfService: before });
    const sealed = accepted(pair.out.encapsulate(packet, 0, 1, 64));
    sealed.writeUInt8(sealed.readUInt8(1) | 3, 1);
    const opened = accepted(pair.in.decapsulate(withChecksum(sealed), 0));
    expect(opened).toEqual(ipv4Packet({ typeOfService: after }));
  });

  test('an inner header that needs no change keeps even a checksum that is wrong', () => {
    const pair = openPair(base);
    const packet = ipv4Packet({ typeOfService: 3 });
    packet.writeUInt16BE(0xffff, 10);
    const sealed = accepted(pair.out.encapsulate(packet, 0, 1, 64));
    expect(accepted(pair.in.decapsulate(sealed, 0))).toEqual(packet);
  });

  test('fragments are put together before they are opened', () => {
    const pair = openPair(base);
    const sealed = accepted(pair.out.encapsulate(ipv4Packet(), 0, 1, 64));
    for (const flags of [0x2000, 0x2010, 0x0010]) {
      sealed.writeUInt16BE(flags, 6);
      expect(pair.in.decapsulate(withChecksum(sealed), 0)).toBe('fragment');
    }
    expect(pair.in.counters()).toMatchObject({ packets: 0, integrityErrors: 0 });
  });

  test('fragments go through a tunnel, and not in transport mode', () => {
    const transport = openPair({ ...base, mode: 'transport' });
    const tunnel = openPair(base);
    for (const flags of [0x2000, 0x2010, 0x0010]) {
      expect(transport.out.encapsulate(fragment(flags), 0, 1, 64)).toBe('fragment');
      const sealed = accepted(tunnel.out.encapsulate(fragment(flags), 0, 1, 64));
      expect(accepted(tunnel.in.decapsulate(sealed, 0))).toEqual(fragment(flags));
    }
    expect(transport.out.counters().packets).toBe(0);
  });

  test('bytes behind the packet, as links leave them, are not part of it', () => {
    const pair = openPair(base);
    const packet = ipv4Packet();
    const padded = Buffer.concat([packet, Buffer.alloc(5, 1)]);
    const sealed = accepted(pair.out.encapsulate(padded, 0, 1, 64));
    expect(sealed.readUInt16BE(2)).toBe(sealed.length);
    const opened = pair.in.decapsulate(Buffer.concat([sealed, Buffer.alloc(7, 2)]), 0);
    expect(accepted(opened)).toEqual(packet);
    expect(pair.out.counters().bytes).toBe(packet.length);
  });

  test('what is no IPv4 packet is refused before it takes a number', () => {
    const { out } = openPair(base);
    const packet = ipv4Packet();
    const damage = (at: number, value: number) => {
      const damaged = Buffer.from(packet);
      damaged.writeUInt8(value, at);
      return damaged;
    };
    for (const one of [
      new Uint8Array(0),
      packet.subarray(0, 19),
      packet.subarray(0, -1),
      damage(0, 0x65),
      damage(0, 0x44),
      damage(3, 19),
    ]) {
      expect(out.encapsulate(one, 0, 1, 64)).toBe('malformed');
    }
    const sealed = accepted(out.encapsulate(packet, 0, 1, 64));
    expect(sealed.readUInt32BE(base.protocol === 'ah' ? 28 : 24)).toBe(1);
  });

  test('a packet as long as IPv4 allows is refused, the longest that fits is not', () => {
    const pair = openPair(base);
    const ofLength = (length: number) => ipv4Packet({ payload: new Uint8Array(length - 20) });
    expect(pair.out.encapsulate(ofLength(65535), 0, 1, 64)).toBe('tooLong');
    let length = 65535;
    while (pair.out.encapsulate(ofLength(length), 0, 1, 64) === 'tooLong') length -= 1;
    const sealed = accepted(pair.out.encapsulate(ofLength(length), 0, 1, 64));
    expect(sealed.length).toBeGreaterThan(65535 - 16);
    expect(accepted(pair.in.decapsulate(sealed, 0))).toEqual(ofLength(length));
  });

  test('packets of another SA, protocol or direction are not touched', () => {
    const pair = openPair(base);
    const sealed = accepted(pair.out.encapsulate(ipv4Packet(), 0, 1, 64));
    const other = openSa({ ...base, direction: 'in', spi: base.spi + 1 });
    expect(other.decapsulate(sealed, 0)).toBe('wrongSa');
    expect(pair.in.decapsulate(ipv4Packet(), 0)).toBe('wrongSa');
    expect(pair.in.encapsulate(ipv4Packet(), 0, 1, 64)).toBe('wrongSa');
    expect(pair.out.decapsulate(sealed, 0)).toBe('wrongSa');
    expect(other.counters()).toMatchObject({ packets: 0, replayErrors: 0, integrityErrors: 0 });
  });
});

describe('ESP in UDP (RFC 3948)', () => {
  const udp = { source: 4500, destination: 40001 };
  const settings = saSettings(transformNamed('esp aes-128 sha1'), { udp });

  test.each(modes)('%s: a UDP header without checksum, whatever ports it arrives with', (mode) => {
    const pair = openPair({ ...settings, mode });
    const packet = ipv4Packet();
    const sealed = accepted(pair.out.encapsulate(packet, 0, 1, 64));
    expect(sealed.readUInt8(9)).toBe(17);
    expect([20, 22, 24, 26].map((at) => sealed.readUInt16BE(at))).toEqual([
      ...[4500, 40001],
      ...[sealed.length - 20, 0],
    ]);
    sealed.writeUInt16BE(1025, 20);
    expect(accepted(pair.in.decapsulate(sealed, 0))).toEqual(packet);
  });

  test('datagrams of IKE, keepalives and wrong lengths are no ESP', () => {
    const pair = openPair(settings);
    const sealed = accepted(pair.out.encapsulate(ipv4Packet(), 0, 1, 64));
    const nonEsp = Buffer.from(sealed);
    nonEsp.writeUInt32BE(0, 28);
    const keepalive = withTrueLength(Buffer.concat([sealed.subarray(0, 28), Buffer.of(0xff)]));
    keepalive.writeUInt16BE(9, 24);
    const lying = Buffer.from(sealed);
    lying.writeUInt16BE(sealed.length - 21, 24);
    const noUdp = withTrueLength(Buffer.from(sealed.subarray(0, 27)));
    const results = [nonEsp, keepalive, lying, noUdp].map((one) => pair.in.decapsulate(one, 0));
    expect(results).toEqual(['wrongSa', 'tooShort', 'malformed', 'malformed']);
  });
});
