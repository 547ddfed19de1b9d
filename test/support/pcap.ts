/** Reads UDP datagrams and IKE messages out of capture files, in pcap and pcapng format. */
import { classifyUdpEncap } from '../../lib/core/wire/udp-encap.js';

export interface CapturedDatagram {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly bytes: Uint8Array;
}

interface Frame {
  readonly linkType: number;
  readonly bytes: Uint8Array;
}

/** All UDP datagrams of a capture in order; other packets are skipped, unknown formats refused. */
export function readDatagrams(file: Uint8Array): readonly CapturedDatagram[] {
  const magic = viewOf(file).getUint32(0);
  const frames = magic === 0x0a0d0d0a ? pcapngFrames(file) : pcapFrames(file, magic);
  return frames.flatMap((frame) => {
    const packet = networkPacket(frame);
    const datagram = packet && udpDatagram(packet);
    return datagram ? [datagram] : [];
  });
}

/** The IKE messages of a capture: UDP 500 as it is, UDP 4500 behind the non-ESP marker. */
export function readIkeMessages(file: Uint8Array): readonly Uint8Array[] {
  return readDatagrams(file).flatMap(({ sourcePort, destinationPort, bytes }) => {
    if (sourcePort === 4500 || destinationPort === 4500) {
      const inside = classifyUdpEncap(bytes);
      return inside.kind === 'ike' ? [inside.message] : [];
    }
    return sourcePort === 500 || destinationPort === 500 ? [bytes] : [];
  });
}

function pcapFrames(file: Uint8Array, magic: number): readonly Frame[] {
  const little = magic === 0xd4c3b2a1 || magic === 0x4d3cb2a1;
  if (!little && magic !== 0xa1b2c3d4 && magic !== 0xa1b23c4d) throw new Error('not a capture');
  const view = viewOf(file);
  const linkType = view.getUint32(20, little);
  const frames: Frame[] = [];
  for (let offset = 24; offset < file.length; ) {
    const length = view.getUint32(offset + 8, little);
    frames.push({ linkType, bytes: file.subarray(offset + 16, offset + 16 + length) });
    offset += 16 + length;
  }
  return frames;
}

function pcapngFrames(file: Uint8Array): readonly Frame[] {
  const view = viewOf(file);
  const little = view.getUint32(8) === 0x4d3c2b1a;
  const linkTypes: number[] = [];
  const frames: Frame[] = [];
  for (let offset = 0; offset < file.length; ) {
    const type = view.getUint32(offset, little);
    const length = view.getUint32(offset + 4, little);
    if (length < 12) throw new Error(`pcapng block of ${length} bytes`);
    if (type === 1) linkTypes.push(view.getUint16(offset + 8, little));
    if (type === 6) {
      const linkType = linkTypes[view.getUint32(offset + 8, little)] ?? -1;
      const captured = view.getUint32(offset + 20, little);
      frames.push({ linkType, bytes: file.subarray(offset + 28, offset + 28 + captured) });
    }
    offset += length;
  }
  return frames;
}

/** The IP packet of a frame: link types null, Ethernet, raw IP; undefined for other protocols. */
function networkPacket({ linkType, bytes }: Frame): Uint8Array | undefined {
  switch (linkType) {
    case 0:
      return bytes.subarray(4);
    case 1: {
      const etherType = viewOf(bytes).getUint16(12);
      return etherType === 0x0800 || etherType === 0x86dd ? bytes.subarray(14) : undefined;
    }
    case 12:
    case 101:
      return bytes;
    default:
      throw new Error(`link type ${linkType}`);
  }
}

function udpDatagram(packet: Uint8Array): CapturedDatagram | undefined {
  const view = viewOf(packet);
  const isV6 = view.getUint8(0) >> 4 === 6;
  const headerBytes = isV6 ? 40 : 4 * (view.getUint8(0) & 0xf);
  if (view.getUint8(isV6 ? 6 : 9) !== 17) return undefined;
  const [from, to, end] = isV6 ? [8, 24, 40] : [12, 16, 20];
  const length = view.getUint16(headerBytes + 4);
  return {
    source: packet.subarray(from, to).join('.'),
    destination: packet.subarray(to, end).join('.'),
    sourcePort: view.getUint16(headerBytes),
    destinationPort: view.getUint16(headerBytes + 2),
    bytes: packet.subarray(headerBytes + 8, headerBytes + length),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
