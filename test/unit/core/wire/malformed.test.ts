/** What the decoder refuses and by which name, one test per class of published attack. */
import { describe, expect, test } from '@jest/globals';
import { limits } from '../../../../lib/core/base/limits.js';
import {
  type DecodeError,
  decodePayloads,
  encodePayloads,
  type Payload,
} from '../../../../lib/core/wire/message.js';
import { payloadType } from '../../../../lib/core/wire/registry/payload-type.js';
import { hex } from '../../../support/hex.js';

function errorOf(first: number, body: Uint8Array): DecodeError | undefined {
  const decoded = decodePayloads(first, body);
  return decoded.ok ? undefined : decoded.error;
}

/** The error of a single payload with that body, its generic header being right. */
function errorOfBody(type: keyof typeof payloadType, body: string): DecodeError | undefined {
  const bytes = hex(body);
  const length = (bytes.length + 4).toString(16).padStart(4, '0');
  return errorOf(payloadType[type], hex(`0000${length}${body}`));
}

describe('a payload chain is refused', () => {
  test.each(['00000000', '00000001', '00000002', '00000003', '05000000'])(
    'when a payload is shorter than its own header: %s (hostile #2)',
    (body) => {
      expect(errorOf(13, hex(body))).toMatchObject({ reason: 'malformed' });
    },
  );

  test.each(['00', '0000', '000000', '00000006aa', '0000ffff00'])(
    'when a payload ends beyond the message: %s (hostile #1)',
    (body) => {
      expect(errorOf(13, hex(body))).toMatchObject({ reason: 'malformed' });
    },
  );

  test('when the last payload announces one more', () => {
    expect(errorOf(13, hex('04000005aa'))).toEqual({
      reason: 'malformed',
      detail: 'message: 1 bytes wanted at 5, 0 left',
    });
  });

  test('when bytes follow that no payload covers', () => {
    expect(errorOf(13, hex('00000005aa deadbeef'))).toEqual({
      reason: 'malformed',
      detail: 'message: 4 bytes after the last payload at 5',
    });
    expect(errorOf(0, hex('deadbeef'))?.reason).toBe('malformed');
  });

  test('when it has more payloads than the limit, and taken when it has just as many (hostile #42)', () => {
    const vendorIds = (count: number): readonly Payload[] =>
      Array.from({ length: count }, () => ({ type: 'VID', data: hex('aa') }));
    const most = encodePayloads(vendorIds(limits.payloadsPerMessage));
    expect(errorOf(most.firstPayload, most.body)).toBeUndefined();
    const tooMany = encodePayloads(vendorIds(limits.payloadsPerMessage + 1));
    expect(errorOf(tooMany.firstPayload, tooMany.body)).toEqual({
      reason: 'limited',
      detail: 'message: more than 64 payloads',
    });
  });

  test('with an error that names the payload and the offset', () => {
    expect(errorOf(4, hex('0a000006 0102 00000003'))).toEqual({
      reason: 'malformed',
      detail: 'message: payload of type 10 at 6: length 3',
    });
    expect(errorOf(4, hex('0b000006 0102 00000005 00'))).toEqual({
      reason: 'malformed',
      detail: 'payload N at 6: 4 bytes wanted at 10, 1 left',
    });
  });
});

describe('an SA payload is refused (hostile #6)', () => {
  const sa = (proposals: string) => errorOfBody('SA', `00000001 00000001 ${proposals}`);
  const transform = '00000008 01010000';

  test('when it is cut before its proposals or has none', () => {
    expect(errorOfBody('SA', '00000001')).toMatchObject({ reason: 'malformed' });
    expect(sa('')).toMatchObject({ reason: 'malformed' });
  });

  test.each([
    ['zero', '00000000 01010001'],
    ['less than its header', '00000003 01010001'],
    ['more than the payload', `000000ff 01010001 ${transform}`],
    ['less than its fixed fields', '00000006 0101'],
  ])('when a proposal has a length of %s', (_, proposals) => {
    expect(sa(proposals)).toMatchObject({ reason: 'malformed' });
  });

  test('when an SPI is longer than what is there', () => {
    expect(sa(`00000010 0101ff01 ${transform}`)).toMatchObject({ reason: 'malformed' });
  });

  test('when a proposal announces another number of transforms than it has', () => {
    expect(sa(`00000010 01010001 ${transform}`)).toBeUndefined();
    for (const count of ['00', '02', 'ff']) {
      expect(sa(`00000010 010100${count} ${transform}`)).toEqual({
        reason: 'malformed',
        detail: `payload SA at 0: proposal 1: not the ${Number.parseInt(count, 16)} transforms it announces`,
      });
    }
  });

  test('when bytes follow the last proposal or the last transform', () => {
    expect(sa(`00000010 01010001 ${transform} 00000000`)).toMatchObject({ reason: 'malformed' });
    expect(sa(`00000014 01010001 ${transform} 00000000`)).toMatchObject({ reason: 'malformed' });
  });

  test('when something else than a proposal or a transform is said to follow', () => {
    expect(sa(`03000010 01010001 ${transform}`)).toMatchObject({ reason: 'malformed' });
    expect(sa('00000010 01010001 02000008 01010000')).toMatchObject({ reason: 'malformed' });
  });

  test('when an attribute is cut', () => {
    expect(sa('00000012 01010001 0000000a 01010000 8001')).toMatchObject({ reason: 'malformed' });
    expect(sa('00000014 01010001 0000000c 01010000 00010004')).toMatchObject({
      reason: 'malformed',
    });
  });

  test('when it has more proposals than the limit, and taken when it has just as many', () => {
    const proposals = (count: number) => {
      const all = Array.from({ length: count }, () => `02000010 01010001 ${transform}`);
      return all.join('').replace(/02(000010 01010001 00000008 01010000)$/, '00$1');
    };
    expect(sa(proposals(limits.proposalsPerSa))).toBeUndefined();
    expect(sa(proposals(limits.proposalsPerSa + 1))).toMatchObject({ reason: 'limited' });
  });

  test('when a transform has more attributes than the limit, and taken when it has just as many', () => {
    const withAttributes = (count: number) => {
      const length = (extra: number) => (8 + extra + 4 * count).toString(16).padStart(4, '0');
      const attributes = '80010001'.repeat(count);
      return sa(`0000${length(8)} 01010001 0000${length(0)} 01010000 ${attributes}`);
    };
    expect(withAttributes(limits.attributesPerList)).toBeUndefined();
    expect(withAttributes(limits.attributesPerList + 1)).toMatchObject({ reason: 'limited' });
  });

  test('never for a situation or DOI it does not know: the rest stays raw (hostile #4)', () => {
    expect(errorOfBody('SA', '00000001 ffffffff 00000000')).toBeUndefined();
    expect(errorOfBody('SA', '00000002 00000001 deadbeef')).toBeUndefined();
  });
});

describe('other payloads are refused', () => {
  test.each([
    ['ID', '010203'],
    ['CERT', ''],
    ['CR', ''],
    ['N', '00000001 01 00 60'],
    ['NAT-OA', '0100'],
    ['ATTR', '010012'],
  ] as const)('when %s is shorter than its fixed fields: %s', (type, body) => {
    expect(errorOfBody(type, body)).toMatchObject({ reason: 'malformed' });
  });

  test('when a notify has a longer SPI than there are bytes', () => {
    expect(errorOfBody('N', '00000001 01 10 6002 0011')).toMatchObject({ reason: 'malformed' });
  });

  test.each([
    ['a count beyond the payload', '00000001 03 04 0002 00000100'],
    ['bytes that no count covers', '00000001 03 04 0001 00000100 00000101'],
    ['SPIs of no bytes', '00000001 03 00 ffff'],
    ['no SPI at all', '00000001 03 04 0000'],
  ])('when a delete has %s (hostile #14)', (_, body) => {
    expect(errorOfBody('D', body)).toMatchObject({ reason: 'malformed' });
  });

  test('when a delete has more SPIs than the limit, and taken when it has just as many', () => {
    const withSpis = (count: number) =>
      errorOfBody(
        'D',
        `00000001 03 01 ${count.toString(16).padStart(4, '0')} ${'aa'.repeat(count)}`,
      );
    expect(withSpis(limits.spisPerDelete)).toBeUndefined();
    expect(withSpis(limits.spisPerDelete + 1)).toMatchObject({ reason: 'limited' });
  });
});

describe('payloads of other worlds are kept raw', () => {
  test.each([2, 3, 15, 22, 33, 46, 128, 130, 131, 132, 255])(
    'type %i is unknown, whatever is inside (hostile #5)',
    (type) => {
      const decoded = decodePayloads(type, hex('00000008 ffffffff'));
      expect(decoded).toMatchObject({
        ok: true,
        value: { payloads: [{ type: 'UNKNOWN', payloadType: type, data: hex('ffffffff') }] },
      });
    },
  );
});
