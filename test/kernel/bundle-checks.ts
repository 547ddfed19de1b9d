/** Captured packets of a tunnel of ESP inside AH, each opened and recomputed. */
import type { CapturedPacket, KernelSa, Lab } from '../lab/guest.js';
import {
  ahCheckValue,
  ahValue,
  headerBytes,
  internetChecksum,
  mutableBytes,
  openBundle,
  type PacketKeys,
} from './rfc4302.js';
import type { Mode } from './support.js';

/** Opens every AH packet with the keys of its source. */
export function checkPackets(
  lab: Lab,
  what: string,
  packets: readonly CapturedPacket[],
  mode: Mode,
  keysFrom: (source: string) => PacketKeys,
): void {
  const faults: string[] = [];
  for (const source of ['1.0.0.1', '1.0.0.2']) {
    const sent = packets.filter((packet) => packet.protocol === 'ah' && packet.source === source);
    if (sent.length < 5) faults.push(`${sent.length} packets from ${source}`);
    for (const [index, { bytes }] of sent.entries()) {
      try {
        const opened = openBundle(bytes, keysFrom(source));
        const { ahSequence, espSequence, next, inner } = opened;
        if (ahSequence !== index + 1 || espSequence !== index + 1) {
          faults.push(`sequence ${ahSequence} and ${espSequence} in packet ${index + 1}`);
        }
        faults.push(...innerFaults(mode, source, next, inner));
      } catch (error) {
        faults.push(`packet ${index + 1} from ${source}: ${(error as Error).message}`);
      }
    }
  }
  const about = mode === 'tunnel' ? 'one outer header, the whole packet inside' : 'ICMP inside';
  lab.check(
    `${what}: RFC 4302, 4303 every byte of every packet, ${about}`,
    faults.length === 0,
    faults,
  );
  const [sample] = packets.filter(({ protocol }) => protocol === 'ah');
  const unprotected =
    sample === undefined ? [] : unprotectedBytes(sample.bytes, keysFrom(sample.source));
  lab.check(
    `${what}: R-32 AH covers all but what changes under way`,
    unprotected.join() === mutableBytes.join(),
    unprotected,
  );
}

function innerFaults(mode: Mode, source: string, next: number, inner: Buffer): string[] {
  const side = source.at(-1);
  if (mode === 'transport') {
    return next === 1 && internetChecksum(inner) === 0 ? [] : [`${next} inside: ${hex(inner)}`];
  }
  const addresses = [inner.subarray(12, 16), inner.subarray(16, 20)].map((part) => part.join('.'));
  const whole =
    next === 4 &&
    inner.readUInt16BE(2) === inner.length &&
    inner.readUInt8(9) === 1 &&
    internetChecksum(inner.subarray(0, headerBytes(inner))) === 0 &&
    internetChecksum(inner.subarray(headerBytes(inner))) === 0;
  const wanted = `10.${side}.0.2,10.${3 - Number(side)}.0.2`;
  return whole && addresses.join() === wanted ? [] : [`${next} inside: ${hex(inner)}`];
}

const hex = (bytes: Buffer) => bytes.toString('hex');

/** Bytes that can be changed without AH noticing. */
function unprotectedBytes(packet: Uint8Array, { ah }: PacketKeys): number[] {
  return [...packet.keys()].filter((at) => {
    const changed = Buffer.from(packet);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    return ahValue(changed).equals(ahCheckValue(changed, ah));
  });
}

/** What a kernel has for packets from that address. @throws Error when it lacks one of the SAs. */
export function kernelKeys(sas: readonly KernelSa[], from: string): PacketKeys {
  const saOf = (protocol: string) => {
    const sa = sas.find((one) => one.protocol === protocol && one.source === from);
    if (sa === undefined) throw new Error(`no ${protocol} SA from ${from}`);
    const hash: 'md5' | 'sha1' = sa.integrity?.name === 'hmac(md5)' ? 'md5' : 'sha1';
    return { spi: sa.spi, hash, key: Buffer.from(sa.integrity?.key ?? '', 'hex'), sa };
  };
  const { sa, ...esp } = saOf('esp');
  const { sa: _, ...ah } = saOf('ah');
  const cipher = sa.encryption?.name === 'cbc(aes)' ? 'aes-128' : '3des';
  return { ah, esp: { ...esp, cipher, cipherKey: Buffer.from(sa.encryption?.key ?? '', 'hex') } };
}
