/** The table form: one item a line, cells below a header (B-06, B-10). */
import type { AnyMenu, View } from '../../config/menu.js';
import type { FormatContext } from '../../config/property.js';
import { printable } from '../../config/quoting.js';
import { widest, widthOf } from './fill.js';
import type { NumberedItem } from './prefix.js';
import { behind, prefix } from './prefix.js';

const cut = '...';
/** A column is not narrowed below one character and the cut. */
const narrowest = cut.length + 1;

interface Column {
  readonly header: string;
  readonly cells: readonly string[];
  readonly fixed: number | undefined;
}

export interface TableOptions {
  /** The longest line. */
  readonly limit: number;
  readonly view: View;
  readonly format: FormatContext;
}

export function table(
  menu: AnyMenu,
  items: readonly NumberedItem[],
  { limit, view, format }: TableOptions,
): readonly string[] {
  const columns = columnsOf(menu, items, format);
  const starts = items.map((item) => prefix(menu, item, view));
  const widths = columnWidths(columns, limit - widest(starts));
  const header = layOut(
    columns.map((column) => column.header),
    widths,
  );
  const headerStart = `  #${' '.repeat(Math.max(0, (starts[0]?.length ?? 0) - 3))}`;
  const lines = [`${headerStart}${header}`];
  for (const [index, { item }] of items.entries()) {
    const cells = columns.map((column) => column.cells[index] ?? '');
    const row = layOut(cells, widths);
    const content = item.comment === '' ? [row] : [`;;; ${printable(item.comment)}`, row];
    lines.push(...behind(starts[index] ?? '', content));
  }
  return lines;
}

function columnsOf(
  menu: AnyMenu,
  items: readonly NumberedItem[],
  format: FormatContext,
): readonly Column[] {
  return menu.brief.flatMap((name) => {
    const type = menu.properties[name]?.type;
    const cells = items.map(({ item }) => printable(type?.format(item[name], format) ?? ''));
    const unused = menu.whenUsed?.includes(name) && cells.every((cell) => cell === '');
    return unused ? [] : [{ header: name.toUpperCase(), cells, fixed: type?.columnWidth }];
  });
}

/** As wide as the widest cell, the widest column narrowed first when the line is too long. */
function columnWidths(columns: readonly Column[], room: number): readonly number[] {
  const widths = columns.map(({ header, cells, fixed }) => fixed ?? widest([header, ...cells]));
  for (;;) {
    const excess = widths.reduce((sum, width) => sum + width + 1, -1) - room;
    const narrowable = widths.map((width, index) => (columns[index]?.fixed ? 0 : width));
    const [most = 0, next = 0] = narrowable.slice().sort((a, b) => b - a);
    if (excess <= 0 || most <= narrowest) return widths;
    const less = Math.min(excess, Math.max(1, most - Math.max(next, narrowest)));
    widths[narrowable.indexOf(most)] = most - less;
  }
}

/** Left-aligned cells one space apart; the last one is not padded. */
function layOut(cells: readonly string[], widths: readonly number[]): string {
  const texts = cells.map((cell, index) => {
    const width = widths[index] ?? 0;
    const characters = Array.from(cell);
    const shown =
      characters.length > width
        ? `${characters.slice(0, width - cut.length).join('')}${cut}`
        : cell;
    return shown + ' '.repeat(Math.max(0, width - widthOf(shown)));
  });
  return texts.join(' ').trimEnd();
}
