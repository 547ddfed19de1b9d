/**
 * `npm run bench transforms`: what one core seals and opens per second in the SA layer of the userspace data plane,
 * packets of 1400 bytes in tunnel mode, against what bounds it (cipher and hash alone over as many bytes) and against
 * node:crypto doing the same packet by packet; then HMAC as we compute it against EVP's two ways. Our goal: 0.8 of the
 * bound where there is an HMAC, 0.5 with AES-GCM and 0.4 with ChaCha20-Poly1305: what these do anew for each packet
 * (nonce, tag, the key of Poly1305) is not in the bound.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomFillSync,
  timingSafeEqual,
} from 'node:crypto';
import { compileProgram } from '../support/native-program.js';
import {
  type Measurement,
  median,
  millisecondsPerCall,
  printMeasurements,
} from './support/report.js';

const packetBytes = 1400;
const roundMilliseconds = 40;
const rounds = 5;

interface TransformRates {
  readonly kind: 'transform';
  readonly encryption: string;
  readonly integrity: string;
  /** Bits per second. */
  readonly seal: number;
  readonly open: number;
  readonly sealBound: number;
  readonly openBound: number;
}

interface HmacTimes {
  readonly kind: 'hmac';
  readonly hash: string;
  readonly bytes: number;
  /** Microseconds. */
  readonly ours: number;
  readonly again: number;
  readonly copied: number;
}

/** OpenSSL's name, bytes of the key, of the vector, and whether it authenticates. */
const ciphers: Readonly<Record<string, readonly [string, number, number, boolean]>> = {
  'aes-128-gcm': ['aes-128-gcm', 16, 12, true],
  'aes-256-gcm': ['aes-256-gcm', 32, 12, true],
  'chacha20-poly1305': ['chacha20-poly1305', 32, 12, true],
  'aes-128': ['aes-128-cbc', 16, 16, false],
  'aes-256': ['aes-256-cbc', 32, 16, false],
  '3des': ['des-ede3-cbc', 24, 8, false],
  des: ['des-ede3-cbc', 24, 8, false],
};

/** The cryptography of one packet in node:crypto, without the headers; undefined where there is nothing to do. */
function nodeWays(encryption: string, integrity: string) {
  const [name, keyBytes, ivBytes, isAead] = ciphers[encryption] ?? ['', 0, 0, false];
  const key = createSecretKey(Buffer.alloc(keyBytes, 7));
  const macKey = createSecretKey(Buffer.alloc(32, 9));
  const clear = Buffer.alloc(Math.ceil((packetBytes + 2) / 16) * 16, 0x5a);
  const head = Buffer.alloc(8);
  const hash = integrity === 'none' ? undefined : integrity;
  const tagOf = (parts: readonly Uint8Array[]) => {
    if (hash === undefined) return Buffer.alloc(0);
    const hmac = createHmac(hash, macKey).update(head);
    for (const part of parts) hmac.update(part);
    return hmac.digest();
  };
  const seal = () => {
    if (name === '') return { iv: head, text: clear, tag: tagOf([clear]) };
    const iv = randomFillSync(Buffer.allocUnsafe(ivBytes));
    if (isAead) {
      const cipher = createCipheriv(name as 'aes-128-gcm', key, iv, { authTagLength: 16 });
      cipher.setAAD(head);
      const text = cipher.update(clear);
      cipher.final();
      return { iv, text, tag: cipher.getAuthTag() };
    }
    const cipher = createCipheriv(name, key, iv).setAutoPadding(false);
    const text = cipher.update(clear);
    cipher.final();
    return { iv, text, tag: tagOf([iv, text]) };
  };
  const sealed = seal();
  const open = () => {
    const { iv, text, tag } = sealed;
    if (name === '') return timingSafeEqual(tag, tagOf([text]));
    if (isAead) {
      const cipher = createDecipheriv(name as 'aes-128-gcm', key, iv, { authTagLength: 16 });
      cipher.setAAD(head).setAuthTag(tag).update(text);
      return cipher.final();
    }
    timingSafeEqual(tag, tagOf([iv, text]));
    return createDecipheriv(name, key, iv).setAutoPadding(false).update(text);
  };
  return { seal, open };
}

/** Bits of packets per second. */
function nodeRate(run: () => unknown): number {
  run();
  const calls = Math.ceil(roundMilliseconds / Math.max(millisecondsPerCall(200, run), 0.001));
  const times = Array.from({ length: rounds }, () => millisecondsPerCall(calls, run));
  return (8 * packetBytes * 1000) / median(times);
}

function transformRows(rates: TransformRates): Measurement[] {
  const { encryption, integrity } = rates;
  const node = nodeWays(encryption, integrity);
  const title = [encryption === '' ? 'ah' : encryption, integrity === 'none' ? '' : integrity]
    .filter((word) => word !== '')
    .join(' ');
  return (['seal', 'open'] as const).flatMap((verb) => {
    const rate = rates[verb];
    const row = { name: `${title}, ${verb}`, value: rate / 1e9, unit: 'Gbit/s' };
    return [
      { ...row, against: 'cipher and hash alone', ratio: rate / rates[`${verb}Bound`] },
      { ...row, against: 'node:crypto', ratio: rate / nodeRate(node[verb]) },
    ];
  });
}

function hmacRows({ hash, bytes, ours, again, copied }: HmacTimes): Measurement[] {
  const row = { name: `HMAC ${hash}, ${bytes} bytes`, value: ours, unit: 'µs' };
  return [
    { ...row, against: 'EVP_MAC begun anew', ratio: again / ours },
    { ...row, against: 'EVP_MAC copied', ratio: copied / ours },
  ];
}

const program = compileProgram('test/bench/transforms.cc', ['-O3']);
const { code, output } = program.run(`${roundMilliseconds}`);
program.remove();
if (code !== 0) throw new Error(output);
const measured = JSON.parse(output) as readonly (TransformRates | HmacTimes)[];
printMeasurements(
  measured.flatMap((one) => (one.kind === 'transform' ? transformRows(one) : hmacRows(one))),
);
