/** Reads capture files (libpcap format, Ethernet, IPv4) into packets a test can count and compare. */

export interface CapturedPacket {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly source: string;
  readonly destination: string;
  readonly protocol: 'icmp' | 'tcp' | 'udp' | 'esp' | 'ah' | 'ipip' | `ip-${number}`;
  /** 0 unless UDP or TCP and not a later fragment. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Of ESP or AH, else 0. */
  readonly spi: number;
  /** Bytes of the IP packet, header included. */
  readonly length: number;
  /** The IP packet, header included. */
  readonly bytes: Uint8Array;
  /** What follows the IP header. */
  readonly payload: Uint8Array;
}

const fileHeaderBytes = 24;
const recordHeaderBytes = 16;
const ethernetHeaderBytes = 14;
const etherTypeIpv4 = 0x0800;
const linkTypeEthernet = 1;
const protocolNames = new Map<number, CapturedPacket['protocol']>([
  [1, 'icmp'],
  [4, 'ipip'],
  [6, 'tcp'],
  [17, 'udp'],
  [50, 'esp'],
  [51, 'ah'],
]);

/** Frames that are not IPv4 are left out; a record cut off at the end of the file ends the list. */
export function readPcap(file: Uint8Array): CapturedPacket[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.byteLength < fileHeaderBytes)
    throw new Error('not a capture file: shorter than its header');
  const magic = view.getUint32(0, true);
  const little = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d;
  const bigMagic = view.getUint32(0, false);
  if (!little && bigMagic !== 0xa1b2c3d4 && bigMagic !== 0xa1b23c4d) {
    throw new Error('not a capture file: unknown magic number');
  }
  const fraction = view.getUint32(0, little) === 0xa1b23c4d ? 1e9 : 1e6;
  const linkType = view.getUint32(20, little);
  if (linkType !== linkTypeEthernet) throw new Error(`link type ${linkType} is not Ethernet`);
  const packets: CapturedPacket[] = [];
  let at = fileHeaderBytes;
  while (at + recordHeaderBytes <= file.byteLength) {
    const time = view.getUint32(at, little) + view.getUint32(at + 4, little) / fraction;
    const start = at + recordHeaderBytes;
    const end = start + view.getUint32(at + 8, little);
    if (end > file.byteLength) break;
    const packet = readFrame(file.subarray(start, end), time);
    if (packet !== undefined) packets.push(packet);
    at = end;
  }
  return packets;
}

function readFrame(frame: Uint8Array, time: number): CapturedPacket | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.byteLength < ethernetHeaderBytes + 20) return undefined;
  if (view.getUint16(12) !== etherTypeIpv4) return undefined;
  const ip = ethernetHeaderBytes;
  const headerBytes = (view.getUint8(ip) & 0x0f) * 4;
  const length = view.getUint16(ip + 2);
  const firstFragment = (view.getUint16(ip + 6) & 0x1fff) === 0;
  const number = view.getUint8(ip + 9);
  const protocol = protocolNames.get(number) ?? (`ip-${number}` as const);
  const payload = frame.subarray(ip + headerBytes, ip + length);
  const inner = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const hasPorts = (protocol === 'udp' || protocol === 'tcp') && firstFragment;
  const ports = hasPorts && payload.byteLength >= 4;
  const spiAt = protocol === 'esp' ? 0 : protocol === 'ah' ? 4 : undefined;
  const hasSpi = spiAt !== undefined && firstFragment && payload.byteLength >= spiAt + 4;
  return {
    time,
    source: frame.subarray(ip + 12, ip + 16).join('.'),
    destination: frame.subarray(ip + 16, ip + 20).join('.'),
    protocol,
    sourcePort: ports ? inner.getUint16(0) : 0,
    destinationPort: ports ? inner.getUint16(2) : 0,
    spi: hasSpi ? inner.getUint32(spiAt) : 0,
    length,
    bytes: frame.subarray(ip, ip + length),
    payload,
  };
}
