/** Conditions of `find` and `print`: given as exact values, sent as the console writes them (C-24). */
import { textOfJson } from '../core/config/json-text.js';
import { quote } from '../core/config/quoting.js';

/** The text of a condition. Throws a `TypeError` for a value that no property can have. */
export function conditionText(where: string | Readonly<Record<string, unknown>>): string {
  if (typeof where === 'string') return where;
  return Object.entries(where)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(name)) {
        throw new TypeError(`"${name}" is no name of a property`);
      }
      const text = textOfJson(value);
      if (text === undefined) throw new TypeError(`${name}: no value a property can have`);
      return `${name}=${quote(text)}`;
    })
    .join(' ');
}
