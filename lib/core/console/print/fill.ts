/** Pieces of text placed on lines (B-04). */

/** A text, and how many columns it takes: colours take none. */
export interface Piece {
  readonly text: string;
  readonly width: number;
}

const surrogate = /[\ud800-\udfff]/;

/** Every character counts one, whatever a terminal makes of it. */
export function widthOf(text: string): number {
  return surrogate.test(text) ? Array.from(text).length : text.length;
}

export function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, widthOf(text)), 0);
}

/** Greedy filling of a first line and later ones; what is longer than a line stands alone, unbroken. */
export function fill(pieces: readonly Piece[], first: number, later = first): readonly string[] {
  const lines: string[] = [];
  let line = '';
  let room = 0;
  for (const [index, { text, width }] of pieces.entries()) {
    if (index > 0 && 1 + width <= room) {
      line += ` ${text}`;
      room -= 1 + width;
    } else {
      if (index > 0) lines.push(line);
      line = text;
      room = (lines.length === 0 ? first : later) - width;
    }
  }
  if (pieces.length > 0) lines.push(line);
  return lines;
}
