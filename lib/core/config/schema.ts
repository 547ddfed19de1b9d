/** JSON Schema (2020-12) of whatever programs read and write, made from the menus. */
import { tableMenus, tableNames } from './config.js';
import { lifeEventNames } from './engine-event-names.js';
import { approximateValues, jsonValue } from './json.js';
import type { AnyMenu } from './menu.js';
import { commonProperties } from './menu.js';
import { countersMenu } from './menus/counters.js';
import { installedSaMenu } from './menus/installed-sa.js';
import type { JsonSchema, Properties, Property, PropertyType } from './property.js';
import { formatContext } from './references.js';
import { emptyConfig } from './tables.js';
import { ratedProperties } from './weakness.js';

const text = { type: 'string' };
const texts = { type: 'array', items: text };
const wholeNumber = { type: 'integer', minimum: 0 };
const yesNo = { type: 'boolean' };

const id = {
  type: 'string',
  pattern: '^\\*[0-9A-F]+$',
  description: 'The internal id: given once and never to another item.',
};
const epochSeconds = { ...wholeNumber, description: 'Seconds since 1970-01-01 UTC.' };

const menus: readonly AnyMenu[] = [
  ...tableNames.map((name) => tableMenus[name]),
  installedSaMenu,
  countersMenu,
];

/** Every document as a definition of its own; a line of output is one of those named by `anyOf`. */
export function schemaDocument(): JsonSchema {
  const documents = { ...outputDocuments(), watchEvent: watchEvent() };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'ipsecctl',
    description:
      'What `ipsecctl --json` prints, a document a line, and what the library and the control socket take and give. Items of a menu have the menu\'s name; what `add` takes ends in ".add", what `set` takes in ".set". Values marked "x-secret" are key material: programs should not log them.',
    anyOf: Object.keys(documents).map(reference),
    $defs: { ...Object.assign({}, ...menus.map(menuDefinitions)), ...documents },
  };
}

function reference(name: string): JsonSchema {
  return { $ref: `#/$defs/${name}` };
}

/** Fields that must be there, and those that may be. */
function shape(required: JsonSchema, optional: JsonSchema = {}): JsonSchema {
  return {
    type: 'object',
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  };
}

function menuDefinitions(menu: AnyMenu): JsonSchema {
  const item = { [menu.name]: { description: menu.help, ...itemSchema(menu) } };
  if (menu.live !== undefined) return item;
  return {
    ...item,
    [`${menu.name}.add`]: { description: `What add takes: ${menu.help}.`, ...inputSchema(menu) },
    [`${menu.name}.set`]: {
      description: `What set takes: ${menu.help}.`,
      ...inputSchema(menu, { allOptional: true }),
    },
  };
}

function itemSchema(menu: AnyMenu): JsonSchema {
  const required: Record<string, JsonSchema> = {
    id,
    number: { ...wholeNumber, description: 'Position in the listing, from 0.' },
  };
  const optional: Record<string, JsonSchema> = {};
  const common: Properties = menu.live === undefined ? commonProperties : {};
  for (const [name, { type, help }] of Object.entries({ ...common, ...menu.properties })) {
    (type.optional ? optional : required)[name] = valueSchema(type, help);
  }
  for (const { letter, word, shows } of menu.flags.flat()) {
    if (shows === undefined) required[word] = { ...yesNo, description: `Flag ${letter}.` };
  }
  const rated = ratedProperties(menu);
  if (rated.length > 0) {
    optional['weak'] = {
      ...{ type: 'array', items: { enum: rated }, uniqueItems: true },
      description: 'The properties whose values are weak, told by print; explain says why.',
    };
  }
  const approximate = approximateValues(menu);
  if (approximate.length > 0) {
    optional['approximate'] = {
      ...{ type: 'array', items: { enum: approximate }, uniqueItems: true },
      description: 'The counters shown that cannot always be exact; their descriptions say why.',
    };
  }
  for (const [name, { type, help }] of Object.entries(menu.statistics ?? {})) {
    optional[name] = valueSchema(type, `${help} With statistics only.`);
  }
  return shape(required, optional);
}

function inputSchema(menu: AnyMenu, { allOptional = false } = {}): JsonSchema {
  const required: Record<string, JsonSchema> = {};
  const optional: Record<string, JsonSchema> = {};
  for (const [name, property] of Object.entries({ ...menu.properties, ...commonProperties })) {
    const isNeeded = property.default === undefined && property.nextDefault === undefined;
    const schema = valueSchema(property.type, property.help);
    if (isNeeded && !allOptional) required[name] = schema;
    else optional[name] = { ...schema, ...(allOptional ? {} : defaultOf(property)) };
  }
  return shape(required, optional);
}

const newSystem = formatContext(emptyConfig());

function defaultOf({ type, default: given }: Property<unknown>): JsonSchema {
  return given === undefined ? {} : { default: jsonValue(type, given.value, newSystem) };
}

function valueSchema(type: PropertyType<unknown, unknown>, help: string): JsonSchema {
  const own = type.json?.schema ?? text;
  const unit = type.json?.schema['description'];
  const details = [help, typeof unit === 'string' ? unit : '', grammarOf(type)];
  return {
    ...own,
    description: details.filter((part) => part !== '').join(' '),
    // Printing shows secrets, as the console does: so they can be read as well as written.
    ...(type.secret ? { writeOnly: false, 'x-secret': true } : {}),
  };
}

/** Of values that are the console's text. */
function grammarOf({ json, grammar }: PropertyType<unknown, unknown>): string {
  return json === undefined ? `Written as ${grammar}.` : '';
}

function outputDocuments(): Readonly<Record<string, JsonSchema>> {
  const names = { enum: menus.map(({ name }) => name) };
  const place = { line: { type: 'integer', minimum: 1 } };
  return {
    print: {
      description: 'print',
      anyOf: menus.map(({ name }) =>
        shape({ menu: { const: name }, items: { type: 'array', items: reference(name) } }),
      ),
    },
    count: { description: 'print count-only', ...shape({ menu: names, count: wholeNumber }) },
    added: { description: 'add', ...shape({ added: { type: 'array', items: id } }) },
    find: { description: 'find', ...shape({ menu: names, ids: { type: 'array', items: id } }) },
    get: { description: 'get', ...shape({ menu: names, id, values: { type: 'object' } }) },
    put: { description: ':put', ...shape({ put: text }) },
    export: { description: 'export', ...shape({ path: texts, text }) },
    explain: {
      description:
        'explain: by which rules items have no effect, what is to be said of those that have, and what to change.',
      ...shape({ menu: names, items: { type: 'array', items: explanation() } }),
    },
    import: {
      description:
        'import: a file is opened, and all of it was carried out or, in a dry run, checked.',
      ...shape({
        import: shape({ file: text, dryRun: yesNo, state: { enum: ['opened', 'finished'] } }),
      }),
    },
    warning: {
      description: 'A line of a script that was taken, but does not say what it said elsewhere.',
      ...shape({ warning: shape({ text, ...place }, { file: text }) }),
    },
    error: {
      description:
        'On standard error; in a dry run of import on standard output, for each line that would be refused. A refused command has the rule of the specification and its place, in the imported file where one is named; whatever else fails has a code.',
      anyOf: [
        shape({
          error: shape(
            { text, rule: text, ...place, column: { type: 'integer', minimum: 1 } },
            { file: text, hint: text },
          ),
        }),
        shape({ error: shape({ text, code: text }) }),
      ],
    },
  };
}

function explanation(): JsonSchema {
  const reasons = { type: 'array', items: shape({ rule: text, text }) };
  const remarks = { type: 'array', items: shape({ text }) };
  return shape({ id, number: wholeNumber, disabled: yesNo, valid: yesNo, reasons, remarks });
}

function watchEvent(): JsonSchema {
  const table = { menu: { enum: tableNames }, id, number: wholeNumber };
  const changed = { type: 'array', items: text };
  const item = { type: 'object', description: 'The item as print has it, without its secrets.' };
  return {
    description: 'What a watcher is told: rows, phases and SAs, and how many events were left out.',
    anyOf: [
      shape({
        ...{ kind: { const: 'table' }, epochSeconds, ...table },
        ...{ change: { enum: ['added', 'moved'] }, item },
      }),
      shape({
        ...{ kind: { const: 'table' }, epochSeconds, ...table },
        ...{ change: { const: 'changed' }, changed, item },
      }),
      shape({ kind: { const: 'table' }, epochSeconds, ...table, change: { const: 'removed' } }),
      shape(
        {
          ...{ kind: { const: 'engine' }, epochSeconds, name: { enum: lifeEventNames } },
          ...{ level: { enum: ['debug', 'info', 'warn', 'error'] }, message: text },
        },
        {
          reason: text,
          attributes: text,
          weak: text,
          policyId: id,
          peerId: id,
          local: text,
          remote: text,
        },
      ),
      shape({ kind: { const: 'lost' }, epochSeconds, count: wholeNumber }),
    ],
  };
}
