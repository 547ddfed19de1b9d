/**
 * Whether a pre-shared secret is easily guessed. Whoever has seen one negotiation of aggressive or base mode, or
 * plays the peer's part in main mode, can try secrets at leisure, millions in a second.
 *
 * The reasons are two and general on purpose: they go to logs, and one that said more would be a hint.
 */
import type { PreSharedSecretItem } from './menus/pre-shared-secret.js';
import { unsetAddress } from './values/address.js';
import { preSharedKeyBytes } from './values/text.js';

/** What a program that tries them all finds within hours. */
const keyBytesMin = 12;
const differentBytesMin = 4;

/** What is tried first, alone or with something around it: words of the trade, and of the manual's examples. */
const obviousWords = [
  ...['password', 'passwort', 'passphrase', 'secret', 'geheim', 'changeme', 'letmein', 'welcome'],
  ...[
    'admin',
    'administrator',
    'default',
    'test',
    'example',
    'iloveyou',
    'qwerty',
    'dragon',
    'monkey',
  ],
  ...['presharedkey', 'presharedsecret', 'presharedsecretkey', 'sharedsecret', 'psk', 'key'],
  ...[
    'ipsec',
    'ike',
    'vpn',
    'tunnel',
    'router',
    'routeros',
    'mikrotik',
    'cisco',
    'linux',
    'strongswan',
  ],
  ...['roberkenon', 'sviestapika'],
];

/** Runs of the keyboard and the alphabet, and how they begin. */
const runs = [
  ...['1234567890', 'qwertyuiop', 'qwertzuiop', 'asdfghjkl', 'zxcvbnm'],
  ...['abcdefghijklmnopqrstuvwxyz', '123456', '1234', 'qwer', 'asdf', 'zxcv', 'abcd'],
];

/** The longest first: what holds another word goes as a whole. */
const obvious = new RegExp(
  [...obviousWords, ...runs].sort((a, b) => b.length - a.length).join('|'),
  'g',
);

const advice = `use ${keyBytesMin} or more characters that nobody can guess`;

/** Why the secret of the row is weak, in words that do not tell it; undefined where nothing speaks against it. */
export function secretWeakness(item: PreSharedSecretItem): string | undefined {
  const key = preSharedKeyBytes(item.secret);
  if (key.length < keyBytesMin) {
    return `it is easily guessed, for it has fewer than ${keyBytesMin} bytes: ${advice}`;
  }
  if (new Set(key).size < differentBytesMin || isObvious(item, key)) {
    return `it is easily guessed, being among what is tried first: ${advice}`;
  }
  return undefined;
}

/** What is left without the obvious parts would have to be long enough by itself. */
function isObvious(item: PreSharedSecretItem, key: Uint8Array): boolean {
  if (isSequence(key)) return true;
  const own = [item.address === unsetAddress ? '' : item.address, item['ident-string']];
  let rest = plain(String.fromCharCode(...key));
  for (const word of own.map(plain)) if (word !== '') rest = rest.replaceAll(word, '');
  rest = rest.replace(obvious, '');
  // Punctuation between words, and a number at the end, add little.
  return rest.replace(/[!-/:-@[-`{-~ ]/g, '').replace(/\d{1,4}$/, '').length < differentBytesMin;
}

/** Capitals, signs for letters and what stands between words are tried as well. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('@', 'a')
    .replaceAll('$', 's')
    .replaceAll(/[-_ .:/]/g, '');
}

/** Each byte as far from the one before it, as in `abcdef` or `13579`. */
function isSequence(key: Uint8Array): boolean {
  const steps = new Set(key.subarray(1).map((byte, index) => byte - (key[index] ?? 0)));
  return steps.size <= 1;
}
