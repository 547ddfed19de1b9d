/** UDP port 4500: telling IKE, ESP and keepalives apart (RFC 3948 2). */
import { describe, expect, test } from '@jest/globals';
import { decodeEspHeader } from '../../../../lib/core/wire/esp.js';
import {
  addNonEspMarker,
  classifyUdpEncap,
  natKeepalive,
} from '../../../../lib/core/wire/udp-encap.js';
import { hex } from '../../../support/hex.js';
import { readDatagrams } from '../../../support/pcap.js';
import { readShared } from '../../../support/shared.js';

describe('a datagram on port 4500', () => {
  test('is IKE behind four zero bytes', () => {
    expect(classifyUdpEncap(addNonEspMarker(hex('0102')))).toEqual({
      kind: 'ike',
      message: hex('0102'),
    });
    expect(classifyUdpEncap(hex('00000000'))).toEqual({ kind: 'ike', message: hex('') });
  });

  test('is a keepalive when it is the one byte 0xff', () => {
    expect(classifyUdpEncap(natKeepalive())).toEqual({ kind: 'keepalive' });
  });

  test('is ESP otherwise', () => {
    const packet = hex('00000100 00000007 aabb');
    expect(classifyUdpEncap(packet)).toEqual({ kind: 'esp', packet });
    expect(decodeEspHeader(packet)).toEqual({ ok: true, value: { spi: 256, sequenceNumber: 7 } });
  });

  test.each(['', '00', '0000', '000000', 'fe', 'ffff', '00000001', '01020304050607'])(
    'is nothing when it is too short for each: "%s" (hostile #43)',
    (text) => {
      expect(classifyUdpEncap(hex(text))).toEqual({ kind: 'malformed' });
    },
  );
});

test('an ESP header needs its eight bytes', () => {
  expect(decodeEspHeader(hex('00000100000000'))).toMatchObject({ ok: false });
});

test('a real capture holds all three kinds', () => {
  const kinds = readDatagrams(readShared('vectors', 'pcap-ikev1', 'isakmp4500.pcap'))
    .filter(({ destinationPort }) => destinationPort === 4500)
    .map(({ bytes }) => classifyUdpEncap(bytes));
  const count = (kind: string) => kinds.filter((one) => one.kind === kind).length;
  expect({ ike: count('ike'), esp: count('esp'), keepalive: count('keepalive') }).toEqual({
    ike: 11,
    esp: 8,
    keepalive: 4,
  });
  const sequence = kinds.flatMap((one) => {
    const header = one.kind === 'esp' ? decodeEspHeader(one.packet) : undefined;
    return header?.ok ? [header.value] : [];
  });
  expect(sequence.map(({ sequenceNumber }) => sequenceNumber)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(new Set(sequence.map(({ spi }) => spi))).toEqual(new Set([0xf4dc0ae5]));
});
