/** One Diffie-Hellman exchange: of phase 1, or of a quick mode with PFS (RFC 2409 5, 5.5). */
import { equalBytes } from '../../base/bytes.js';
import type { Secret } from '../../base/secret.js';
import type { DhGroupName } from '../../crypto/algorithms.js';
import { dhGroup } from '../../crypto/algorithms.js';
import type { DecodedPayload } from '../../wire/message.js';
import type { Pending, StepResult } from '../exchange.js';
import { drop, payloadOf } from './payloads.js';

/** Fills up as the exchange goes on; every private part is wiped once it has served. */
export interface KeyExchange {
  readonly group: DhGroupName;
  privateKey?: Secret | undefined;
  localPublic?: Uint8Array | undefined;
  remotePublic?: Uint8Array | undefined;
  sharedSecret?: Secret | undefined;
  /** The peer's value turned out to be one the group forbids. */
  invalid?: boolean;
  /** The private part serves again if the peer's message turns out to be forged. */
  keepPrivateKey?: boolean;
}

/** Back to before the peer's value came. */
export function forgetPeerValue(exchange: KeyExchange): void {
  exchange.sharedSecret?.wipe();
  exchange.sharedSecret = undefined;
  exchange.remotePublic = undefined;
}

/** Waits for our own key pair; undefined once it is there. */
export function generateKeyPair(exchange: KeyExchange): Pending | undefined {
  if (exchange.localPublic !== undefined) return undefined;
  return {
    kind: 'pending',
    on: 'compute',
    job: { kind: 'dhGenerate', group: exchange.group },
    receive: (result) => {
      if (result.kind !== 'dhGenerated') return;
      exchange.privateKey = result.privateKey;
      exchange.localPublic = result.publicValue;
    },
  };
}

/**
 * Takes the peer's KE payload and goes on until the shared secret is there. A value of the wrong
 * length, or outside 1 < y < p - 1, is dropped: a better message may still come (hostile #8).
 */
export function agreeOnSecret(
  exchange: KeyExchange,
  payloads: readonly DecodedPayload[],
): StepResult {
  const value = payloadOf(payloads, 'KE')?.data ?? new Uint8Array(0);
  const wanted = dhGroup(exchange.group).publicBytes;
  if (value.length !== wanted) {
    return drop(
      'invalid-key',
      `the peer's public value has ${value.length} bytes where ${exchange.group} has ${wanted}`,
    );
  }
  if (exchange.invalid === true) {
    exchange.invalid = false;
    return drop('invalid-key', `the peer's public value is not one ${exchange.group} allows`);
  }
  const generation = generateKeyPair(exchange);
  if (generation !== undefined) return generation;
  const { privateKey, localPublic } = exchange;
  if (localPublic !== undefined && equalBytes(localPublic, value)) {
    return drop('reflected', 'our own public value came back');
  }
  if (exchange.sharedSecret !== undefined || privateKey === undefined) return { kind: 'ok' };
  exchange.remotePublic = value;
  return {
    kind: 'pending',
    on: 'compute',
    job: { kind: 'dhDerive', group: exchange.group, privateKey, peerPublic: value },
    receive: (result) => {
      if (result.kind !== 'dhDerived') {
        exchange.invalid = true;
        return;
      }
      exchange.sharedSecret = result.sharedSecret;
      if (exchange.keepPrivateKey === true) return;
      privateKey.wipe();
      exchange.privateKey = undefined;
    },
  };
}
