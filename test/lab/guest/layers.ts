/**
 * What an IP packet is made of, from the outside in, as one line: `esp 102 > ip > icmp`. ESP is looked into
 * where it encrypts nothing, which tests with manual keys can have (RFC 2410).
 */

/** SPIs below this one are chosen by hand, and the tests that use this choose null algorithms with them. */
export const handChosenSpis = 0x1000;

const ipProtocol = { icmp: 1, ipip: 4, tcp: 6, udp: 17, esp: 50, ah: 51 } as const;
/** In place of a protocol number: what follows the IP header is somewhere within a datagram. */
const laterFragment = -1;
const icmpNames = new Map([
  [0, 'icmp reply'],
  [3, 'icmp unreachable'],
  [8, 'icmp'],
]);

/** One header of a packet: its name, and what it carries. */
interface Layer {
  readonly name: string;
  readonly protocol?: number;
  readonly content?: Buffer;
}

/** `packet` begins with its IP header, which is not told: `icmp` is an echo request in clear. */
export function layersOf(packet: Uint8Array): string {
  return headersOf(Buffer.from(packet))
    .slice(1)
    .map(({ name }) => name)
    .join(' > ');
}

/** The IP packet within the last tunnel of a packet whose ESP encrypts nothing; undefined if it has none. */
export function innermostPacket(packet: Uint8Array): Uint8Array | undefined {
  const headers = headersOf(Buffer.from(packet));
  const last = headers.map(({ name }) => name).lastIndexOf('ip');
  return headers[last - 1]?.content;
}

function headersOf(packet: Buffer): readonly Layer[] {
  const headers: Layer[] = [];
  let protocol: number | undefined = ipProtocol.ipip;
  let content = packet;
  while (protocol !== undefined) {
    const layer = read(protocol, content);
    headers.push(layer);
    protocol = layer.content === undefined ? undefined : layer.protocol;
    content = layer.content ?? content;
  }
  return headers;
}

function read(protocol: number, bytes: Buffer): Layer {
  switch (protocol) {
    case ipProtocol.ipip:
      return readIp(bytes);
    case ipProtocol.esp:
      return readEsp(bytes);
    case ipProtocol.ah:
      return {
        name: `ah ${spiName(bytes.readUInt32BE(4))}`,
        protocol: bytes.readUInt8(0),
        // RFC 4302 2.2: the length is in words of 32 bits, minus 2.
        content: bytes.subarray((bytes.readUInt8(1) + 2) * 4),
      };
    case laterFragment:
      return { name: 'fragment' };
    case ipProtocol.udp:
      return { name: `udp ${bytes.readUInt16BE(2)}` };
    case ipProtocol.tcp:
      return { name: `tcp ${bytes.readUInt16BE(2)}` };
    case ipProtocol.icmp: {
      const type = bytes.readUInt8(0);
      return { name: icmpNames.get(type) ?? `icmp ${type}` };
    }
    default:
      return { name: `ip-${protocol}` };
  }
}

function readIp(bytes: Buffer): Layer {
  const content = bytes.subarray((bytes.readUInt8(0) & 0x0f) * 4, bytes.readUInt16BE(2));
  const isFirst = (bytes.readUInt16BE(6) & 0x1fff) === 0;
  return { name: 'ip', protocol: isFirst ? bytes.readUInt8(9) : laterFragment, content };
}

function readEsp(bytes: Buffer): Layer {
  const spi = bytes.readUInt32BE(0);
  if (spi >= handChosenSpis) return { name: 'esp' };
  // RFC 4303 2: no IV and no ICV here, so padding, its length and the next header are the last bytes.
  const padding = bytes.readUInt8(bytes.length - 2);
  return {
    name: `esp ${spiName(spi)}`,
    protocol: bytes.readUInt8(bytes.length - 1),
    content: bytes.subarray(8, bytes.length - 2 - padding),
  };
}

function spiName(spi: number): string {
  return spi.toString(16);
}
