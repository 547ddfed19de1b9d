/** Encrypting and decrypting ISAKMP messages (RFC 2409 5, appendix B). Decrypting proves nothing yet. */
import { concat } from '../../base/bytes.js';
import type { HashName, IkeEncryptionName } from '../../crypto/algorithms.js';
import { encryptionAlgorithm } from '../../crypto/algorithms.js';
import type { CryptoProvider } from '../../crypto/provider.js';
import { encodeHeader, headerBytes } from '../../wire/isakmp-header.js';
import type { DecodedPayload, IsakmpHeader, Payload } from '../../wire/message.js';
import { decodePayloads, encodeMessage, encodePayloads } from '../../wire/message.js';
import type { ReceivedMessage } from '../exchange.js';

export interface MessageKeys {
  readonly crypto: CryptoProvider;
  readonly hash: HashName;
  readonly encryption: IkeEncryptionName;
  readonly encryptionKey: Uint8Array;
}

/** What a header needs that the payloads do not tell. */
export interface MessageFrame {
  readonly initiatorCookie: Uint8Array;
  readonly responderCookie: Uint8Array;
  readonly exchangeType: number;
  readonly messageId: number;
}

export interface DecryptedMessage {
  readonly payloads: readonly DecodedPayload[];
  /** The bytes after the first payload up to the end of the last: what HASH(1) and HASH(2) cover. */
  readonly rest: Uint8Array;
  /** The last cipher block, from where the chain goes on if the message is accepted. */
  readonly lastBlock: Uint8Array;
}

/** Undefined when the body is no whole number of blocks, or decrypts to what is no payload chain. */
export function decryptMessage(
  keys: MessageKeys,
  iv: Uint8Array,
  { header, bytes }: ReceivedMessage,
): DecryptedMessage | undefined {
  const cipherText = bytes.subarray(headerBytes);
  const { blockBytes } = encryptionAlgorithm(keys.encryption);
  if (cipherText.length === 0 || cipherText.length % blockBytes !== 0) return undefined;
  const body = keys.crypto.decrypt(keys.encryption, keys.encryptionKey, iv, cipherText);
  const decoded = decodePayloads(header.nextPayload, body, { allowPadding: true });
  if (!decoded.ok) return undefined;
  const { payloads, consumed } = decoded.value;
  return {
    payloads,
    rest: body.subarray(payloads[0]?.bytes.length ?? 0, consumed),
    lastBlock: cipherText.slice(-blockBytes),
  };
}

export interface SealedMessage {
  readonly datagram: Uint8Array;
  readonly lastBlock: Uint8Array;
}

/** Pads with zeros to whole blocks; the header's length counts the padding (RFC 2409 appendix B). */
export function encryptMessage(
  keys: MessageKeys,
  iv: Uint8Array,
  frame: MessageFrame,
  payloads: readonly Payload[],
): SealedMessage {
  const { blockBytes } = encryptionAlgorithm(keys.encryption);
  const { firstPayload, body } = encodePayloads(payloads);
  const padded = new Uint8Array(Math.ceil(body.length / blockBytes) * blockBytes);
  padded.set(body);
  const cipherText = keys.crypto.encrypt(keys.encryption, keys.encryptionKey, iv, padded);
  const length = headerBytes + cipherText.length;
  const header = encodeHeader(headerOf(frame, true, firstPayload, length));
  return { datagram: concat(header, cipherText), lastBlock: cipherText.slice(-blockBytes) };
}

export function clearMessage(frame: MessageFrame, payloads: readonly Payload[]): Uint8Array {
  // The message's encoder knows what comes first and how long it all is.
  return encodeMessage(headerOf(frame, false, 0, 0), payloads);
}

function headerOf(
  { initiatorCookie, responderCookie, exchangeType, messageId }: MessageFrame,
  encryption: boolean,
  nextPayload: number,
  length: number,
): IsakmpHeader {
  return {
    initiatorCookie,
    responderCookie,
    nextPayload,
    version: { major: 1, minor: 0 },
    exchangeType,
    flags: { encryption, commit: false, authenticationOnly: false },
    messageId,
    length,
  };
}
