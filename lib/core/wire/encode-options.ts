/** How to write what may be written in more than one way. */

export interface EncodeOptions {
  /**
   * Writes the reserved bits a decoder found set, for the exact bytes of a received message. By
   * default they are zero, as RFC 2408 3 demands of a sender, whatever a payload was copied from.
   */
  readonly keepReserved?: boolean;
}
