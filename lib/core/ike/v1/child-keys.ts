/** The keys of a pair of SAs, made from what a quick mode agreed on (RFC 2409 5.5, RFC 2407 4.5). */

import { Secret } from '../../base/secret.js';
import { spiNumber } from '../../base/spi.js';
import type { HashName } from '../../crypto/algorithms.js';
import { encryptionAlgorithm, integrityAlgorithm } from '../../crypto/algorithms.js';
import { quickModeKeymat, splitKeymat } from '../../crypto/keymat-v1.js';
import type { CryptoProvider } from '../../crypto/provider.js';
import type { IpsecSa, SaLifetime } from '../../dataplane/types.js';
import { modeFor, type PolicyConfig } from '../ike-config.js';
import { protocolNumber } from './informational.js';
import type { AgreedProtocol, Agreement } from './phase2-proposal.js';

export interface ChildKeyInput {
  readonly crypto: CryptoProvider;
  readonly hash: HashName;
  readonly skeyidD: Uint8Array;
  readonly policy: PolicyConfig;
  readonly agreement: Agreement;
  /** In the order of the agreement's protocols. */
  readonly localSpis: readonly Uint8Array[];
  readonly nonceI: Uint8Array;
  readonly nonceR: Uint8Array;
  /** With perfect forward secrecy only. */
  readonly sharedSecret?: Uint8Array;
}

export interface ChildSas {
  /** In the order of the policy's protocols. */
  readonly inbound: readonly IpsecSa[];
  readonly outbound: readonly IpsecSa[];
}

/** Replay window of negotiated SAs in packets (spec E-30). */
const replayWindow = 32;
/** Longer limits than this many seconds or bytes cannot be told from none (136 years, 2^53 bytes). */
const longestSeconds = 0xffffffff;
const largestBytes = Number.MAX_SAFE_INTEGER;

/** Every SA of the pair, ready to install; each direction is keyed by its receiver's SPI. */
export function childSas(input: ChildKeyInput): ChildSas {
  const { policy, agreement } = input;
  const lifetime = saLifetime(agreement);
  const ends = { local: policy.local, remote: policy.remote };
  const make = (agreed: AgreedProtocol, spi: Uint8Array, direction: 'in' | 'out'): IpsecSa => {
    const { encryption, integrity } = agreed;
    const keys = keysOf(input, agreed, spi);
    const mode = modeFor(policy, agreed.protocol);
    const sa = {
      protocol: agreed.protocol,
      spi: spiNumber(spi),
      source: direction === 'out' ? ends.local : ends.remote,
      destination: direction === 'out' ? ends.remote : ends.local,
      direction,
      reqid: policy.reqid,
      mode,
      integrity,
      encryptionKey: new Secret(keys.encryptionKey),
      integrityKey: new Secret(keys.integrityKey),
      replayWindow,
      clearsDf: policy.clearsDf && mode === 'tunnel' && direction === 'out',
      lifetime,
    };
    return encryption === undefined ? sa : { ...sa, encryption };
  };
  return {
    inbound: agreement.protocols.map((agreed, index) =>
      make(agreed, input.localSpis[index] ?? new Uint8Array(4), 'in'),
    ),
    outbound: agreement.protocols.map((agreed) => make(agreed, agreed.remoteSpi, 'out')),
  };
}

function keysOf(input: ChildKeyInput, agreed: AgreedProtocol, spi: Uint8Array) {
  const { crypto, hash, skeyidD, nonceI, nonceR, sharedSecret } = input;
  const cipherBytes =
    agreed.encryption === undefined ? 0 : encryptionAlgorithm(agreed.encryption).keyBytes;
  const integrityBytes = integrityAlgorithm(agreed.integrity).keyBytes;
  const keymat = quickModeKeymat(crypto, hash, {
    skeyidD,
    protocol: protocolNumber(agreed.protocol),
    spi,
    nonceI,
    nonceR,
    ...(sharedSecret === undefined ? {} : { sharedSecret }),
    length: cipherBytes + integrityBytes,
  });
  const keys = splitKeymat(keymat, cipherBytes, integrityBytes);
  keymat.fill(0);
  return keys;
}

/** Soft limits are four fifths of the hard ones. */
export function saLifetime(
  agreement: Pick<Agreement, 'lifetimeSeconds' | 'lifetimeBytes'>,
): SaLifetime {
  const hardSeconds = Math.min(agreement.lifetimeSeconds, longestSeconds);
  const hardBytes = Math.min(agreement.lifetimeBytes, largestBytes);
  return {
    softSeconds: Math.floor(hardSeconds * 0.8),
    hardSeconds,
    softBytes: Math.floor(hardBytes * 0.8),
    hardBytes,
  };
}
