/** Configurations at random: every property of every table, strings of any bytes, references among them. */
import fc from 'fast-check';
import { tableMenus, tableNames } from '../../../../lib/core/config/config.js';
import { writableProperties } from '../../../../lib/core/config/menu.js';
import type { PropertyType } from '../../../../lib/core/config/property.js';
import { textFromBytes } from '../../../../lib/core/config/quoting.js';
import { parseContext } from '../../../../lib/core/config/references.js';
import type { Config, TableName, Values } from '../../../../lib/core/config/tables.js';
import { addItem, emptyConfig, setItems } from '../../../../lib/core/config/tables.js';

type TextOf = fc.Arbitrary<string>;

const octet = fc.integer({ min: 0, max: 255 });
const address = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));
const port = fc.integer({ min: 1, max: 65_535 });
const ports = fc.oneof(
  fc.constant('any'),
  port.map(String),
  fc.tuple(port, port).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
);
const length = fc.integer({ min: 0, max: 32 });
const bytesText = fc.uint8Array({ minLength: 1, maxLength: 60 }).map(textFromBytes);
const awkward = fc.constantFrom('a b', '$x', 'why?', '"', '\\', 'a\nb', ';', '[find]', '#', 'x=y');
const text = fc.oneof(bytesText, awkward, fc.string({ unit: 'binary', minLength: 1 }));
const spi = fc.integer({ min: 0x100, max: 0xffff_ffff }).map((value) => value.toString(16));
const key = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const pair = (half: TextOf) => fc.tuple(half, half).map((halves) => halves.join('/'));

/** Texts for the properties whose types do not say which words they take. */
const texts: Readonly<Record<string, TextOf>> = {
  'src-address': fc.tuple(address, length, ports).map(([a, l, p]) => `${a}/${l}:${p}`),
  'dst-address': fc.tuple(address, length, ports).map(([a, l, p]) => `${a}/${l}:${p}`),
  protocol: octet.map(String),
  'sa-src-address': address,
  'sa-dst-address': address,
  name: text,
  comment: text,
  'ident-string': text,
  secret: text.map((value) => (value.startsWith('0x') ? `-${value}` : value)),
  'ah-key': pair(key),
  'esp-auth-key': pair(key),
  'esp-enc-key': pair(key),
  'ah-spi': pair(spi),
  'esp-spi': pair(spi),
  lifetime: fc.nat(0xffff_ffff).map(String),
  lifebytes: fc.nat(0xffff_ffff).map(String),
};

function textFor(table: TableName, name: string, type: PropertyType<unknown, unknown>): TextOf {
  if (table === 'peer' && name === 'address') {
    return fc.tuple(address, length, port).map(([a, l, p]) => `${a}/${l}:${p}`);
  }
  if (table === 'pre-shared-secret' && name === 'address') return address;
  const known = texts[name];
  if (known !== undefined) return known;
  const words = type.words ?? [];
  return type.list
    ? fc.subarray([...words], { minLength: 1 }).map((some) => some.join(','))
    : fc.constantFrom(...words);
}

interface Step {
  readonly table: TableName;
  readonly texts: Readonly<Record<string, string | undefined>>;
  /** Which of the items already there a reference means. */
  readonly pick: number;
}

function stepFor(table: TableName): fc.Arbitrary<Step> {
  const properties = Object.entries(writableProperties(tableMenus[table])).filter(
    ([, { type }]) => type.references === undefined,
  );
  const record = Object.fromEntries(
    properties.map(([name, { type }]) => [
      name,
      fc.option(textFor(table, name, type), { nil: undefined }),
    ]),
  );
  return fc.record({ table: fc.constant(table), texts: fc.record(record), pick: fc.nat(8) });
}

/** The configuration after the step, or the same one where the table refuses it. */
function after(config: Config, { table, texts: given, pick }: Step): Config {
  const values: Record<string, unknown> = {};
  for (const [name, { type }] of Object.entries(writableProperties(tableMenus[table]))) {
    const items = type.references === undefined ? [] : referable(config, type.references);
    if (items.length > 0) values[name] = items[pick % items.length];
    const value = given[name];
    const parsed = value === undefined ? undefined : type.parse(value, parseContext(config));
    if (parsed?.ok) values[name] = parsed.value;
  }
  const added = addItem(config, table, values as Values<TableName>);
  return added.ok ? added.value.config : config;
}

function referable(config: Config, table: string): readonly number[] {
  return config.tables[table as TableName].map(({ id }) => id);
}

/** Items of every table, and a default proposal that is not as it was. */
export const anyConfig: fc.Arbitrary<Config> = fc
  .tuple(
    fc.array(fc.oneof(...tableNames.map(stepFor)), { maxLength: 12 }),
    fc.option(text, { nil: undefined }),
  )
  .map(([steps, comment]) => {
    const config = steps.reduce(after, emptyConfig());
    const [preset] = config.tables.proposal;
    if (comment === undefined || preset === undefined) return config;
    const changed = setItems(config, 'proposal', [preset.id], { comment, lifetime: 77 });
    return changed.ok ? changed.value : config;
  });
