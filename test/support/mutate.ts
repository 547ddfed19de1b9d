/** Damages real datagrams: what a broken or hostile peer might send in their place. */
import fc from 'fast-check';

/** Field values that parsers have tripped over. */
const trickyNumbers = [0, 1, 2, 3, 4, 5, 7, 8, 27, 28, 0x7fff, 0x8000, 0xfffc, 0xffff];

interface Damage {
  readonly kind:
    | 'flipBit'
    | 'setByte'
    | 'setNumber'
    | 'truncate'
    | 'remove'
    | 'insert'
    | 'repeat'
    | 'splice'
    | 'chain';
  /** Two places in the datagram, as fractions of 2^16. */
  readonly place: number;
  readonly place2: number;
  readonly value: number;
  readonly donor: number;
}

/**
 * Datagrams made from a corpus by one to five damages each: flipped bits, cut ends, lying lengths,
 * pieces of one message in another. Two in three get a header whose length field is true again, since
 * nothing else reaches what lies behind that check. Without a corpus entry of 28 bytes only noise.
 */
export function mutations(seedCorpus: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const damage: fc.Arbitrary<Damage> = fc.record({
    kind: fc.constantFrom(
      'flipBit',
      'setByte',
      'setNumber',
      'truncate',
      'remove',
      'insert',
      'repeat',
      'splice',
      'chain',
    ),
    place: fc.nat(0xffff),
    place2: fc.nat(0xffff),
    value: fc.nat(0xffff),
    donor: fc.nat(0xffff),
  });
  return fc
    .record({
      seed: fc.nat(0xffff),
      // Half of them have one damage only: a message that is nearly right gets furthest.
      damages: fc.oneof(fc.tuple(damage), fc.array(damage, { minLength: 2, maxLength: 5 })),
      repair: fc.constantFrom(true, true, false),
    })
    .map(({ seed, damages, repair }) => {
      let bytes = pick(seedCorpus, seed);
      for (const one of damages) bytes = apply(bytes, one, seedCorpus);
      return repair ? withTrueLength(bytes) : bytes;
    });
}

function apply(bytes: Uint8Array, damage: Damage, corpus: readonly Uint8Array[]): Uint8Array {
  const { kind, value } = damage;
  const at = scale(damage.place, bytes.length);
  const to = Math.min(bytes.length, at + 1 + scale(damage.place2, 64));
  switch (kind) {
    case 'flipBit':
      return patch(bytes, at, [(bytes[at] ?? 0) ^ (1 << (value & 7))]);
    case 'setByte':
      return patch(bytes, at, [value & 0xff]);
    case 'setNumber': {
      const number = pickNumber(value);
      return patch(bytes, at & ~1, [number >> 8, number & 0xff]);
    }
    case 'truncate':
      return bytes.slice(0, at);
    case 'remove':
      return join(bytes.subarray(0, at), bytes.subarray(to));
    case 'insert':
      return join(
        bytes.subarray(0, at),
        new Uint8Array(value & 63).fill(value >> 8),
        bytes.subarray(at),
      );
    case 'repeat':
      return repeat(bytes, at, to, value & 127);
    case 'splice': {
      const donor = pick(corpus, damage.donor);
      return join(bytes.subarray(0, at), donor.subarray(scale(damage.place2, donor.length)));
    }
    case 'chain':
      return damageChain(bytes, damage);
  }
}

/** Aims at the generic headers: another next type, or another length, of one payload. */
function damageChain(bytes: Uint8Array, { place, place2, value }: Damage): Uint8Array {
  const starts: number[] = [];
  for (let offset = 28; offset + 4 <= bytes.length && starts.length < 64; ) {
    starts.push(offset);
    const length = (bytes[offset + 2] ?? 0) * 256 + (bytes[offset + 3] ?? 0);
    if (length < 4) break;
    offset += length;
  }
  const start = starts[place % Math.max(starts.length, 1)];
  if (start === undefined) return bytes;
  if (place2 % 3 === 0) return patch(bytes, start, [value & 0x1f]);
  if (place2 % 3 === 1) {
    const number = pickNumber(value);
    return patch(bytes, start + 2, [number >> 8, number & 0xff]);
  }
  const low = bytes[start + 3] ?? 0;
  return patch(bytes, start + 3, [(low + (value % 17) - 8) & 0xff]);
}

/** At most 64 KiB, which is what one datagram can be. */
function repeat(bytes: Uint8Array, from: number, to: number, times: number): Uint8Array {
  const piece = bytes.subarray(from, to);
  const parts = [bytes.subarray(0, to)];
  for (let i = 0; i < times; i += 1) parts.push(piece);
  return join(...parts, bytes.subarray(to)).slice(0, 0xffff);
}

function withTrueLength(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 28) return bytes;
  return patch(bytes, 24, [0, 0, bytes.length >> 8, bytes.length & 0xff]);
}

function patch(bytes: Uint8Array, at: number, values: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  values.forEach((value, index) => {
    if (at + index < copy.length) copy[at + index] = value;
  });
  return copy;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function pick(corpus: readonly Uint8Array[], index: number): Uint8Array {
  return corpus[index % Math.max(corpus.length, 1)] ?? new Uint8Array(0);
}

function pickNumber(value: number): number {
  return trickyNumbers[value % (trickyNumbers.length + 8)] ?? value;
}

function scale(fraction: number, length: number): number {
  return Math.floor((fraction * length) / 0x10000);
}
