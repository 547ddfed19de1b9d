/** The name of an item of another table, kept as that item's id so that renaming follows. */
import { ok } from '../../base/result.js';
import type { PropertyType } from '../property.js';
import { unknownValue } from '../value-error.js';

const none = 'none';

/** A reference that may be absent: `none`. Names are matched exactly. */
export function optionalReference(table: string): PropertyType<number | undefined, string | null> {
  return {
    json: {
      schema: { type: ['string', 'null'] },
      of: (id, context) => (id === undefined ? null : (context.nameOf(table, id) ?? null)),
    },
    grammar: `name of an item of ${table}, or none`,
    words: [none],
    references: table,
    parse: (text, context) => {
      if (text === none) return ok(undefined);
      const id = context.idOf(table, text);
      return id === undefined ? unknownValue : ok(id);
    },
    format: (id, context) => (id === undefined ? none : context.nameOf(table, id)),
  };
}

export function reference(table: string): PropertyType<number> {
  return {
    grammar: `name of an item of ${table}`,
    references: table,
    parse: (text, context) => {
      const id = context.idOf(table, text);
      return id === undefined ? unknownValue : ok(id);
    },
    format: (id, context) => context.nameOf(table, id),
  };
}
