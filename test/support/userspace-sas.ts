/** SAs of the userspace data plane in pairs, and packets for them. */
import fc from 'fast-check';
import { addon, type NativeSaSettings, type NativeUserspaceSa } from '../../lib/host/addon.js';
import { cipherRows, hashRows, withTrueLength } from './ipsec-reference.js';

export interface Transform {
  readonly title: string;
  readonly protocol: 'esp' | 'ah';
  readonly encryption?: string;
  readonly integrity: string;
  readonly encryptionKey: Uint8Array;
  readonly integrityKey: Uint8Array;
}

const key = (bytes: number) => Uint8Array.from({ length: bytes }, (_, index) => 7 * index + 13);

function transform(protocol: 'esp' | 'ah', encryption: string | undefined, integrity: string) {
  const cipher = cipherRows.find(({ name }) => name === encryption);
  const hash = hashRows.find(({ name }) => name === integrity);
  return {
    title: [protocol, encryption, integrity].filter((word) => word !== undefined).join(' '),
    protocol,
    ...(encryption === undefined ? {} : { encryption }),
    integrity,
    encryptionKey: key((cipher?.keyBytes ?? 0) + (cipher?.saltBytes ?? 0)),
    integrityKey: key(hash?.keyBytes ?? 0),
  };
}

/** Every combination of protocol and algorithms. */
export const transforms: readonly Transform[] = [
  ...cipherRows.flatMap(({ name, tagBytes }) =>
    tagBytes > 0
      ? [transform('esp', name, 'none')]
      : hashRows.map((hash) => transform('esp', name, hash.name)),
  ),
  ...hashRows.map((hash) => transform('ah', undefined, hash.name)),
];

export const modes = ['transport', 'tunnel'] as const;

/** Transforms that tell when something was changed. */
export const authenticating = transforms.filter(({ integrity }) => integrity !== 'null');

export const addresses = { source: 0xc0000201, destination: 0xc0000202 };
export const unlimited = { softSeconds: 0, hardSeconds: 0, softBytes: 0, hardBytes: 0 };

/** An outbound SA of the transform, changed by the rest. */
export function saSettings(
  { title: _, ...rest }: Transform,
  changes: Partial<NativeSaSettings> = {},
): NativeSaSettings {
  return {
    ...rest,
    ...addresses,
    direction: 'out',
    mode: 'tunnel',
    dontFragment: 'inherit',
    spi: 0x1234abcd,
    replayWindow: 64,
    lifetime: unlimited,
    addTime: 0,
    sequenceNumber: 0,
    ...changes,
  };
}

export function transformNamed(title: string): Transform {
  const found = transforms.find((one) => one.title === title);
  if (found === undefined) throw new Error(`no transform ${title}`);
  return found;
}

export function openSa(settings: NativeSaSettings): NativeUserspaceSa {
  return new (addon().UserspaceSa)(settings);
}

export function openPair(settings: NativeSaSettings) {
  return { out: openSa(settings), in: openSa({ ...settings, direction: 'in' }) };
}

/** The packet, or a thrown error with the refusal. */
export function accepted(result: Uint8Array | string): Buffer {
  if (typeof result === 'string') throw new Error(`refused: ${result}`);
  return Buffer.from(result);
}

/** Quicker than an expectation, for the insides of properties. Throws when the bytes differ. */
export function demandSame(found: Uint8Array | string, wanted: Uint8Array): void {
  const bytes = accepted(found);
  if (bytes.equals(wanted)) return;
  throw new Error(`${bytes.toString('hex')}\nis not ${Buffer.from(wanted).toString('hex')}`);
}

export interface PacketTraits {
  readonly typeOfService: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly timeToLive: number;
  readonly protocol: number;
  /** A whole number of words of 32 bits, at most ten. */
  readonly options: Uint8Array;
  readonly payload: Uint8Array;
}

export const plainTraits: PacketTraits = {
  typeOfService: 0,
  identification: 0x4242,
  dontFragment: false,
  timeToLive: 64,
  protocol: 17,
  options: new Uint8Array(0),
  payload: Uint8Array.from({ length: 61 }, (_, index) => 255 - index),
};

/** Between the ends of the SA, so that it serves both modes. */
export function ipv4Packet(changes: Partial<PacketTraits> = {}): Buffer {
  const traits = { ...plainTraits, ...changes };
  const header = Buffer.alloc(20);
  header.writeUInt8(0x45 + traits.options.length / 4, 0);
  header.writeUInt8(traits.typeOfService, 1);
  header.writeUInt16BE(traits.identification, 4);
  header.writeUInt8(traits.dontFragment ? 0x40 : 0, 6);
  header.writeUInt8(traits.timeToLive, 8);
  header.writeUInt8(traits.protocol, 9);
  header.writeUInt32BE(addresses.source, 12);
  header.writeUInt32BE(addresses.destination, 16);
  return withTrueLength(Buffer.concat([header, traits.options, traits.payload]));
}

const option = fc.oneof(
  fc.constant([1]),
  // Immutable, mutable, experimental and unknown ones (RFC 4302 appendix A1).
  fc
    .tuple(
      fc.constantFrom(130, 133, 134, 148, 149, 7, 68, 82, 136, 11, 222),
      fc.array(fc.nat(255), { maxLength: 10 }),
    )
    .map(([type, data]) => [type, data.length + 2, ...data]),
  // Source routes, at their beginning, on their way and at their end.
  fc
    .tuple(
      fc.constantFrom(131, 137),
      fc.array(fc.nat(255), { minLength: 4, maxLength: 8 }).map((data) => data.slice(0, 4)),
      fc.constantFrom(4, 8),
    )
    .map(([type, route, pointer]) => [type, route.length + 3, pointer, ...route]),
);

/** Options that fit into a header, padded to whole words. */
export const anyOptions: fc.Arbitrary<Uint8Array> = fc
  .array(option, { maxLength: 5 })
  .map((options) => {
    const bytes: number[] = [];
    for (const one of options) if (bytes.length + one.length <= 40) bytes.push(...one);
    while (bytes.length % 4 !== 0) bytes.push(0);
    return Uint8Array.from(bytes);
  });

/** Packets of 20 to 1500 bytes. */
export function anyPacket(
  options: fc.Arbitrary<Uint8Array>,
): fc.Arbitrary<{ readonly packet: Buffer }> {
  return fc
    .record({
      typeOfService: fc.nat(255),
      identification: fc.nat(0xffff),
      dontFragment: fc.boolean(),
      timeToLive: fc.nat(255),
      protocol: fc.constantFrom(1, 6, 17, 50, 51),
      options,
      size: fc.oneof(fc.nat(100), fc.nat(1480)),
      fill: fc.nat(255),
    })
    .map(({ size, fill, ...traits }) => {
      const bytes = Math.min(size, 1480 - traits.options.length);
      const payload = Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + fill) & 0xff);
      return { packet: ipv4Packet({ ...traits, payload }) };
    });
}
