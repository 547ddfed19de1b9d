/** Datagrams that once crashed or confused a daemon: the verdict on each of them. */
import { describe, expect, test } from '@jest/globals';
import { toHex } from '../../../../lib/core/base/bytes.js';
import {
  type DecodedPayload,
  decodeMessage,
  encodeMessage,
} from '../../../../lib/core/wire/message.js';
import { hex } from '../../../support/hex.js';
import { readIkeMessages } from '../../../support/pcap.js';
import { listShared, readShared, readSharedText } from '../../../support/shared.js';

/** The datagrams of a file: a capture, lines of hexadecimal, or one datagram as it is. */
function datagramsOf(file: string): readonly Uint8Array[] {
  if (file.endsWith('.pcap')) return readIkeMessages(readShared('vectors', 'hostile', file));
  if (!file.endsWith('.hex')) return [readShared('vectors', 'hostile', file)];
  return readSharedText('vectors', 'hostile', file).trim().split(/\s+/).map(hex);
}

/** The payload types of a datagram, or why it is refused. */
function verdictOn(datagram: Uint8Array): string {
  const decoded = decodeMessage(datagram);
  if (!decoded.ok) return `${decoded.error.reason}: ${decoded.error.detail}`;
  return decoded.value.payloads.map(nameIn).join(' ');
}

function nameIn(payload: DecodedPayload): string {
  return payload.type === 'UNKNOWN' ? `UNKNOWN(${payload.payloadType})` : payload.type;
}

const verdicts: Readonly<Record<string, readonly string[]>> = {
  // Well formed, only in an order that scanners use: what to do with them is for the exchange to say.
  '01-isakmp-broadcast.pcap': ['VID SA'],
  '01-isakmp-vid-first-resp.pcap': ['VID SA'],
  '01-isakmp-vid-first.pcap': ['VID SA'],
  '01-isakmp-vid-second-resp.pcap': ['SA VID'],
  '02-isakmp-vid-first.pcap': ['VID SA', 'VID SA'],
  // The file has the bytes of each 16-bit word swapped, which makes it version 0.11.
  'cve-2009-0790.hex': ['version: header: version 0.11'],
  'cve-2015-3204.hex': ['SA', 'UNKNOWN(15)'],
  'cve-2022-23094.hex': ['malformed: payload SA at 0: 64684 bytes wanted at 60, 32 left'],
  'pkt-checkpoint-notify.tmp': ['N'],
  'pkt-malformed.tmp': ['version: header: version 3.2'],
  'weirdike-eastwest.pcap-ike.pcap': [
    'UNKNOWN(133) SA UNKNOWN(135) NONCE VID VID VID VID VID NAT-D NAT-D',
  ],
};

describe('a hostile file', () => {
  test('of the shared folder is not overlooked', () => {
    expect(listShared('vectors', 'hostile')).toEqual(Object.keys(verdicts));
  });

  test.each(Object.entries(verdicts))('%s gets its verdict', (file, expected) => {
    expect(datagramsOf(file).map(verdictOn)).toEqual(expected);
  });

  test.each(Object.keys(verdicts))(
    '%s is written again byte for byte where it is taken',
    (file) => {
      for (const datagram of datagramsOf(file)) {
        const decoded = decodeMessage(datagram);
        if (!decoded.ok) continue;
        const { header, payloads } = decoded.value;
        const again = encodeMessage(header, payloads, { keepReserved: true });
        expect(toHex(again)).toBe(toHex(datagram));
      }
    },
  );
});

test('CVE-2015-3204: a situation of all bits is kept as it came and proposes nothing', () => {
  const [first] = datagramsOf('cve-2015-3204.hex');
  const decoded = decodeMessage(first ?? hex(''));
  expect(decoded).toMatchObject({
    ok: true,
    value: { payloads: [{ type: 'SA', situation: 0xffffffff, proposals: [] }] },
  });
});

test('CVE-2009-0790: in its right byte order it is a clear dead peer detection, and whole', () => {
  const [swapped] = datagramsOf('cve-2009-0790.hex');
  const datagram = (swapped ?? hex('')).map((_, index, all) => all[index ^ 1] ?? 0);
  expect(decodeMessage(datagram)).toMatchObject({
    ok: true,
    value: {
      header: { exchangeType: 5, flags: { encryption: false } },
      payloads: [{ type: 'N', protocol: 1, notifyType: 36136 }],
    },
  });
});

test('pkt-malformed.tmp with a version we speak is refused for its length', () => {
  const datagram = readShared('vectors', 'hostile', 'pkt-malformed.tmp');
  datagram[17] = 0x10;
  expect(verdictOn(datagram)).toBe('malformed: header: length 517 in a datagram of 507 bytes');
});
