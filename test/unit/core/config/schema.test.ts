/** The schema against what the system prints. The little checker reads the words the schema uses, and no others. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Config } from '../../../../lib/core/config/config.js';
import { commonProperties, propertyOf } from '../../../../lib/core/config/menu.js';
import { schemaDocument } from '../../../../lib/core/config/schema.js';
import { emptyConfig } from '../../../../lib/core/config/tables.js';
import { commandsAt, globalCommands } from '../../../../lib/core/console/commands/catalogue.js';
import { consoleMenus, type MenuNode, menuTree } from '../../../../lib/core/console/menu-tree.js';
import { tableChanges } from '../../../../lib/core/control/table-changes.js';
import { idleStatus, newConsole } from '../console/fake-host.js';
import { anyConfig } from '../console/random-config.js';

type Schema = Readonly<Record<string, unknown>>;

const root = schemaDocument();
const definitions = root['$defs'] as Readonly<Record<string, Schema>>;
const annotations = new Set([
  'description',
  'default',
  'writeOnly',
  'x-secret',
  '$schema',
  'title',
  '$defs',
]);

function defined(name: string): Schema {
  const schema = definitions[name];
  if (schema === undefined) throw new Error(`the schema does not define ${name}`);
  return schema;
}

/** Why the value does not fit; undefined when it does. */
function misfit(schema: Schema, value: unknown, place = '$'): string | undefined {
  for (const [word, wanted] of Object.entries(schema)) {
    if (annotations.has(word)) continue;
    const check = checks[word];
    if (check === undefined) throw new Error(`the schema uses ${word}`);
    const problem = check(wanted, value, place, schema);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

type Check = (wanted: unknown, value: unknown, place: string, schema: Schema) => string | undefined;

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

const said = (isFine: boolean, place: string, what: string) =>
  isFine ? undefined : `${place}: ${what}`;

const checks: Readonly<Record<string, Check>> = {
  $ref: (wanted, value, place) =>
    misfit(defined(`${wanted}`.replace('#/$defs/', '')), value, place),
  anyOf: (wanted, value, place) => {
    const problems = (wanted as readonly Schema[]).map((one) => misfit(one, value, place));
    return problems.includes(undefined) ? undefined : problems.join('; ');
  },
  type: (wanted, value, place) => {
    const types = Array.isArray(wanted) ? wanted : [wanted];
    return said(types.includes(typeOf(value)), place, `is ${typeOf(value)}, not ${wanted}`);
  },
  const: (wanted, value, place) => said(value === wanted, place, `is not ${wanted}`),
  enum: (wanted, value, place) =>
    said((wanted as readonly unknown[]).includes(value), place, `is not one of ${wanted}`),
  pattern: (wanted, value, place) =>
    said(new RegExp(`${wanted}`).test(`${value}`), place, `does not match ${wanted}`),
  minimum: (wanted, value, place) => said(Number(value) >= Number(wanted), place, 'is too small'),
  maximum: (wanted, value, place) => said(Number(value) <= Number(wanted), place, 'is too large'),
  uniqueItems: (_, value, place) => {
    const list = value as readonly unknown[];
    return said(new Set(list).size === list.length, place, 'repeats something');
  },
  minItems: (wanted, value, place) =>
    said((value as readonly unknown[]).length >= Number(wanted), place, 'is too short'),
  items: (wanted, value, place) =>
    (value as readonly unknown[])
      .map((element, index) => misfit(wanted as Schema, element, `${place}[${index}]`))
      .find((problem) => problem !== undefined),
  required: (wanted, value, place) =>
    (wanted as readonly string[])
      .map((name) => said(isObject(value) && Object.hasOwn(value, name), place, `has no ${name}`))
      .find((problem) => problem !== undefined),
  additionalProperties: (_, value, place, { properties }) =>
    Object.keys(value as Schema)
      .map((name) => said(Object.hasOwn(properties as Schema, name), place, `has ${name}`))
      .find((problem) => problem !== undefined),
  properties: (wanted, value, place) =>
    Object.entries(wanted as Readonly<Record<string, Schema>>)
      .map(([name, schema]) => {
        const isThere = isObject(value) && Object.hasOwn(value, name);
        return isThere ? misfit(schema, value[name], `${place}.${name}`) : undefined;
      })
      .find((problem) => problem !== undefined),
};

function printed(config: Config, command: string): unknown {
  const { host, session } = newConsole();
  host.commit(config);
  const { output, error } = session.execute(command, { form: 'json' });
  if (error !== undefined) throw new Error(error.text);
  return JSON.parse(output);
}

/** Of every command what it prints in its several ways, and some that are refused, in this order. */
const examples: Readonly<Record<string, readonly string[]>> = {
  add: [
    '/ip ipsec policy add action=encrypt',
    '/ip ipsec policy add action=drop src-address=10.0.0.1',
    '/ip ipsec pre-shared-secret add address=10.0.0.2 secret=a',
    '/ip ipsec policy add action=nothing',
  ],
  set: ['/ip ipsec policy set 0 comment=x', '/ip ipsec policy bogus'],
  comment: ['/ip ipsec policy comment 0 y'],
  disable: ['/ip ipsec policy disable 0'],
  enable: ['/ip ipsec policy enable 0'],
  move: ['/ip ipsec policy move 1 0'],
  print: [
    '/ip ipsec policy print',
    '/ip ipsec policy print stats where disabled=no',
    '/ip ipsec policy print count-only',
    '/ip ipsec policy print file=list',
  ],
  find: ['/ip ipsec policy find'],
  get: [
    '/ip ipsec policy get 0',
    '/ip ipsec policy get 0 action',
    '/ip ipsec counters get',
    ':put [/ip ipsec proposal get default name]',
  ],
  explain: ['/ip ipsec policy explain'],
  edit: ['/ip ipsec policy edit 0 comment'],
  remove: ['/ip ipsec policy remove 0', '/ip ipsec policy remove 9'],
  flush: ['/ip ipsec installed-sa flush'],
  local: [':local a b'],
  put: [':put hello'],
  export: ['/export', '/export file=all'],
  import: [
    '/import good',
    '/import good dry-run',
    '/import bad',
    '/import bad dry-run',
    '/import later compat=yes',
    '/import none',
  ],
};

describe('the schema', () => {
  test('describes every document that the console prints, for any configuration', () => {
    fc.assert(
      fc.property(anyConfig, (config) => {
        for (const { name, live } of consoleMenus) {
          const command = (words: string) => printed(config, `/ip ipsec ${name} ${words}`);
          const documents = [
            command('print'),
            ...(live === undefined ? [command('print stats')] : []),
          ];
          for (const document of documents) {
            expect(misfit(defined('print'), document)).toBeUndefined();
            expect(misfit(root, document)).toBeUndefined();
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    ['count', '/ip ipsec policy print count-only'],
    ['find', '/ip ipsec proposal find'],
    ['get', '/ip ipsec proposal get default lifetime'],
    ['export', '/ip ipsec export'],
    ['explain', '/ip ipsec policy explain'],
    ['added', '/ip ipsec proposal add'],
    ['put', ':put hello'],
  ])('describes the document of %s, and of that alone', (name, command) => {
    const { host, run } = newConsole();
    run('/ip ipsec policy add action=encrypt');
    const document = printed(host.config(), command);
    expect(misfit(defined(name), document)).toBeUndefined();
    const others = (root['anyOf'] as readonly Schema[]).filter(
      ({ $ref }) => $ref !== `#/$defs/${name}`,
    );
    expect(others.filter((other) => misfit(other, document) === undefined)).toEqual([]);
  });

  test('describes every line that commands of every kind print', () => {
    const { host, session } = newConsole();
    host.files.set('good.rsc', '/ip ipsec proposal add name=p2\n');
    host.files.set('bad.rsc', '/ip ipsec bogus\n');
    host.files.set(
      'later.rsc',
      '/ip ipsec proposal add name=p3\n/ip ipsec peer add address=10.0.0.3 generate-policy=no\n',
    );
    const kinds = new Set<string>();
    for (const command of Object.values(examples).flat()) {
      const { output, error } = session.execute(command, { form: 'json' });
      const lines = output.split('\n').slice(0, -1);
      const documents: unknown[] = lines.map((line) => JSON.parse(line));
      if (error !== undefined) documents.push({ error });
      for (const document of documents) {
        expect({ command, misfit: misfit(root, document) }).toEqual({ command });
        kinds.add(Object.keys(document as object).join());
      }
    }
    const known = [menuTree(consoleMenus)].flatMap(function all(node: MenuNode): string[] {
      return [...commandsAt(node).map(({ name }) => name), ...node.children.flatMap(all)];
    });
    const names = new Set([...known, ...globalCommands.map(({ name }) => name)]);
    expect(Object.keys(examples).sort()).toEqual([...names].sort());
    expect(kinds).toContain('import');
    expect(kinds).toContain('warning');
    expect(kinds).toContain('error');
  });

  test('describes errors and watch events', () => {
    const { session } = newConsole();
    const { error } = session.execute('/ip ipsec policy bogus');
    expect(misfit(defined('error'), { error })).toBeUndefined();
    expect(
      misfit(defined('error'), { error: { text: 'x', code: 'ERR_IPSEC_NO_DAEMON' } }),
    ).toBeUndefined();
    fc.assert(
      fc.property(anyConfig, (config) => {
        const view = (of: Config) => ({ config: of, status: idleStatus });
        const nothing = emptyConfig();
        const changes = [
          ...tableChanges(view(nothing), view(config)),
          ...tableChanges(view(config), view(nothing)),
        ];
        for (const change of changes) {
          const event = JSON.parse(JSON.stringify({ ...change, epochSeconds: 1 }));
          expect(misfit(defined('watchEvent'), event)).toBeUndefined();
        }
      }),
      { numRuns: 30 },
    );
  });

  test('tells what is missing, misspelt or of another kind', () => {
    expect(misfit(defined('peer.add'), { address: '10.0.0.1' })).toBeUndefined();
    expect(misfit(defined('peer.add'), {})).toBe('$: has no address');
    expect(misfit(defined('peer.set'), {})).toBeUndefined();
    expect(misfit(defined('policy.add'), { acton: 'drop' })).toBe('$: has acton');
    expect(misfit(defined('policy.add'), { action: 'encrypted' })).toMatch(
      /^\$.action: is not one of/,
    );
    expect(misfit(defined('policy.add'), { tunnel: 'yes' })).toMatch(/^\$.tunnel: is string/);
    expect(misfit(defined('policy.add'), { 'manual-sa': null })).toBeUndefined();
    expect(misfit(defined('proposal.add'), { lifetime: -1 })).toBe('$.lifetime: is too small');
  });

  test('says of every menu what its properties are, their defaults, and which are secret', () => {
    const secrets: string[] = [];
    for (const menu of consoleMenus) {
      const properties = defined(menu.name)['properties'] as Readonly<Record<string, Schema>>;
      const names = [
        ...Object.keys(menu.properties),
        ...(menu.live ? [] : Object.keys(commonProperties)),
      ];
      for (const name of names) {
        const schema = properties[name];
        expect(schema?.['description']).toContain(
          (menu.live ? menu.properties[name] : propertyOf(menu, name))?.help ?? '',
        );
        if (schema?.['x-secret'] === true) secrets.push(`${menu.name} ${name}`);
      }
    }
    expect(secrets.sort()).toEqual([
      ...['installed-sa auth-key', 'installed-sa enc-key', 'manual-sa ah-key'],
      ...['manual-sa esp-auth-key', 'manual-sa esp-enc-key', 'pre-shared-secret secret'],
    ]);
    const add = defined('policy.add')['properties'] as Readonly<Record<string, Schema>>;
    expect(add['proposal']?.['default']).toBe('default');
    expect(add['manual-sa']?.['default']).toBeNull();
    expect(add['ipsec-protocols']?.['default']).toEqual(['esp']);
  });
});
