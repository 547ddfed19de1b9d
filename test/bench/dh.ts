/**
 * `npm run bench dh`: a key and a shared secret per group, through our path, through OpenSSL's EVP
 * calls and through crypto.getDiffieHellman, in turns; medians. Our goal: modp768 and modp1024 under
 * 1 ms, no group slower than either.
 */
import {
  diffieHellman,
  generateKeyPairSync,
  getDiffieHellman,
  type KeyPairKeyObjectResult,
} from 'node:crypto';
import { type DhGroupName, dhGroup, dhGroups } from '../../lib/core/crypto/algorithms.js';
import { computeJob } from '../../lib/host/crypto.js';
import {
  type Measurement,
  median,
  millisecondsPerCall,
  printMeasurements,
} from './support/report.js';

const rounds = 7;
/** One round of one way lasts about so long, but is at least one call. */
const roundMilliseconds = 25;

type Way = () => void;

/** Node has had it since version 13; its types do not know it. */
const generateEvpKey = generateKeyPairSync as unknown as (
  type: 'dh',
  options: { readonly group: string },
) => KeyPairKeyObjectResult;

/** What each way needs beforehand, a peer's public value, is made outside the measurement. */
function waysOf(group: DhGroupName): Readonly<Record<'ours' | 'evp' | 'crypto', Way>> {
  const cryptoName = `modp${dhGroup(group).ikev1}`;
  const peer = computeJob({ kind: 'dhGenerate', group });
  if (peer.kind !== 'dhGenerated') throw new Error(`no key in ${group}`);
  const evpPeer = generateEvpKey('dh', { group: cryptoName });
  return {
    ours() {
      const own = computeJob({ kind: 'dhGenerate', group });
      if (own.kind !== 'dhGenerated') throw new Error(`no key in ${group}`);
      const { privateKey } = own;
      const { publicValue: peerPublic } = peer;
      const result = computeJob({ kind: 'dhDerive', group, privateKey, peerPublic });
      if (result.kind !== 'dhDerived') throw new Error(`no secret in ${group}`);
    },
    evp() {
      const { privateKey } = generateEvpKey('dh', { group: cryptoName });
      diffieHellman({ privateKey, publicKey: evpPeer.publicKey });
    },
    crypto() {
      const exchange = getDiffieHellman(cryptoName);
      exchange.generateKeys();
      exchange.computeSecret(peer.publicValue);
    },
  };
}

function measure(group: DhGroupName): Measurement[] {
  const ways = Object.entries(waysOf(group));
  const calls = ways.map(([, run]) => {
    run();
    return Math.max(1, Math.round(roundMilliseconds / millisecondsPerCall(1, run)));
  });
  const samples = ways.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    ways.forEach(([, run], index) => {
      samples[index]?.push(millisecondsPerCall(calls[index] ?? 1, run));
    });
  }
  const [ours = Number.NaN, evp = Number.NaN, getDh = Number.NaN] = samples.map(median);
  const row = { name: `${group} key and secret`, value: ours, unit: 'ms' };
  return [
    { ...row, against: 'EVP', ratio: evp / ours },
    { ...row, against: 'crypto.getDiffieHellman', ratio: getDh / ours },
  ];
}

printMeasurements(dhGroups.flatMap(({ name }) => measure(name)));
