/** SPIs: four bytes on the wire, a number in the data plane, hexadecimal for people (RFC 4301 4.1; spec A-00). */

export function spiBytes(spi: number): Uint8Array {
  return Uint8Array.of(spi >>> 24, spi >>> 16, spi >>> 8, spi);
}

/** The number four bytes stand for. */
export function spiNumber(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}

/** Upper-case hexadecimal without prefix or padding, as the tables print it. */
export function spiText(spi: number): string {
  return spi.toString(16).toUpperCase();
}
