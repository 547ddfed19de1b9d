/** Words side by side, as the second Tab lists them (C-35). */

const gap = 2;

/** Whether all of the words begin with something longer than that. */
export function goOnAlike(words: readonly string[], typed: string): boolean {
  const [first = ''] = words;
  const longer = first.slice(0, typed.length + 1);
  return longer.length > typed.length && words.every((word) => word.startsWith(longer));
}

/** The words in columns of one width, line by line. */
export function wordList(words: readonly string[], columns: number): string {
  const width = Math.max(0, ...words.map((word) => word.length)) + gap;
  const perLine = Math.max(1, Math.floor((columns + gap) / width));
  const lines: string[] = [];
  for (let index = 0; index < words.length; index += perLine) {
    const cells = words.slice(index, index + perLine).map((word) => word.padEnd(width));
    lines.push(`${cells.join('').trimEnd()}\n`);
  }
  return lines.join('');
}
