/** Capture files are read byte by byte as libpcap writes them. */
import { describe, expect, test } from '@jest/globals';
import { readPcap } from '../../lab/guest/pcap.js';

const bytes = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));

const littleHeader = 'd4c3b2a1 0200 0400 00000000 00000000 00000400 01000000';
const ethernet = '020000000002 020000000001 0800';
const ipHeader = (length: string, fragment: string, protocol: string) =>
  `45 00 ${length} 0001 ${fragment} 40 ${protocol} 0000 01000001 01000002`;
// Seconds 1, microseconds 500000, 42 bytes captured of 42.
const record = (frame: string) => {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes(frame).length);
  const hex = size.toString('hex');
  return `01000000 20a10700 ${hex} ${hex} ${frame}`;
};

const udp = `${ethernet} ${ipHeader('001e', '0000', '11')} 01f4 1194 000a 0000 abcd`;
const esp = `${ethernet} ${ipHeader('001c', '0000', '32')} 00001001 00000007`;

describe('a capture file', () => {
  test('yields addresses, ports and the payload of a UDP packet', () => {
    const [packet, ...rest] = readPcap(bytes(littleHeader + record(udp)));
    expect(rest).toEqual([]);
    expect(packet).toEqual({
      time: 1.5,
      source: '1.0.0.1',
      destination: '1.0.0.2',
      protocol: 'udp',
      sourcePort: 500,
      destinationPort: 4500,
      spi: 0,
      length: 30,
      bytes: bytes(udp).subarray(14),
      payload: bytes('01f41194000a0000abcd'),
    });
  });

  test('yields the SPI of ESP and of AH', () => {
    const ah = `${ethernet} ${ipHeader('0020', '0000', '33')} 32040000 00001002 00000001`;
    const packets = readPcap(bytes(littleHeader + record(esp) + record(ah)));
    expect(packets.map(({ protocol, spi }) => [protocol, spi])).toEqual([
      ['esp', 0x1001],
      ['ah', 0x1002],
    ]);
  });

  test('yields no ports and no SPI for a later fragment', () => {
    const later = `${ethernet} ${ipHeader('001e', '0010', '11')} 01f4 1194 000a 0000 abcd`;
    expect(readPcap(bytes(littleHeader + record(later)))).toMatchObject([
      { protocol: 'udp', sourcePort: 0, destinationPort: 0 },
    ]);
  });

  test('is read in big-endian order and with nanoseconds too', () => {
    const header = 'a1b23c4d 0002 0004 00000000 00000000 00040000 00000001';
    const size = bytes(esp).length.toString(16).padStart(8, '0');
    const packets = readPcap(bytes(`${header} 00000001 1dcd6500 ${size} ${size} ${esp}`));
    expect(packets).toMatchObject([{ time: 1.5, protocol: 'esp' }]);
  });

  test('ends at a record that was cut off, and skips what is not IPv4', () => {
    const arp = `${'020000000002 020000000001 0806'} ${'00'.repeat(28)}`;
    const whole = bytes(littleHeader + record(arp) + record(udp) + record(esp));
    expect(readPcap(whole.subarray(0, whole.length - 3))).toHaveLength(1);
    expect(readPcap(bytes(littleHeader))).toEqual([]);
  });

  test('of another kind is refused', () => {
    expect(() => readPcap(bytes('00'.repeat(24)))).toThrow('unknown magic number');
    expect(() => readPcap(bytes('d4c3'))).toThrow('shorter than its header');
    const rawIp = `${littleHeader.slice(0, -8)}65000000`;
    expect(() => readPcap(bytes(rawIp))).toThrow('link type 101');
  });
});
