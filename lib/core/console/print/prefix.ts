/** What stands before the content of an item, and the legend that explains it (B-02, B-03). */
import type { AnyItem, AnyMenu, View } from '../../config/menu.js';

const numberColumns = 3;

/** An item and the number commands may call it by. */
export interface NumberedItem {
  readonly number: number;
  readonly item: AnyItem;
}

/** One line; none for a menu without flags. */
export function legend({ flags }: AnyMenu): readonly string[] {
  const words = flags.flat().map(({ letter, word }) => `${letter} - ${word}`);
  return words.length === 0 ? [] : [`Flags: ${words.join(', ')}`];
}

/** Everything before the content column. */
export function prefix(menu: AnyMenu, { number, item }: NumberedItem, view: View): string {
  const letters = menu.flags.map(
    (group) => group.find((flag) => flag.applies(item, view))?.letter ?? ' ',
  );
  return `${`${number}`.padStart(numberColumns)} ${letters.join('')} `;
}

/** The lines behind the prefix, the second and later ones below its end. */
export function behind(start: string, lines: readonly string[]): readonly string[] {
  const indent = ' '.repeat(start.length);
  return lines.map((line, index) => `${index === 0 ? start : indent}${line}`);
}
