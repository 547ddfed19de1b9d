/** The grammar and canonical output of every value type (spec A.0, A-02, A-51). */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toHex } from '../../../../lib/core/base/bytes.js';
import type { PropertyType } from '../../../../lib/core/config/property.js';
import { valueErrorText } from '../../../../lib/core/config/value-error.js';
import { ip, peerAddress, selector } from '../../../../lib/core/config/values/address.js';
import { oneOf, someOf, yesNo } from '../../../../lib/core/config/values/enumeration.js';
import { keyPair, spiPair } from '../../../../lib/core/config/values/key-pair.js';
import {
  integer,
  softHardBytes,
  softHardTime,
  spi,
} from '../../../../lib/core/config/values/number.js';
import { protocol } from '../../../../lib/core/config/values/protocol.js';
import { optionalReference, reference } from '../../../../lib/core/config/values/reference.js';
import {
  itemName,
  preSharedKeyBytes,
  secretText,
  string,
} from '../../../../lib/core/config/values/text.js';
import { formatSpan, time } from '../../../../lib/core/config/values/time.js';

const names = new Map([
  ['default', 1],
  ['ah-sa1', 7],
]);
const context = {
  idOf: (_table: string, name: string) => names.get(name),
  nameOf: (_table: string, id: number) => [...names].find((entry) => entry[1] === id)?.[0],
  formatTime: (seconds: number) => `${seconds}`,
};

/** The canonical text of what was typed, or the error of a property `p`. */
function read(type: PropertyType<unknown, unknown>, text: string): string | undefined {
  const value = type.parse(text, context);
  return value.ok ? type.format(value.value, context) : valueErrorText(value.error, 'p');
}

const invalid = 'invalid value for argument p';
const unknown = 'input does not match any value of p';
const ambiguous = 'ambiguous value of p, more than one possible value matches input';
const range = (first: string, last: string) => `value of p out of range (${first}..${last})`;

type Table = readonly (readonly [string, string])[];

const tables: Readonly<Record<string, readonly [PropertyType<unknown, unknown>, Table]>> = {
  yesno: [
    yesNo,
    [
      ['yes', 'yes'],
      ['no', 'no'],
      ['y', 'yes'],
      ['true', 'yes'],
      ['false', 'no'],
      ['tru', unknown],
      ['', unknown],
      ['Yes', unknown],
    ],
  ],
  ip: [
    ip,
    [
      ['10.0.0.1', '10.0.0.1'],
      ['10.1', '10.0.0.1'],
      ['10.1.256', '10.1.1.0'],
      ['255.255.255.255', '255.255.255.255'],
      ['10.0.0.256', invalid],
      ['010.0.0.1', invalid],
      ['10', invalid],
      ['10.0.0.1.2', invalid],
      ['10.0.0.', invalid],
      [' 10.0.0.1', invalid],
      ['::1', invalid],
      ['', invalid],
    ],
  ],
  selector: [
    selector,
    [
      ['10.0.0.205', '10.0.0.205/32:any'],
      ['10.1.0.0/24:80', '10.1.0.0/24:80'],
      ['10.1.0.0/24:1000-2000', '10.1.0.0/24:1000-2000'],
      ['10.1.0.5/255.255.255.0', '10.1.0.0/24:any'],
      ['10.1.0.5/24', '10.1.0.0/24:any'],
      ['0.0.0.0/0', '0.0.0.0/0:any'],
      ['10.1.0.0/24:0', '10.1.0.0/24:any'],
      ['10.1.0.0/24:any', '10.1.0.0/24:any'],
      ['10.1.0.0/24:80-80', '10.1.0.0/24:80'],
      ['10.1.0.0/24:0-65535', '10.1.0.0/24:any'],
      ['10.1.0.0/33', range('0', '32')],
      ['10.1.0.0/255.0.255.0', invalid],
      ['10.1.0.0/255.0', invalid],
      ['10.1.0.0/', invalid],
      ['10.1.0.0/24:', invalid],
      ['10.1.0.0/24:65536', range('0', '65535')],
      ['10.1.0.0/24:20-10', invalid],
      ['10.1.0.0/24:10-20-30', invalid],
      ['10.1.0.0/24:http', invalid],
      ['10.1.0.0:80/24', invalid],
    ],
  ],
  peeraddr: [
    peerAddress,
    [
      ['10.0.0.201', '10.0.0.201:500'],
      ['10.0.0.81:4500', '10.0.0.81:4500'],
      ['1.2.3.4/32:500', '1.2.3.4:500'],
      ['10.0.0.7/24', '10.0.0.0/24:500'],
      ['0.0.0.0/0:500', '0.0.0.0/0:500'],
      ['10.0.0.81:0', range('1', '65535')],
      ['10.0.0.81:65536', range('1', '65535')],
      ['10.0.0.81:1-2', invalid],
      ['peer.example.com', invalid],
    ],
  ],
  'protocol (A-02)': [
    protocol,
    [
      ['all', 'all'],
      ['0', 'all'],
      ['1', 'icmp'],
      ['icmp', 'icmp'],
      ['ip-encap', 'ipencap'],
      ['ipsec-esp', 'esp'],
      ['ipsec-ah', 'ah'],
      ['50', 'esp'],
      ['gre', 'gre'],
      ['255', '255'],
      ['g', ambiguous],
      ['tc', 'tcp'],
      ['256', range('0', '255')],
      ['sctp', unknown],
      ['-1', unknown],
    ],
  ],
  time: [
    time,
    [
      ['30m', '30m'],
      ['1d2h30m', '1d2h30m'],
      ['28800', '8h'],
      ['86400', '1d'],
      ['0', '0s'],
      ['0s', '0s'],
      ['90s', '1m30s'],
      ['00:30:00', '30m'],
      ['1d10:10:00', '1d10h10m'],
      ['9d', '1w2d'],
      ['45m10s', '45m10s'],
      ['30m1h', invalid],
      ['1h 30m', invalid],
      ['-5', invalid],
      ['00:60:00', invalid],
      ['', invalid],
      ['1y', invalid],
      ['4294967296', range('0s', '7101w3d6h28m15s')],
    ],
  ],
  'soft/hard time': [
    softHardTime,
    [
      ['24m/30m', '24m/30m'],
      ['0s/0s', '0s/0s'],
      ['24m', invalid],
    ],
  ],
  'soft/hard bytes': [
    softHardBytes,
    [
      ['0/0', '0/0'],
      ['80/100', '80/100'],
      ['80/1m', invalid],
    ],
  ],
  spi: [
    spi,
    [
      ['0x21237b07', '21237B07'],
      ['E727605', 'E727605'],
      ['0', '0'],
      ['123456789', invalid],
      ['xyz', invalid],
    ],
  ],
  spipair: [
    spiPair,
    [
      ['0x101/0x100', '101/100'],
      ['100', '100'],
      ['0x100/100', '100'],
      ['abc/FFFFFFFF', 'ABC/FFFFFFFF'],
      ['ff', range('100', 'FFFFFFFF')],
      ['100/ff', range('100', 'FFFFFFFF')],
      ['100/101/102', invalid],
      ['100/', invalid],
      ['', invalid],
    ],
  ],
  keypair: [
    keyPair,
    [
      ['A0/0A', 'A0/0A'],
      ['abcfed', 'abcfed'],
      ['0xAbCd/AbCd', 'AbCd'],
      ['', ''],
      ['/0A', '/0A'],
      ['abc', invalid],
      ['ab/xy', invalid],
      ['ab/cd/ef', invalid],
    ],
  ],
  enum: [
    oneOf(['use', 'acquire', 'require'], { unique: 'require' }),
    [
      ['use', 'use'],
      ['req', 'require'],
      ['unique', 'require'],
      ['uni', unknown],
      ['', unknown],
      ['USE', unknown],
    ],
  ],
  'enum whose word begins another': [
    oneOf(['aes', 'aes-128', 'aes-256']),
    [
      ['aes', 'aes'],
      ['aes-', ambiguous],
      ['aes-2', 'aes-256'],
    ],
  ],
  'set of enum': [
    someOf(['md5', 'sha1', 'null']),
    [
      ['sha1,md5', 'md5,sha1'],
      ['sha1,sha1', 'sha1'],
      ['s,n', 'sha1,null'],
      ['', ''],
      ['md5,', unknown],
      ['md5, sha1', unknown],
      ['sha512', unknown],
    ],
  ],
  'set of enum that must not be empty': [
    someOf(['ah', 'esp'], { atLeastOne: true }),
    [
      ['esp,ah', 'ah,esp'],
      ['', invalid],
    ],
  ],
  integer: [
    integer(0, 4294967295),
    [
      ['0', '0'],
      ['4294967295', '4294967295'],
      ['4294967296', range('0', '4294967295')],
      ['-1', range('0', '4294967295')],
      ['1.5', invalid],
      ['0x10', invalid],
      ['', invalid],
    ],
  ],
  reference: [
    reference('proposal'),
    [
      ['default', 'default'],
      ['defau', unknown],
      ['none', unknown],
    ],
  ],
  'reference that may be absent': [
    optionalReference('manual-sa'),
    [
      ['ah-sa1', 'ah-sa1'],
      ['none', 'none'],
      ['', unknown],
    ],
  ],
  string: [
    string,
    [
      ['', ''],
      ['a b', 'a b'],
    ],
  ],
  name: [
    itemName,
    [
      ['to_cisco', 'to_cisco'],
      ['', invalid],
      ['none', invalid],
    ],
  ],
  'secret (A-51)': [
    secretText,
    [
      ['gwejimezyfopmekun', 'gwejimezyfopmekun'],
      ['0xAB', '0xAB'],
      ['0xABC', invalid],
      ['0xzz', invalid],
    ],
  ],
};

describe.each(Object.entries(tables))('%s', (_title, [type, rows]) => {
  test.each(rows)('%j is %j', (text, expected) => {
    expect(read(type, text)).toBe(expected);
  });
});

describe('keys of pre-shared secrets (A-51)', () => {
  test.each([
    ['test_key', '746573745f6b6579'],
    ['0x746573745F6b6579', '746573745f6b6579'],
    ['0x', ''],
    ['', ''],
    ['ä', 'c3a4'],
  ])('%j is %s', (secret, hex) => {
    expect(toHex(preSharedKeyBytes(secret))).toBe(hex);
  });
});

describe('what is printed reads back as the same value', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const address = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));
  const port = fc.integer({ min: 1, max: 65535 });
  const mask = fc.integer({ min: 0, max: 32 });
  const ports = fc.oneof(
    fc.constant('any'),
    port.map(String),
    fc.tuple(port, port).map((pair) => `${Math.min(...pair)}-${Math.max(...pair)}`),
  );
  const spiValue = fc.integer({ min: 0x100, max: 0xffffffff });
  const hexDigits = fc
    .uint8Array({ maxLength: 32 })
    .map((bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''));
  const some = (...words: string[]) => fc.subarray(words).map((chosen) => chosen.join(','));

  const typed: readonly [string, PropertyType<unknown, unknown>, fc.Arbitrary<string>][] = [
    ['ip', ip, address],
    ['selector', selector, fc.tuple(address, mask, ports).map(([a, m, p]) => `${a}/${m}:${p}`)],
    ['peeraddr', peerAddress, fc.tuple(address, mask, port).map(([a, m, p]) => `${a}/${m}:${p}`)],
    ['protocol', protocol, octet.map(String)],
    ['time', time, fc.integer({ min: 0, max: 0xffffffff }).map(String)],
    ['spi', spi, spiValue.map((value) => value.toString(16))],
    [
      'spipair',
      spiPair,
      fc.tuple(spiValue, spiValue).map((p) => p.map((v) => v.toString(16)).join('/')),
    ],
    ['keypair', keyPair, fc.tuple(hexDigits, hexDigits).map((pair) => pair.join('/'))],
    ['set', someOf(['md5', 'sha1', 'null']), some('null', 'sha1', 'md5')],
    [
      'soft/hard',
      softHardTime,
      fc.tuple(fc.nat(), fc.nat()).map(([s, h]) => `${formatSpan(s)}/${formatSpan(h)}`),
    ],
  ];

  test.each(typed)('%s', (_name, type, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        const value = type.parse(text, context);
        if (!value.ok) throw new Error(`refused: ${text}`);
        const printed = type.format(value.value, context) ?? '';
        expect(type.parse(printed, context)).toEqual(value);
      }),
    );
  });
});
