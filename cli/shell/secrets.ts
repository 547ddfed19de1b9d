/** Tells which command lines may give a secret: those are kept nowhere. */
import { nearNames } from '../../lib/core/base/nearest.js';
import { writableProperties } from '../../lib/core/config/menu.js';
import { consoleMenus } from '../../lib/core/console/menu-tree.js';
import { meantProperties } from '../meant-properties.js';

const named = /([A-Za-z][A-Za-z0-9-]*)[ \t]*[=!~<>]/g;

/** A variable may hold a secret until it is used (C-30). */
const setsVariable = /(?:^|[\s;[{]):?local\b/;

const secretNames = consoleMenus.flatMap((menu) =>
  Object.entries(writableProperties(menu)).flatMap(([name, { type }]) => (type.secret ? name : [])),
);

/**
 * Whether a word before `=`, or before an operator of a condition, may be the name of a secret property
 * of any menu, shortened, mistyped or not. A line too many is only missing from the history.
 */
export function givesSecret(text: string): boolean {
  if (setsVariable.test(text)) return true;
  return Array.from(text.matchAll(named), ([, name = '']) => name).some((name) => {
    const meant = meantProperties(name);
    return meant.length > 0
      ? meant.some(({ type }) => type.secret === true)
      : nearNames(name, secretNames).length > 0;
  });
}
