/** Any payload that the encoder accepts, for properties that must hold for all of them. */
import fc from 'fast-check';
import type { Attribute, Payload, Proposal, Transform } from '../../../../lib/core/wire/message.js';
import { payloadTypes } from '../../../../lib/core/wire/registry/payload-type.js';

const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);
const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
const data = bytes(0, 200);

/** Adds optional reserved bits in some cases; zero ones are never written out (that is their form). */
function withReserved<T extends object>(value: fc.Arbitrary<T>, ...maxima: readonly number[]) {
  const names = ['reserved', 'reserved2'] as const;
  const some = maxima.map((max) => fc.option(fc.integer({ min: 1, max }), { nil: 0, freq: 2 }));
  return fc.tuple(value, fc.tuple(...some)).map(([plain, numbers]) => {
    const entries = numbers.flatMap((number, i) => (number === 0 ? [] : [[names[i], number]]));
    return { ...plain, ...(Object.fromEntries(entries) as Record<string, number>) } as T;
  });
}

const attribute: fc.Arbitrary<Attribute> = fc.record({
  type: fc.nat(0x7fff),
  value: fc.oneof(u16, bytes(0, 20)),
});
const attributes = fc.array(attribute, { maxLength: 12 });

const transform: fc.Arbitrary<Transform> = withReserved(
  fc.record({ number: u8, id: u8, attributes }),
  0xff,
  0xffff,
);

const proposal: fc.Arbitrary<Proposal> = withReserved(
  fc.record({
    number: u8,
    protocol: u8,
    spi: bytes(0, 16),
    transforms: fc.array(transform, { minLength: 1, maxLength: 6 }),
  }),
  0xff,
);

const known = new Set<number>(payloadTypes.map(({ number }) => number));

function typed<T extends Payload['type'], R extends object>(type: T, fields: fc.Arbitrary<R>) {
  return fields.map((value) => ({ type, ...value }) as unknown as Payload);
}

const plainPayload: fc.Arbitrary<Payload> = fc.oneof(
  typed(
    'SA',
    fc.record({
      doi: fc.constant(1),
      situation: fc.constant(1),
      proposals: fc.array(proposal, { minLength: 1, maxLength: 5 }),
    }),
  ),
  typed(
    'SA',
    fc
      .record({
        doi: u32,
        situation: u32,
        situationRest: data,
        proposals: fc.constant([]),
      })
      .filter(({ doi, situation }) => doi !== 1 || situation !== 1),
  ),
  ...(['KE', 'HASH', 'SIG', 'NONCE', 'VID', 'NAT-D'] as const).map((type) =>
    typed(type, fc.record({ data })),
  ),
  typed('ID', fc.record({ idType: u8, protocol: u8, port: u16, data })),
  typed('CERT', fc.record({ encoding: u8, data })),
  typed('CR', fc.record({ encoding: u8, data })),
  typed('N', fc.record({ doi: u32, protocol: u8, spi: bytes(0, 255), notifyType: u16, data })),
  typed(
    'D',
    fc.integer({ min: 1, max: 16 }).chain((length) =>
      fc.record({
        doi: u32,
        protocol: u8,
        spis: fc.array(bytes(length, length), { minLength: 1, maxLength: 8 }),
      }),
    ),
  ),
  typed('UNKNOWN', fc.record({ payloadType: u8.filter((n) => n > 0 && !known.has(n)), data })),
);

export const payload: fc.Arbitrary<Payload> = fc.oneof(
  { weight: 13, arbitrary: withReserved(plainPayload, 0xff) },
  {
    weight: 1,
    arbitrary: withReserved(typed('NAT-OA', fc.record({ idType: u8, data })), 0xff, 0xffffff),
  },
  {
    weight: 1,
    arbitrary: withReserved(
      typed('ATTR', fc.record({ configType: u8, identifier: u16, attributes })),
      0xff,
      0xff,
    ),
  },
);

export const payloads: fc.Arbitrary<readonly Payload[]> = fc.array(payload, { maxLength: 10 });

export const header = fc.record({
  initiatorCookie: bytes(8, 8),
  responderCookie: bytes(8, 8),
  version: fc.record({ major: fc.constantFrom(1, 2), minor: fc.nat(15) }),
  exchangeType: u8,
  flags: fc.nat(0xff).map((raw) => ({
    encryption: (raw & 1) !== 0,
    commit: (raw & 2) !== 0,
    authenticationOnly: (raw & 4) !== 0,
    raw,
  })),
  messageId: u32,
});
