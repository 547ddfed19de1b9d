/** The command that says why an item has no effect, or not the one it seems to have: explain (A-10, A-30). */
import { ok } from '../../base/result.js';
import { formatId } from '../../config/item-id.js';
import type { AnyItem, AnyMenu, View } from '../../config/menu.js';
import { printable } from '../../config/quoting.js';
import { ratedProperties, type WeakValue, weakValues } from '../../config/weakness.js';
import { fill, widthOf } from '../print/fill.js';
import type { NumberedItem } from '../print/prefix.js';
import { behind, prefix } from '../print/prefix.js';
import { marginColumns } from '../print.js';
import { jsonLine } from './answer.js';
import type { CommandSpec } from './command.js';
import { argument, menuOf, numbers } from './command.js';

export const explain: CommandSpec = {
  name: 'explain',
  yields: true,
  help: 'Says why items have no effect, and what to change.',
  keywords: [],
  unnamed: [numbers],
  argumentHelp: { [numbers]: 'The items; absent: all.' },
  arguments: () => [numbers],
  run: (call) => {
    const given = argument(call, numbers);
    const ids = given === undefined ? undefined : call.itemsOf(given);
    if (ids !== undefined && !ids.ok) return ids;
    const chosen = ids === undefined ? undefined : new Set(ids.value);
    // Reasons name other rows by their place in the table, so rows are numbered by it here.
    const shown = [...call.items.entries()]
      .map(([number, item]) => ({ number, item }))
      .filter(({ item }) => chosen?.has(item.id) ?? true);
    call.number(shown);
    const { view, options } = call;
    const menu = menuOf(call);
    if (options.form === 'json') {
      const items = shown.map((numbered) => explanation(menu, numbered, view));
      return ok({ output: jsonLine({ menu: menu.name, items }) });
    }
    const limit = options.columns - marginColumns;
    const lines = shown.flatMap((numbered) => explained(menu, numbered, { limit, view }));
    return ok({ output: lines.map((line) => `${line}\n`).join('') });
  },
};

/** Whether the menu has anything to explain. */
export function explainsItems(menu: AnyMenu): boolean {
  const { flags, remarks } = menu;
  if (menu.live !== undefined) return false;
  if (remarks !== undefined || ratedProperties(menu).length > 0) return true;
  return flags.flat().some(({ reasons }) => reasons !== undefined);
}

/** What is true of an item though it is valid; of a disabled one nothing matters. */
function remarksOf(menu: AnyMenu, item: AnyItem, view: View): readonly string[] {
  if (item.disabled || reasonsOf(menu, item, view).length > 0) return [];
  return [...(menu.remarks?.(item, view) ?? []), ...weakValues(menu, item, view).map(weakRemark)];
}

function weakRemark({ property, word, why }: WeakValue): string {
  return `${property}${word === undefined ? '' : `=${word}`} is weak: ${why}`;
}

function reasonsOf(menu: AnyMenu, item: AnyItem, view: View) {
  return menu.flags.flat().flatMap(({ reasons }) => reasons?.(item, view) ?? []);
}

/** The same as programs see it. */
export function explanation(menu: AnyMenu, { number, item }: NumberedItem, view: View) {
  const reasons = reasonsOf(menu, item, view);
  const { id, disabled } = item;
  const remarks = remarksOf(menu, item, view).map((text) => ({ text }));
  return { id: formatId(id), number, disabled, valid: reasons.length === 0, reasons, remarks };
}

function explained(
  menu: AnyMenu,
  numbered: NumberedItem,
  { limit, view }: { readonly limit: number; readonly view: View },
): readonly string[] {
  const { item } = numbered;
  const start = prefix(menu, numbered, view);
  const reasons = reasonsOf(menu, item, view).map(({ text }) => text);
  const remarks = remarksOf(menu, item, view).map((text) => `valid, but ${text}`);
  const state = item.disabled ? 'disabled' : 'valid';
  const verdicts = [reasons, remarks].find(({ length }) => length > 0) ?? [state];
  const lines = verdicts.flatMap((verdict) => {
    const text =
      item.disabled && reasons.length > 0 ? `disabled; if it were enabled: ${verdict}` : verdict;
    const words = printable(text).split(' ');
    return fill(
      words.map((word) => ({ text: word, width: widthOf(word) })),
      limit - start.length,
    );
  });
  const content = item.comment === '' ? lines : [`;;; ${printable(item.comment)}`, ...lines];
  return behind(start, content);
}
