/** Small helpers the exchange tables share. */
import type { DecodedPayload, Payload } from '../../wire/message.js';
import type { PayloadRule, StepResult } from '../exchange.js';
import { ikeLimits } from '../limits.js';

type PayloadOf<T extends Payload['type']> = Extract<DecodedPayload, { type: T }>;

export const once = (type: PayloadRule['type']): PayloadRule => ({ type, min: 1, max: 1 });
export const atMost = (max: number, type: PayloadRule['type']): PayloadRule => ({
  type,
  min: 0,
  max,
});

/** The first payload of a type; there is one wherever the step's rules ask for it. */
export function payloadOf<T extends Payload['type']>(
  payloads: readonly DecodedPayload[],
  type: T,
): PayloadOf<T> | undefined {
  return payloads.find((payload): payload is PayloadOf<T> => payload.type === type);
}

/** The nonce, or a drop when its size is not 8 to 256 bytes (RFC 2409 5). */
export function takeNonce(
  payloads: readonly DecodedPayload[],
): { readonly kind: 'nonce'; readonly data: Uint8Array } | Extract<StepResult, { kind: 'drop' }> {
  const data = payloadOf(payloads, 'NONCE')?.data ?? new Uint8Array(0);
  if (data.length >= ikeLimits.nonceBytesMin && data.length <= ikeLimits.nonceBytesMax) {
    return { kind: 'nonce', data };
  }
  return drop('malformed', `a nonce of ${data.length} bytes where 8 to 256 are allowed`);
}

export function drop(reason: string, message: string): Extract<StepResult, { kind: 'drop' }> {
  return { kind: 'drop', reason, message };
}
