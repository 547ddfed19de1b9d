/** Items as text: property list, table, and the legend above them (B-01 to B-12). */
import type { AnyItem, AnyMenu, View } from '../config/menu.js';
import type { FormatContext, PropertyType } from '../config/property.js';
import { printable, quote } from '../config/quoting.js';

export type PrintForm = 'detail' | 'brief' | 'stats' | 'sheet';

export interface PrintOptions {
  readonly form: PrintForm;
  /** Width of the terminal. */
  readonly columns: number;
  readonly view: View;
  readonly format: FormatContext;
}

/** The last columns stay free (B-04). */
const marginColumns = 3;
const numberColumns = 3;
const cut = '...';

/** An item and the number commands may call it by. */
export interface NumberedItem {
  readonly number: number;
  readonly item: AnyItem;
}

/** The items with their numbers, in the order given. */
export function printItems(
  menu: AnyMenu,
  items: readonly NumberedItem[],
  options: PrintOptions,
): string {
  const form = options.form === 'stats' && menu.statistics === undefined ? 'detail' : options.form;
  const lines = [legend(menu)];
  if (items.length > 0 && form === 'brief') lines.push(...table(menu, items, options));
  else if (items.length > 0) {
    const names = form === 'stats' ? statisticsNames(menu) : Object.keys(menu.properties);
    for (const { number, item } of items) {
      lines.push(...propertyList(menu, item, number, names, options), '');
    }
    lines.push('');
  }
  return `${lines.join('\n')}\n`;
}

function legend({ flags }: AnyMenu): string {
  const words = flags.flat().map(({ letter, word }) => `${letter} - ${word}`);
  return `Flags: ${words.join(', ')}`;
}

/** Everything before the content column (B-03). */
function prefix(menu: AnyMenu, item: AnyItem, number: number, view: View): string {
  const letters = menu.flags.map(
    (group) => group.find((flag) => flag.applies(item, view))?.letter ?? ' ',
  );
  return `${`${number}`.padStart(numberColumns)} ${letters.join('')} `;
}

function statisticsNames(menu: AnyMenu): readonly string[] {
  return [
    ...(menu.statisticsAfter ?? Object.keys(menu.properties)),
    ...Object.keys(menu.statistics ?? {}),
  ];
}

/** A value and the type that writes it; undefined for a hidden property. */
function shownValue(
  menu: AnyMenu,
  item: AnyItem,
  name: string,
  view: View,
): { readonly type: PropertyType<unknown, unknown>; readonly value: unknown } | undefined {
  const statistic = menu.statistics?.[name];
  if (statistic !== undefined) return { type: statistic.type, value: statistic.value(item, view) };
  const property = menu.properties[name];
  if (property === undefined || property.hidden === true) return undefined;
  return { type: property.type, value: item[name] };
}

function propertyList(
  menu: AnyMenu,
  item: AnyItem,
  number: number,
  names: readonly string[],
  { columns, view, format }: PrintOptions,
): readonly string[] {
  const start = prefix(menu, item, number, view);
  const indent = ' '.repeat(start.length);
  const texts: string[] = [];
  for (const name of names) {
    const found = shownValue(menu, item, name, view);
    const text = found?.type.format(found.value, format);
    if (found !== undefined && text !== undefined) {
      texts.push(`${name}=${quoted(found.type, text)}`);
    }
  }
  const lines = fill(texts, columns - marginColumns - start.length);
  const content = item.comment === '' ? lines : [`;;; ${printable(item.comment)}`, ...lines];
  return content.map((line, index) => `${index === 0 ? start : indent}${line}`);
}

function quoted({ quoting }: PropertyType<unknown, unknown>, text: string): string {
  const quotes = quoting === 'always' || (quoting === 'whenEmpty' && text === '');
  return quotes ? quote(text) : text;
}

/** Greedy filling; what is longer than a line stands alone, unbroken (B-04). */
function fill(texts: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  let room = 0;
  for (const text of texts) {
    const needed = widthOf(text);
    if (lines.length > 0 && 1 + needed <= room) {
      lines.push(`${lines.pop()} ${text}`);
      room -= 1 + needed;
    } else {
      lines.push(text);
      room = width - needed;
    }
  }
  return lines;
}

function widthOf(text: string): number {
  return Array.from(text).length;
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, widthOf(text)), 0);
}

interface Column {
  readonly header: string;
  readonly cells: readonly string[];
  readonly fixed: number | undefined;
}

function table(
  menu: AnyMenu,
  items: readonly NumberedItem[],
  options: PrintOptions,
): readonly string[] {
  const { view, format } = options;
  const columns = menu.brief
    .map((name): Column => {
      const type = menu.properties[name]?.type;
      const cells = items.map(({ item }) => printable(type?.format(item[name], format) ?? ''));
      return { header: name.toUpperCase(), cells, fixed: type?.columnWidth };
    })
    .filter(
      ({ cells }, index) =>
        !menu.whenUsed?.includes(menu.brief[index] ?? '') || cells.some((cell) => cell !== ''),
    );
  const prefixes = items.map(({ number, item }) => prefix(menu, item, number, view));
  const longest = widest(prefixes);
  const widths = columnWidths(columns, options.columns - marginColumns - longest);
  const row = (start: string, cells: readonly string[]) => `${start}${layOut(cells, widths)}`;
  const headerStart = ' '.repeat(prefixes[0]?.length ?? 0).replace(/^ {3}/, '  #');
  const lines = [
    row(
      headerStart,
      columns.map(({ header }) => header),
    ),
  ];
  for (const [index, { item }] of items.entries()) {
    const cells = columns.map((column) => column.cells[index] ?? '');
    const start = prefixes[index] ?? '';
    if (item.comment === '') lines.push(row(start, cells));
    else {
      lines.push(`${start};;; ${printable(item.comment)}`);
      lines.push(row(' '.repeat(start.length), cells));
    }
  }
  return lines;
}

/** As wide as the widest cell, the widest column narrowed first when the line is too long (B-10). */
function columnWidths(columns: readonly Column[], width: number): readonly number[] {
  const widths = columns.map(({ header, cells, fixed }) => fixed ?? widest([header, ...cells]));
  const total = () => widths.reduce((sum, each) => sum + each + 1, -1);
  while (total() > width) {
    const narrowable = widths.map((each, index) =>
      columns[index]?.fixed === undefined ? each : 0,
    );
    const most = Math.max(...narrowable);
    if (most <= cut.length + 1) break;
    widths[narrowable.indexOf(most)] = most - 1;
  }
  return widths;
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
    return index === cells.length - 1 ? shown : shown + ' '.repeat(width - widthOf(shown));
  });
  return texts.join(' ').trimEnd();
}
