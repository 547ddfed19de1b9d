/** Payloads and messages: known bytes both ways, and properties that hold for all of them. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toHex } from '../../../../lib/core/base/bytes.js';
import {
  decodeMessage,
  decodePayloads,
  encodeBody,
  encodeMessage,
  encodePayloads,
  type Payload,
} from '../../../../lib/core/wire/message.js';
import { payloadType } from '../../../../lib/core/wire/registry/payload-type.js';
import { hex } from '../../../support/hex.js';
import { header, payload, payloads } from './arbitraries.js';

const bytes = (...values: readonly number[]) => Uint8Array.from(values);

/** One example of each payload, its bytes written by hand from the figures of the RFCs. */
const examples: readonly { readonly payload: Payload; readonly body: string }[] = [
  {
    payload: {
      type: 'SA',
      doi: 1,
      situation: 1,
      proposals: [
        {
          number: 1,
          protocol: 3,
          spi: hex('deadbeef'),
          transforms: [
            { number: 1, id: 3, attributes: [{ type: 4, value: 1 }] },
            { number: 2, id: 12, attributes: [{ type: 2, value: hex('00015180') }] },
          ],
        },
        {
          number: 2,
          protocol: 2,
          spi: hex(''),
          transforms: [{ number: 1, id: 2, attributes: [] }],
        },
      ],
    },
    body: `00000001 00000001
      02000028 01030402 deadbeef
        0300000c 01030000 80040001
        00000010 020c0000 00020004 00015180
      00000010 02020001
        00000008 01020000`,
  },
  {
    payload: {
      type: 'SA',
      doi: 1,
      situation: 2,
      situationRest: hex('0102030405'),
      proposals: [],
    },
    body: '00000001 00000002 0102030405',
  },
  { payload: { type: 'KE', data: bytes(1, 2, 3) }, body: '010203' },
  {
    payload: { type: 'ID', idType: 1, protocol: 17, port: 500, data: bytes(10, 0, 0, 1) },
    body: '01 11 01f4 0a000001',
  },
  { payload: { type: 'CERT', encoding: 4, data: bytes(0x30, 0x82) }, body: '04 3082' },
  { payload: { type: 'CR', encoding: 4, data: bytes() }, body: '04' },
  { payload: { type: 'HASH', data: bytes(9, 8) }, body: '0908' },
  { payload: { type: 'SIG', data: bytes(7, 6) }, body: '0706' },
  { payload: { type: 'NONCE', data: bytes(5, 4) }, body: '0504' },
  {
    payload: {
      type: 'N',
      doi: 1,
      protocol: 1,
      spi: hex('00112233445566778899aabbccddeeff'),
      notifyType: 24578,
      data: bytes(1),
    },
    body: '00000001 01 10 6002 00112233445566778899aabbccddeeff 01',
  },
  {
    payload: { type: 'D', doi: 1, protocol: 3, spis: [hex('00000100'), hex('00000101')] },
    body: '00000001 03 04 0002 00000100 00000101',
  },
  { payload: { type: 'VID', data: hex('afcad71368a1f1c9') }, body: 'afcad71368a1f1c9' },
  {
    payload: {
      type: 'ATTR',
      configType: 1,
      identifier: 0x1234,
      attributes: [{ type: 16520, value: 0 }],
    },
    body: '01 00 1234 c0880000',
  },
  { payload: { type: 'NAT-D', data: bytes(3, 3) }, body: '0303' },
  {
    payload: { type: 'NAT-OA', idType: 1, data: bytes(10, 0, 0, 2) },
    body: '01 000000 0a000002',
  },
  { payload: { type: 'UNKNOWN', payloadType: 130, data: bytes(1, 2) }, body: '0102' },
];

const numberOf = (one: Payload) =>
  one.type === 'UNKNOWN' ? one.payloadType : payloadType[one.type];

describe('each payload', () => {
  test.each(examples.map((one) => ({ ...one, type: one.payload.type })))(
    '$type is written as its RFC draws it and read back the same',
    ({ payload: example, body }) => {
      expect(toHex(encodeBody(example))).toBe(toHex(hex(body)));
      const whole = encodePayloads([example]);
      const decoded = decodePayloads(numberOf(example), whole.body);
      expect(decoded).toEqual({
        ok: true,
        value: {
          consumed: whole.body.length,
          payloads: [{ ...example, raw: hex(body), bytes: whole.body }],
        },
      });
    },
  );

  test('is covered by an example', () => {
    const types = new Set<string>(examples.map((one) => one.payload.type));
    const inside = new Set<string>(['P', 'T']);
    for (const name of Object.keys(payloadType)) {
      expect(types.has(name) || inside.has(name)).toBe(true);
    }
  });
});

describe('a chain of payloads', () => {
  test('names each next payload, and zero after the last (RFC 2408 3.2)', () => {
    const chain: readonly Payload[] = [
      { type: 'KE', data: bytes(1) },
      { type: 'NONCE', data: bytes(2) },
      { type: 'UNKNOWN', payloadType: 200, data: bytes(3) },
    ];
    expect(encodePayloads(chain)).toEqual({
      firstPayload: 4,
      body: hex('0a000005 01 c8000005 02 00000005 03'),
    });
    expect(encodePayloads([])).toEqual({ firstPayload: 0, body: bytes() });
  });

  test('gives each payload its bytes with and without the generic header, as views', () => {
    const body = hex('0a000006 0102 00000007 030405');
    const decoded = decodePayloads(payloadType.KE, body);
    const [ke, nonce] = decoded.ok ? decoded.value.payloads : [];
    expect(ke?.raw).toEqual(hex('0102'));
    expect(ke?.bytes).toEqual(hex('0a0000060102'));
    expect(nonce?.raw).toEqual(hex('030405'));
    expect(nonce?.bytes).toEqual(hex('00000007030405'));
    expect([ke?.raw.buffer, nonce?.bytes.buffer]).toEqual([body.buffer, body.buffer]);
    expect(ke?.raw.buffer).toBe(body.buffer);
  });

  test('may carry no payload at all', () => {
    expect(decodePayloads(0, bytes())).toEqual({ ok: true, value: { payloads: [], consumed: 0 } });
  });

  test('may be followed by anything when it was encrypted, and says where it ended (hostile #40)', () => {
    const chain = '00000005 aa';
    for (const padding of ['', '00', 'ff', '00000000000000', 'aabbccddeeff07', '01020304050607']) {
      const decoded = decodePayloads(8, hex(chain + padding), { allowPadding: true });
      expect(decoded).toMatchObject({ ok: true, value: { consumed: 5 } });
    }
  });

  test('may be filled with zeros to a multiple of four when it is in clear', () => {
    expect(decodePayloads(8, hex('00000005 aa 000000'))).toMatchObject({
      ok: true,
      value: { consumed: 5 },
    });
    expect(decodePayloads(8, hex('00000005 aa 00000000')).ok).toBe(false);
    expect(decodePayloads(8, hex('00000005 aa 000001')).ok).toBe(false);
  });
});

describe('reserved bits', () => {
  const received = hex('00550006 0102');

  test('are ignored on receipt and zero when sent, even in a payload that was received (hostile #36)', () => {
    const decoded = decodePayloads(payloadType.KE, received);
    if (!decoded.ok) throw new Error(decoded.error.detail);
    expect(decoded.value.payloads[0]).toMatchObject({ type: 'KE', reserved: 0x55 });
    expect(encodePayloads(decoded.value.payloads).body).toEqual(hex('00000006 0102'));
  });

  test('are zero in every place of every payload that is sent', () => {
    fc.assert(
      fc.property(payloads, (all) => {
        const { firstPayload, body } = encodePayloads(all);
        const decoded = decodePayloads(firstPayload, body);
        if (!decoded.ok) throw new Error(decoded.error.detail);
        expect(JSON.stringify(decoded.value.payloads)).not.toContain('"reserved');
      }),
      { seed: 20035, numRuns: 300 },
    );
  });

  test('are written where the exact bytes are wanted', () => {
    const decoded = decodePayloads(payloadType.KE, received);
    if (!decoded.ok) throw new Error(decoded.error.detail);
    const { body } = encodePayloads(decoded.value.payloads, { keepReserved: true });
    expect(body).toEqual(received);
  });
});

describe('for all payloads', () => {
  test('decoding what was encoded gives the same payloads, reserved bits included', () => {
    fc.assert(
      fc.property(payloads, (all) => {
        const { firstPayload, body } = encodePayloads(all, { keepReserved: true });
        const decoded = decodePayloads(firstPayload, body);
        if (!decoded.ok) throw new Error(decoded.error.detail);
        expect(decoded.value.consumed).toBe(body.length);
        const plain = decoded.value.payloads.map(({ raw: _raw, bytes: _bytes, ...rest }) => rest);
        expect(plain).toEqual(all);
      }),
      { seed: 20031, numRuns: 1000 },
    );
  });

  test('the body of a decoded payload is what encodeBody writes', () => {
    fc.assert(
      fc.property(payload, (one) => {
        const { firstPayload, body } = encodePayloads([one], { keepReserved: true });
        const decoded = decodePayloads(firstPayload, body);
        const raw = decoded.ok ? decoded.value.payloads[0]?.raw : undefined;
        expect(raw).toEqual(encodeBody(one, { keepReserved: true }));
      }),
      { seed: 20032, numRuns: 500 },
    );
  });

  test('a message keeps its header and payloads', () => {
    fc.assert(
      fc.property(header, payloads, (head, all) => {
        const datagram = encodeMessage(head, all, { keepReserved: true });
        const decoded = decodeMessage(datagram);
        if (!decoded.ok) throw new Error(decoded.error.detail);
        expect(decoded.value.header).toMatchObject({ ...head, length: datagram.length });
        expect(
          encodeMessage(decoded.value.header, decoded.value.payloads, { keepReserved: true }),
        ).toEqual(datagram);
      }),
      { seed: 20033, numRuns: 500 },
    );
  });
});
