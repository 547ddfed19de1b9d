/** Vendor id payload (RFC 2408 3.16). */
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import type { Reserved } from './generic-header.js';

// +---------------------------------------------------------------+
// | vendor id ...                                                 |
// +---------------------------------------------------------------+

export interface VendorPayload extends Reserved {
  readonly type: 'VID';
  /** Usually a hash of a vendor's phrase, sometimes with a version after it. */
  readonly data: Uint8Array;
}

export function decodeVendor(reader: Reader): VendorPayload {
  return { type: 'VID', data: reader.rest() };
}

export function encodeVendor(writer: Writer, payload: VendorPayload): void {
  writer.bytes(payload.data);
}
