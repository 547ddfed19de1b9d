/** Packets printed in RFCs, sealed and opened by the userspace data plane. */
import { describe, expect, test } from '@jest/globals';
import type { NativeSaSettings } from '../../../../lib/host/addon.js';
import { hex } from '../../../support/hex.js';
import { withChecksum, withTrueLength } from '../../../support/ipsec-reference.js';
import { accepted, openSa, unlimited } from '../../../support/userspace-sas.js';

const base: Omit<NativeSaSettings, 'encryption' | 'encryptionKey' | 'mode' | 'spi'> = {
  protocol: 'esp',
  direction: 'out',
  dontFragment: 'clear',
  source: 0xc0a87b03,
  destination: 0xc0a87bc8,
  integrity: 'null',
  integrityKey: new Uint8Array(0),
  replayWindow: 32,
  lifetime: unlimited,
  addTime: 0,
  sequenceNumber: 0,
};

const ipv4Header = '45000000 00000000 40320000 c0a87b03 c0a87bc8';

interface EspCase {
  readonly title: string;
  readonly mode: 'transport' | 'tunnel';
  readonly key: string;
  readonly spi: number;
  readonly sequenceNumber: number;
  readonly iv: string;
  readonly identification: number;
  readonly clear: string;
  readonly sealed: string;
}

const countingBytes = `08090a0b 0c0d0e0f 10111213 14151617 18191a1b 1c1d1e1f
  20212223 24252627 28292a2b 2c2d2e2f 30313233 34353637`;

describe('AES-CBC in ESP: RFC 3602 section 4', () => {
  const cases: readonly EspCase[] = [
    {
      title: 'case 5',
      mode: 'transport',
      key: '90d382b4 10eeba7a d938c46c ec1a82bf',
      spi: 0x4321,
      sequenceNumber: 1,
      iv: 'e96e8c08 ab465763 fd098d45 dd3ff893',
      identification: 0x08f2,
      clear: `45000054 08f20000 4001f9fe c0a87b03 c0a87b64 08000ebd a70a0000 8e9c083d b95b0700
        ${countingBytes}`,
      sealed: `4500007c 08f20000 4032f9a5 c0a87b03 c0a87b64 00004321 00000001
        e96e8c08 ab465763 fd098d45 dd3ff893 f663c25d 325c18c6 a9453e19 4e120849
        a4870b66 cc6b9965 330013b4 898dc856 a4699e52 3a55db08 0b59ec3a 8e4b7e52
        775b07d1 db34ed9c 538ab50c 551b874a a269add0 47ad2d59 13ac19b7 cfbad4a6`,
    },
    {
      title: 'case 6',
      mode: 'transport',
      key: '90d382b4 10eeba7a d938c46c ec1a82bf',
      spi: 0x4321,
      sequenceNumber: 8,
      iv: '69d08df7 d203329d b093fc49 24e5bd80',
      identification: 0x08fe,
      clear: `45000030 08fe0000 4001fa16 c0a87b03 c0a87b64 0800b5e8 a80a0500 a69c083d 0b660e00
        77777777 77777777 77777777`,
      sealed: `4500004c 08fe0000 4032f9c9 c0a87b03 c0a87b64 00004321 00000008
        69d08df7 d203329d b093fc49 24e5bd80 f5199588 1ec4e0c4 488987ce 742e8109
        689bb379 d2d750c0 d915dca3 46a89f75`,
    },
    {
      title: 'case 7',
      mode: 'tunnel',
      key: '01234567 89abcdef 01234567 89abcdef',
      spi: 0x8765,
      sequenceNumber: 2,
      iv: 'f4e76524 4f6407ad f13dc138 0f673f37',
      identification: 0x0905,
      clear: `45000054 09040000 4001f988 c0a87b03 c0a87bc8 08009f76 a90a0100 b49c083d 02a20400
        ${countingBytes}`,
      sealed: `4500008c 09050000 4032f91e c0a87b03 c0a87bc8 00008765 00000002
        f4e76524 4f6407ad f13dc138 0f673f37 773b5241 a4c44922 5e4f3ce5 ed611b0c
        237ca96c f74a9301 3c1b0ea1 a0cf70f8 e4ecaec7 8ac53aad 7a0f022b 859243c6
        47752e94 a859352b 8a4d4d2d ecd136e5 c177f132 ad3fbfb2 201ac990 4c74ee0a
        109e0ca1 e4dfe9d5 a100b842 f1c22f0d`,
    },
    {
      title: 'case 8',
      mode: 'tunnel',
      key: '01234567 89abcdef 01234567 89abcdef',
      spi: 0x8765,
      sequenceNumber: 5,
      iv: '85d47224 b5f3dd5d 2101d4ea 8dffab22',
      identification: 0x090d,
      clear: `45000044 090c0000 4001f990 c0a87b03 c0a87bc8 0800d63c aa0a0200 c69c083d a3de0300
        ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff`,
      sealed: `4500007c 090d0000 4032f925 c0a87b03 c0a87bc8 00008765 00000005
        85d47224 b5f3dd5d 2101d4ea 8dffab22 15b92683 819596a8 047232cc 00f7048f
        e45318e1 1f8a0f62 ede3c3fc 61203bb5 0f980a08 c9843fd3 a1b06d5c 07ff9639
        b7eb7dfb 3512e5de 435e7207 ed971ef3 d2726d9b 5ef6affc 6d17a0de cbb13892`,
    },
  ];

  test.each(cases)('$title, sealed and opened', ({ title: _, ...one }) => {
    const settings: NativeSaSettings = {
      ...base,
      encryption: 'aes-128',
      encryptionKey: hex(one.key),
      mode: one.mode,
      spi: one.spi,
      sequenceNumber: one.sequenceNumber - 1,
    };
    const clear = hex(one.clear);
    const sealed = openSa(settings).encapsulate(clear, 0, one.identification, 64, hex(one.iv));
    // The checksum of the outer header is worked out here, and not taken from the print.
    expect(accepted(sealed)).toEqual(withChecksum(Buffer.from(hex(one.sealed))));
    expect(openSa({ ...settings, direction: 'in' }).decapsulate(hex(one.sealed), 0)).toEqual(clear);
  });
});

describe('AEADs in ESP, opened: their senders chose other vectors than ours does', () => {
  test('ChaCha20-Poly1305: RFC 7634 appendix A', () => {
    const sa = openSa({
      ...base,
      direction: 'in',
      mode: 'tunnel',
      spi: 0x01020304,
      encryption: 'chacha20-poly1305',
      integrity: 'none',
      encryptionKey: hex(`80818283 84858687 88898a8b 8c8d8e8f 90919293 94959697 98999a9b 9c9d9e9f
        a0a1a2a3`),
    });
    const packet = hex(`4500008c 23450000 4032de5b cb007199 cb007105 01020304 00000005
      10111213 14151617 24039428 b97f417e 3c13753a 4f05087b 67c352e6 a7fab1b9 82d466ef
      407ae5c6 14ee8099 d52844eb 61aa95df ab4c02f7 2aa71e7c 4c4f64c9 befe2fac c638e8f3
      cbec163f ac469b50 2773f6fb 94e664da 9165b828 29f641e0
      76aaa826 6b7fb0f7 b11b3699 07e1ad43`);
    expect(sa.decapsulate(packet, 0)).toEqual(
      hex(`45000054 a6f20000 4001e778 c6336405 c0000205 08005b7a 3a080000 553bec10 00073627
        ${countingBytes}`),
    );
  });

  // The test cases for GCM in ESP that the authors of RFC 4106 published (draft-mcgrew-gcm-test-01).
  test('AES-128-GCM: the authors of RFC 4106', () => {
    const sa = openSa({
      ...base,
      direction: 'in',
      mode: 'transport',
      spi: 0x0000a5f8,
      encryption: 'aes-128-gcm',
      integrity: 'none',
      encryptionKey: hex('feffe992 8665731c 6d6a8f94 67308308 cafebabe'),
    });
    const esp = hex(`0000a5f8 0000000a facedbad decaf888
      deb22cd9 b07c72c1 6e3a65be eb8df304 a5a5897d 33ae530f 1ba76d5d 114d2a5c
      3de81827 c10e9a4f 51330d0e ec416642 cfbb85a5 b47e48a4 ec3b9ba9 5d918bd1
      83b70d3a a8bc6ee4 c309e9d8 5a41ad4a`);
    // They print ESP alone, whose next header is 1.
    const header = withTrueLength(Buffer.concat([hex(ipv4Header), esp])).subarray(0, 20);
    const opened = accepted(sa.decapsulate(Buffer.concat([header, esp]), 0));
    expect(opened.readUInt8(9)).toBe(1);
    expect(opened.subarray(20)).toEqual(
      Buffer.from(
        hex(`4500003e 698f0000 80114dcc c0a80102 c0a80101 0a980035 002a2343 b2d00100 00010000
        00000000 03736970 09637962 65726369 74790264 6b000001 0001`),
      ),
    );
  });
});
