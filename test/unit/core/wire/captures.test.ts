/** Exchanges of other implementations, captured: read completely and written again byte for byte. */
import { describe, expect, test } from '@jest/globals';
import { concat, toHex } from '../../../../lib/core/base/bytes.js';
import { phase1Iv, phase2Iv } from '../../../../lib/core/crypto/keymat-v1.js';
import { encodeHeader, headerBytes } from '../../../../lib/core/wire/isakmp-header.js';
import {
  type DecodedPayload,
  decodeHeader,
  decodeMessage,
  decodePayloads,
  encodeMessage,
  encodePayloads,
  type IsakmpHeader,
  type Payload,
} from '../../../../lib/core/wire/message.js';
import { createTestCrypto } from '../../../support/crypto.js';
import { hex } from '../../../support/hex.js';
import { readIkeMessages } from '../../../support/pcap.js';
import { listShared, readShared, readSharedText } from '../../../support/shared.js';

const keepReserved = { keepReserved: true };

function messagesOf(folder: string, file: string): readonly Uint8Array[] {
  return readIkeMessages(readShared('vectors', folder, file));
}

function headerOf(message: Uint8Array): IsakmpHeader {
  const decoded = decodeHeader(message);
  if (!decoded.ok) throw new Error(decoded.error.detail);
  return decoded.value;
}

const isClearV1 = (message: Uint8Array) => {
  const { version, flags } = headerOf(message);
  return version.major === 1 && !flags.encryption;
};

function payloadsOf(message: Uint8Array): readonly DecodedPayload[] {
  const decoded = decodeMessage(message);
  if (!decoded.ok) throw new Error(decoded.error.detail);
  return decoded.value.payloads;
}

/** How many messages each file holds: version 1 in clear, version 1 encrypted, version 2. */
const contents: Readonly<Record<string, readonly [number, number, number]>> = {
  '02-sunrise-sunset-esp.pcap': [0, 0, 0],
  'ISAKMP_sa_setup.pcap': [4, 5, 0],
  'espudp1.pcap': [0, 0, 0],
  'ikev1-certs.pcap': [4, 6, 0],
  'ikev2four.pcap': [0, 0, 21],
  'ikev2pI2.pcap': [0, 0, 2],
  'isakmp4500.pcap': [4, 11, 0],
  'scapy-ikev2_nat_t.pcapng': [0, 0, 30],
  'scapy-ikev2_notify_redirect.pcap': [0, 0, 4],
};

const isCapture = (name: string) => /\.pcap(ng)?$/.test(name);
const captures = listShared('vectors', 'pcap-ikev1').filter(isCapture);

describe('a capture', () => {
  test('of the shared folder is not overlooked', () => {
    expect(captures).toEqual(Object.keys(contents));
  });

  test.each(captures)('%s holds the messages it is known for', (file) => {
    const headers = messagesOf('pcap-ikev1', file).map(headerOf);
    const clear = headers.filter((h) => h.version.major === 1 && !h.flags.encryption).length;
    const encrypted = headers.filter((h) => h.version.major === 1 && h.flags.encryption).length;
    expect([clear, encrypted, headers.length - clear - encrypted]).toEqual(contents[file]);
  });

  test.each(captures)(
    '%s: each clear message of version 1 is known in full and written again',
    (file) => {
      for (const message of messagesOf('pcap-ikev1', file).filter(isClearV1)) {
        const decoded = decodeMessage(message);
        if (!decoded.ok) throw new Error(decoded.error.detail);
        const { header, payloads } = decoded.value;
        expect(toHex(encodeMessage(header, payloads, keepReserved))).toBe(toHex(message));
        // Draft NAT discovery uses a type that was never assigned to it; nothing else may be unknown.
        const unknown = payloads.flatMap((p) => (p.type === 'UNKNOWN' ? [p.payloadType] : []));
        expect(unknown.filter((type) => type !== 15)).toEqual([]);
      }
    },
  );

  test.each([
    ...captures.map((file) => ['pcap-ikev1', file] as const),
    ...listShared('vectors', 'pcap-ikev2-known-keys')
      .filter(isCapture)
      .map((file) => ['pcap-ikev2-known-keys', file] as const),
  ])('%s/%s: each header is written again, encrypted and version 2 ones too', (folder, file) => {
    for (const message of messagesOf(folder, file)) {
      const header = headerOf(message);
      expect(toHex(concat(encodeHeader(header, keepReserved), message.subarray(headerBytes)))).toBe(
        toHex(message),
      );
    }
  });
});

test('the offer of a Cisco router is read down to its attributes', () => {
  const [first] = messagesOf('pcap-ikev1', 'ISAKMP_sa_setup.pcap');
  const [sa, ...vendors] = payloadsOf(first ?? hex(''));
  expect(sa).toMatchObject({
    type: 'SA',
    doi: 1,
    situation: 1,
    proposals: [
      {
        number: 1,
        protocol: 1,
        spi: hex(''),
        transforms: [
          {
            number: 1,
            id: 1,
            attributes: [
              { type: 1, value: 7 },
              { type: 14, value: 128 },
              { type: 2, value: 2 },
              { type: 4, value: 1 },
              { type: 3, value: 1 },
              { type: 11, value: 1 },
              { type: 12, value: hex('00015180') },
            ],
          },
        ],
      },
    ],
  });
  expect(vendors.map(({ type }) => type)).toEqual(['VID', 'VID', 'VID']);
});

describe('a certificate main mode whose key is known', () => {
  // The exchange is 3DES and MD5, as its SA payload says; the key file belongs to the capture.
  const crypto = createTestCrypto();
  const [, key = ''] = readSharedText('vectors', 'pcap-ikev1', 'ikev1-certs.key.csv')
    .trim()
    .split(',');
  const messages = messagesOf('pcap-ikev1', 'ikev1-certs.pcap');
  const bodyOf = (index: number) => (messages[index] ?? hex('')).subarray(headerBytes);
  const publicOf = (index: number) => {
    const ke = payloadsOf(messages[index] ?? hex('')).find(({ type }) => type === 'KE');
    return ke?.raw ?? hex('');
  };
  const lastBlock = (index: number) => bodyOf(index).slice(-8);
  const decrypt = (index: number, iv: Uint8Array) => {
    const { nextPayload } = headerOf(messages[index] ?? hex(''));
    const clear = crypto.decrypt('3des', hex(key), iv, bodyOf(index));
    const decoded = decodePayloads(nextPayload, clear, { allowPadding: true });
    if (!decoded.ok) throw new Error(decoded.error.detail);
    const { payloads, consumed } = decoded.value;
    const again = encodePayloads(payloads as readonly Payload[], keepReserved);
    expect(again.firstPayload).toBe(nextPayload);
    expect(toHex(again.body)).toBe(toHex(clear.subarray(0, consumed)));
    expect(clear.length - consumed).toBeLessThan(8);
    return payloads;
  };

  test('decrypts with the phase 1 IV and reads completely in messages 5 and 6', () => {
    const iv = phase1Iv(crypto, 'md5', publicOf(2), publicOf(3), 8);
    expect(decrypt(4, iv).map(({ type }) => type)).toEqual(['ID', 'CERT', 'CR', 'SIG']);
    expect(decrypt(5, lastBlock(4)).map(({ type }) => type)).toEqual(['ID', 'CERT', 'SIG']);
  });

  test('decrypts with the phase 2 IV and reads completely in quick mode with PFS', () => {
    const { messageId } = headerOf(messages[6] ?? hex(''));
    const iv = phase2Iv(crypto, 'md5', lastBlock(5), messageId, 8);
    const first = decrypt(6, iv);
    expect(first.map(({ type }) => type)).toEqual(['HASH', 'SA', 'NONCE', 'KE', 'ID', 'ID']);
    expect(first[0]?.raw).toHaveLength(16);
  });

  test('carries the chain of vectors on through quick mode, which a repetition does not move', () => {
    expect(messages[7]).toEqual(messages[6]);
    const types = (index: number, previous: number) =>
      decrypt(index, lastBlock(previous)).map(({ type }) => type);
    expect(types(8, 6)).toEqual(['HASH', 'SA', 'NONCE', 'KE', 'ID', 'ID']);
    expect(types(9, 8)).toEqual(['HASH']);
  });
});
