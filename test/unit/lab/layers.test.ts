/** Packets written by hand from RFC 791, 4302 and 4303 are told layer by layer. */
import { expect, test } from '@jest/globals';
import { innermostPacket, layersOf } from '../../lab/guest/layers.js';

const ping = ip(1, Buffer.from('0800f7ff00000000', 'hex'));

test('names what a packet consists of, from the outside in', () => {
  expect(layersOf(ping)).toBe('icmp');
  expect(layersOf(ip(17, Buffer.from('01f405dc00080000', 'hex')))).toBe('udp 1500');
  expect(layersOf(ip(17, Buffer.from('01f405dc00080000', 'hex'), 185))).toBe('fragment');
  expect(layersOf(ip(4, ping))).toBe('ip > icmp');
  expect(layersOf(ip(50, esp(0x102, 4, ping)))).toBe('esp 102 > ip > icmp');
  expect(layersOf(ip(51, ah(0x201, 50, esp(0x102, 1, ping.subarray(20)))))).toBe(
    'ah 201 > esp 102 > icmp',
  );
});

test('does not look into ESP with SPIs that nobody chose by hand', () => {
  expect(layersOf(ip(50, esp(0xfaacf20d, 4, ping)))).toBe('esp');
});

test('finds the packet within the innermost tunnel', () => {
  const nested = ip(50, esp(0x302, 4, ip(51, ah(0x201, 4, ping))));
  expect(innermostPacket(nested)).toEqual(ping);
  expect(innermostPacket(ping)).toBeUndefined();
});

function ip(protocol: number, content: Buffer, fragmentOffset = 0): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt8(0x45, 0);
  header.writeUInt16BE(20 + content.length, 2);
  header.writeUInt16BE(fragmentOffset, 6);
  header.writeUInt8(protocol, 9);
  return Buffer.concat([header, content]);
}

/** Without a check value, as with a null digest. */
function ah(spi: number, next: number, content: Buffer): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt8(next, 0);
  header.writeUInt8(12 / 4 - 2, 1);
  header.writeUInt32BE(spi, 4);
  return Buffer.concat([header, content]);
}

/** With null algorithms. */
function esp(spi: number, next: number, content: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(spi, 0);
  return Buffer.concat([header, content, Buffer.from([1, 2, 2, next])]);
}
