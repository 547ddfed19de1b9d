/** Tells which command lines give a secret: those are kept nowhere. */
import type { AnyMenu } from '../../lib/core/config/menu.js';
import { writableProperties } from '../../lib/core/config/menu.js';
import { consoleMenus } from '../../lib/core/console/menu-tree.js';

const named = /([A-Za-z][A-Za-z0-9-]*)[ \t]*[=!~<>]/g;

/**
 * Whether a word before `=`, or before an operator of a condition, may be the name of a secret property
 * of any menu, shortened or not. A line too many is only missing from the history.
 */
export function givesSecret(text: string): boolean {
  return Array.from(text.matchAll(named), ([, name = '']) => name).some((name) =>
    consoleMenus.some((menu) => meansSecret(name, menu)),
  );
}

function meansSecret(name: string, menu: AnyMenu): boolean {
  const properties = Object.entries(writableProperties(menu));
  const exact = properties.find(([known]) => known === name);
  const meant = exact ? [exact] : properties.filter(([known]) => known.startsWith(name));
  return meant.some(([, { type }]) => type.secret === true);
}
