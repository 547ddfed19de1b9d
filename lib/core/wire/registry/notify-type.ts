/** Notify message types: 1..16383 errors, 16384..24575 status, 24576..40959 status of the DOI or private. */
import { numbersOf, type RegistryEntry } from './registry.js';

export const notifyTypes = [
  { number: 1, name: 'INVALID-PAYLOAD-TYPE', reference: 'RFC 2408 3.14.1' },
  { number: 2, name: 'DOI-NOT-SUPPORTED', reference: 'RFC 2408 3.14.1' },
  { number: 3, name: 'SITUATION-NOT-SUPPORTED', reference: 'RFC 2408 3.14.1' },
  { number: 4, name: 'INVALID-COOKIE', reference: 'RFC 2408 3.14.1' },
  { number: 5, name: 'INVALID-MAJOR-VERSION', reference: 'RFC 2408 3.14.1' },
  { number: 6, name: 'INVALID-MINOR-VERSION', reference: 'RFC 2408 3.14.1' },
  { number: 7, name: 'INVALID-EXCHANGE-TYPE', reference: 'RFC 2408 3.14.1' },
  { number: 8, name: 'INVALID-FLAGS', reference: 'RFC 2408 3.14.1' },
  { number: 9, name: 'INVALID-MESSAGE-ID', reference: 'RFC 2408 3.14.1' },
  { number: 10, name: 'INVALID-PROTOCOL-ID', reference: 'RFC 2408 3.14.1' },
  { number: 11, name: 'INVALID-SPI', reference: 'RFC 2408 3.14.1' },
  { number: 12, name: 'INVALID-TRANSFORM-ID', reference: 'RFC 2408 3.14.1' },
  { number: 13, name: 'ATTRIBUTES-NOT-SUPPORTED', reference: 'RFC 2408 3.14.1' },
  { number: 14, name: 'NO-PROPOSAL-CHOSEN', reference: 'RFC 2408 3.14.1' },
  { number: 15, name: 'BAD-PROPOSAL-SYNTAX', reference: 'RFC 2408 3.14.1' },
  { number: 16, name: 'PAYLOAD-MALFORMED', reference: 'RFC 2408 3.14.1' },
  { number: 17, name: 'INVALID-KEY-INFORMATION', reference: 'RFC 2408 3.14.1' },
  { number: 18, name: 'INVALID-ID-INFORMATION', reference: 'RFC 2408 3.14.1' },
  { number: 19, name: 'INVALID-CERT-ENCODING', reference: 'RFC 2408 3.14.1' },
  { number: 20, name: 'INVALID-CERTIFICATE', reference: 'RFC 2408 3.14.1' },
  { number: 21, name: 'CERT-TYPE-UNSUPPORTED', reference: 'RFC 2408 3.14.1' },
  { number: 22, name: 'INVALID-CERT-AUTHORITY', reference: 'RFC 2408 3.14.1' },
  { number: 23, name: 'INVALID-HASH-INFORMATION', reference: 'RFC 2408 3.14.1' },
  { number: 24, name: 'AUTHENTICATION-FAILED', reference: 'RFC 2408 3.14.1' },
  { number: 25, name: 'INVALID-SIGNATURE', reference: 'RFC 2408 3.14.1' },
  { number: 26, name: 'ADDRESS-NOTIFICATION', reference: 'RFC 2408 3.14.1' },
  { number: 27, name: 'NOTIFY-SA-LIFETIME', reference: 'RFC 2408 3.14.1' },
  { number: 28, name: 'CERTIFICATE-UNAVAILABLE', reference: 'RFC 2408 3.14.1' },
  { number: 29, name: 'UNSUPPORTED-EXCHANGE-TYPE', reference: 'RFC 2408 3.14.1' },
  { number: 30, name: 'UNEQUAL-PAYLOAD-LENGTHS', reference: 'RFC 2408 3.14.1' },
  { number: 16384, name: 'CONNECTED', reference: 'RFC 2408 3.14.1' },
  { number: 24576, name: 'RESPONDER-LIFETIME', reference: 'RFC 2407 4.6.3.1' },
  { number: 24577, name: 'REPLAY-STATUS', reference: 'RFC 2407 4.6.3.2' },
  { number: 24578, name: 'INITIAL-CONTACT', reference: 'RFC 2407 4.6.3.3' },
  { number: 36136, name: 'R-U-THERE', reference: 'RFC 3706 5' },
  { number: 36137, name: 'R-U-THERE-ACK', reference: 'RFC 3706 5' },
] as const satisfies readonly RegistryEntry[];

export const notifyType = numbersOf(notifyTypes);

/** Whether a notify reports an error (RFC 2408 3.14.1); everything else is status. */
export function isErrorNotify(number: number): boolean {
  return number >= 1 && number <= 16383;
}

/** The name as a word for counters and logs: one word for all unknown ones, which anybody can send by the thousand. */
export function notifyReason(number: number): string {
  return notifyTypes.find((entry) => entry.number === number)?.name ?? 'unknown-notify';
}
