/** Items as text in the forms of `print`: property list, table, sheet and terse (B-01 to B-12). */
import type { AnyMenu, View } from '../config/menu.js';
import type { FormatContext } from '../config/property.js';
import { printable, quote } from '../config/quoting.js';
import { palette } from './palette.js';
import { fill } from './print/fill.js';
import type { NumberedItem } from './print/prefix.js';
import { behind, legend, prefix } from './print/prefix.js';
import type { PieceOptions, ShownValue } from './print/shown-values.js';
import { pieces, shownValues } from './print/shown-values.js';
import { table } from './print/table.js';
import { shownText, typedText } from './value-text.js';

export type { NumberedItem } from './print/prefix.js';

export type PrintForm = AnyMenu['printForm'] | 'terse';

export interface PrintOptions {
  readonly form: PrintForm;
  /** The statistics instead of what precedes them (B-12); no difference in a menu without any. */
  readonly statistics: boolean;
  /** Width of the terminal. */
  readonly columns: number;
  /** Names of properties are coloured; the layout stays the same (C-38). */
  readonly colour: boolean;
  readonly view: View;
  readonly format: FormatContext;
}

/** The last columns stay free (B-04). */
export const marginColumns = 3;
const sheetIndent = 4;

/** The items with their numbers, in the order given. */
export function printItems(
  menu: AnyMenu,
  items: readonly NumberedItem[],
  options: PrintOptions,
): string {
  const lines = printedLines(menu, items, options);
  return lines.map((line) => `${line}\n`).join('');
}

function printedLines(
  menu: AnyMenu,
  items: readonly NumberedItem[],
  options: PrintOptions,
): readonly string[] {
  const statistics = options.statistics && menu.statistics !== undefined;
  const values = shownValues(menu, { statistics });
  const limit = options.columns - marginColumns;
  switch (formOf(menu, statistics, options.form)) {
    case 'terse':
      return items.map((item) => terseLine(menu, item, values, options));
    case 'sheet':
      return items.flatMap((item) => sheet(item, values, options));
    case 'brief':
      if (items.length === 0) return legend(menu);
      return [...legend(menu), ...table(menu, items, { limit, ...options })];
    case 'detail': {
      const lists = items.flatMap((item) => [...propertyList(menu, item, values, options), '']);
      // One more empty line ends the list; an empty table is its legend alone (B-05).
      return [...legend(menu), ...lists, ...(items.length > 0 ? [''] : [])];
    }
  }
}

/** Statistics are property lists (B-12), and a menu without columns has no table. */
function formOf(menu: AnyMenu, statistics: boolean, form: PrintForm): PrintForm {
  if (form === 'brief' && menu.brief.length === 0) return menu.printForm;
  return statistics && form !== 'terse' ? 'detail' : form;
}

function pieceOptions({ view, format, colour }: PrintOptions, text: PieceOptions['text']) {
  return { view, format, palette: palette(colour), text };
}

function propertyList(
  menu: AnyMenu,
  numbered: NumberedItem,
  values: readonly ShownValue[],
  options: PrintOptions,
): readonly string[] {
  const { item } = numbered;
  const start = prefix(menu, numbered, options.view);
  const texts = pieces(item, values, pieceOptions(options, shownText));
  const lines = fill(texts, options.columns - marginColumns - start.length);
  const content = item.comment === '' ? lines : [`;;; ${printable(item.comment)}`, ...lines];
  return behind(start, content);
}

/** For programs that read lines: nothing is wrapped, and every value can be typed again as it stands. */
function terseLine(
  menu: AnyMenu,
  numbered: NumberedItem,
  values: readonly ShownValue[],
  options: PrintOptions,
): string {
  const { comment } = numbered.item;
  const settings = pieceOptions(options, typedText);
  const texts = pieces(numbered.item, values, settings).map(({ text }) => text);
  const name = settings.palette.property('comment');
  const all = comment === '' ? texts : [`${name}=${quote(comment)}`, ...texts];
  return `${prefix(menu, numbered, options.view)}${all.join(' ')}`;
}

/** Labels end in one column, the values follow (B-11). */
function sheet(
  { item }: NumberedItem,
  values: readonly ShownValue[],
  { view, format, colour }: PrintOptions,
): readonly string[] {
  const labelColumns = sheetIndent + Math.max(...values.map(({ name }) => name.length));
  return values.flatMap(({ name, type, of }) => {
    const text = type.format(of(item, view), format);
    if (text === undefined) return [];
    const indent = ' '.repeat(labelColumns - name.length);
    return [`${indent}${palette(colour).property(name)}: ${shownText(type, text)}`];
  });
}
