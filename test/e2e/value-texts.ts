/** Texts that a property takes, with what the console makes of them: from the value types of the specification (A.0). */
import fc from 'fast-check';
import type { ExportedTable } from './export-text.js';
import { quoted } from './export-text.js';

export interface ValueText {
  /** As typed behind `name=`. */
  readonly typed: string;
  /** As the console keeps and writes it; of a string, the string itself. */
  readonly canonical: string;
}

type Texts = fc.Arbitrary<ValueText>;

const plain = (text: string): ValueText => ({ typed: text, canonical: text });

/** One of these words, or enough of its beginning to tell it from the others (A-01). */
function word(...words: readonly string[]): Texts {
  const spellings = words.flatMap((canonical) =>
    Array.from({ length: canonical.length }, (_, index) => canonical.slice(0, index + 1))
      .filter((typed) => typed === canonical || meansOne(typed, words))
      .map((typed) => ({ typed, canonical })),
  );
  return fc.constantFrom(...spellings);
}

function meansOne(typed: string, words: readonly string[]): boolean {
  return !words.includes(typed) && words.filter((word) => word.startsWith(typed)).length === 1;
}

/** Some of these words in any order, some of them twice (A.0 `set of enum`). */
function wordSet(order: readonly string[], minLength: number): Texts {
  return fc.array(fc.constantFrom(...order), { minLength, maxLength: 5 }).map((words) => ({
    typed: words.length === 0 ? '""' : words.join(','),
    canonical: order.filter((name) => words.includes(name)).join(','),
  }));
}

const yesNo: Texts = fc.constantFrom(
  ...[plain('yes'), plain('no')],
  { typed: 'true', canonical: 'yes' },
  { typed: 'false', canonical: 'no' },
);

const byte = fc.integer({ min: 0, max: 255 });
const quad = fc.tuple(byte, byte, byte, byte);
type Quad = readonly [number, number, number, number];

/** Four parts, or fewer of which the last one fills the rest as inet_aton does. */
export const ip: Texts = fc.oneof(
  quad.map((parts) => plain(parts.join('.'))),
  fc.tuple(byte, byte).map(([a, d]) => ({ typed: `${a}.${d}`, canonical: `${a}.0.0.${d}` })),
  fc.tuple(byte, byte, byte).map(([a, b, d]) => ({
    typed: `${a}.${b}.${d}`,
    canonical: `${a}.${b}.0.${d}`,
  })),
);

const number = (quad: Quad) => quad.reduce((sum, part) => sum * 256 + part, 0);
const dotted = (value: number) =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
const maskOf = (length: number) => 2 ** 32 - 2 ** (32 - length);
/** Without the bits behind the mask. */
const network = (address: Quad, length: number) => {
  const size = 2 ** (32 - length);
  return dotted(Math.floor(number(address) / size) * size);
};

const port = fc.integer({ min: 1, max: 65535 });
const ports: Texts = fc.oneof(
  fc.constant({ typed: '', canonical: 'any' }),
  fc.constantFrom('any', '0').map((text) => ({ typed: `:${text}`, canonical: 'any' })),
  port.map((value) => ({ typed: `:${value}`, canonical: `${value}` })),
  fc
    .tuple(port, port)
    .filter(([first, last]) => first < last)
    .map(([first, last]) => ({ typed: `:${first}-${last}`, canonical: `${first}-${last}` })),
);

const prefixLength = fc.integer({ min: 0, max: 32 });
/** What follows an address to say how long its network part is. */
const mask = fc.oneof(
  prefixLength.map((length) => ({ typed: `/${length}`, length })),
  prefixLength.map((length) => ({ typed: `/${dotted(maskOf(length))}`, length })),
  fc.constant({ typed: '', length: 32 }),
);

const selector: Texts = fc
  .tuple(quad, mask, ports)
  .map(([address, { typed, length }, range]) => ({
    typed: `${address.join('.')}${typed}${range.typed}`,
    canonical: `${network(address, length)}/${length}:${range.canonical}`,
  }))
  // The unset value is replaced by what it is derived from (Q-01).
  .filter(({ canonical }) => canonical !== '0.0.0.0/32:any');

const peerAddress: Texts = fc
  .tuple(
    quad,
    fc.oneof(fc.constant(undefined), prefixLength),
    fc.oneof(fc.constant(undefined), port),
  )
  .map(([address, length, value]) => {
    const typedLength = length === undefined ? '' : `/${length}`;
    const network32 = length ?? 32;
    const written = `${network(address, network32)}${network32 === 32 ? '' : `/${network32}`}`;
    return {
      typed: `${address.join('.')}${typedLength}${value === undefined ? '' : `:${value}`}`,
      canonical: `${written}:${value ?? 500}`,
    };
  });

/** Those that have one name (A-02). */
const protocolNames: Readonly<Record<string, number>> = {
  ...{ icmp: 1, igmp: 2, ggp: 3, st: 5, tcp: 6, egp: 8, pup: 12, udp: 17, hmp: 20 },
  ...{ 'xns-idp': 22, rdp: 27, 'iso-tp4': 29, xtp: 36, ddp: 37, 'idpr-cmtp': 38, gre: 47 },
  ...{ rspf: 73, vmtp: 81, ospf: 89, ipip: 94, encap: 98 },
};

const protocol: Texts = fc.oneof(
  fc.constant(plain('all')),
  fc
    .constantFrom(...Object.entries(protocolNames))
    .chain(([name, value]) => fc.constantFrom(plain(name), { typed: `${value}`, canonical: name })),
  fc.integer({ min: 100, max: 255 }).map((value) => plain(`${value}`)),
);

const units = [
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

function shortTime(seconds: number): string {
  let rest = seconds;
  const parts = units.map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest %= size;
    return count === 0 ? '' : `${count}${unit}`;
  });
  return parts.join('') || '0s';
}

const two = (value: number) => `${value}`.padStart(2, '0');

const time: Texts = fc
  .tuple(
    fc.oneof(fc.integer({ min: 0, max: 86_400 }), fc.integer({ min: 0, max: 100 * 604_800 })),
    fc.integer({ min: 0, max: 2 }),
  )
  .map(([seconds, form]) => {
    const days = Math.floor(seconds / 86_400);
    const clock = [seconds / 3600, seconds / 60, seconds]
      .map((value, index) => two(Math.floor(value) % (index === 0 ? 24 : 60)))
      .join(':');
    const typed =
      [`${seconds}`, shortTime(seconds), `${days === 0 ? '' : `${days}d`}${clock}`][form] ?? '';
    return { typed, canonical: shortTime(seconds) };
  });

const lifebytes: Texts = fc
  .integer({ min: 0, max: 4_294_967_295 })
  .map((value) => plain(`${value}`));

const hexCase = fc.constantFrom(
  (text: string) => text.toUpperCase(),
  (text: string) => text,
);

const spi = fc
  .tuple(fc.integer({ min: 0x100, max: 0xffff_ffff }), fc.constantFrom('', '0x'), hexCase)
  .map(([value, prefix, spell]) => ({
    typed: `${prefix}${spell(value.toString(16))}`,
    canonical: value.toString(16).toUpperCase(),
  }));

const spiPair: Texts = fc.oneof(
  spi,
  fc.tuple(spi, spi).map(([into, out]) => ({
    typed: `${into.typed}/${out.typed}`,
    canonical:
      into.canonical === out.canonical ? into.canonical : `${into.canonical}/${out.canonical}`,
  })),
);

const hexKey = fc
  .tuple(fc.uint8Array({ maxLength: 40 }), fc.constantFrom('', '0x'), hexCase)
  .map(([bytes, prefix, spell]) => {
    const digits = spell(Buffer.from(bytes).toString('hex'));
    return { typed: digits === '' ? '' : `${prefix}${digits}`, canonical: digits };
  });

const keyPair: Texts = fc.oneof(
  hexKey.map(({ typed, canonical }) => ({ typed: typed === '' ? '""' : typed, canonical })),
  fc
    .tuple(hexKey, hexKey)
    // The same bytes in two spellings: which one is kept is nobody's business.
    .filter(([into, out]) => into.canonical.toLowerCase() !== out.canonical.toLowerCase())
    .map(([into, out]) => ({
      typed: `${into.typed}/${out.typed}`,
      canonical: `${into.canonical}/${out.canonical}`,
    })),
);

/** Any characters: quotes, line ends, dollar signs and control characters among them. */
export const anyText = fc.oneof(
  fc.string({ maxLength: 24 }),
  fc.string({ unit: 'binary', maxLength: 24 }),
  fc.string({ unit: fc.constantFrom(...'"\\$?#;[]{}()= \t\n\r,*0x~'), maxLength: 16 }),
);

const string = (text: fc.Arbitrary<string>): Texts =>
  text.map((value) => ({ typed: quoted(value), canonical: value }));

const dhGroups = [
  ...['modp768', 'modp1024', 'modp1536', 'modp2048', 'modp3072', 'modp4096', 'modp8192'],
];
const encryptions = ['3des', 'aes-128', 'aes-192', 'aes-256', 'des', 'null'];

export const nameText = fc
  .tuple(
    fc.constantFrom(...'abcdefghxyz'),
    fc.string({ unit: fc.constantFrom(...'abc019._- '), maxLength: 12 }),
  )
  .map(([first, rest]) => `${first}${rest}`.trimEnd())
  .filter((name) => name !== 'none' && name !== 'default');

/** Every writable property, its references left out: those are names of rows. */
export const valueTexts: Readonly<Record<ExportedTable, Readonly<Record<string, Texts>>>> = {
  policy: {
    'src-address': selector,
    'dst-address': selector,
    protocol,
    action: word('accept', 'drop', 'encrypt'),
    level: word('use', 'acquire', 'require'),
    'ipsec-protocols': wordSet(['ah', 'esp'], 1),
    tunnel: yesNo,
    'sa-src-address': ip,
    'sa-dst-address': ip,
    'dont-fragment': word('clear', 'inherit', 'set'),
    comment: string(anyText),
    disabled: yesNo,
  },
  'manual-sa': {
    name: string(nameText),
    'ah-algorithm': word('null', 'md5', 'sha1'),
    'esp-auth-algorithm': word('null', 'md5', 'sha1'),
    'esp-enc-algorithm': word('null', 'des', '3des', 'aes-128', 'aes-192', 'aes-256'),
    'ah-key': keyPair,
    'esp-auth-key': keyPair,
    'esp-enc-key': keyPair,
    'ah-spi': spiPair,
    'esp-spi': spiPair,
    comment: string(anyText),
    disabled: yesNo,
  },
  peer: {
    address: peerAddress,
    'exchange-mode': word('main', 'aggressive', 'base'),
    'send-initial-contact': yesNo,
    'proposal-check': word('claim', 'exact', 'obey', 'strict'),
    'hash-algorithm': fc.oneof(
      fc.constantFrom('md5', 'sha').map(plain),
      fc.constant({ typed: 'sha1', canonical: 'sha' }),
    ),
    'enc-algorithm': word('des', '3des', 'aes-128', 'aes-192', 'aes-256'),
    'dh-group': word(...dhGroups),
    comment: string(anyText),
    disabled: yesNo,
  },
  'pre-shared-secret': {
    address: ip,
    'ident-string': string(anyText.filter((text) => text !== '')),
    secret: string(anyText.filter((text) => text !== '' && !text.startsWith('0x'))),
    comment: string(anyText),
    disabled: yesNo,
  },
  proposal: {
    name: string(nameText),
    'auth-algorithms': wordSet(['md5', 'sha1', 'null'], 0),
    'enc-algorithms': wordSet(encryptions, 0),
    lifetime: time,
    lifebytes,
    'pfs-group': word('none', ...dhGroups),
    comment: string(anyText),
    disabled: yesNo,
  },
};
