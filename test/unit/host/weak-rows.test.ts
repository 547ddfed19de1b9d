import { expect, test } from '@jest/globals';
import { type Config, type TableName, tableMenus } from '../../../lib/core/config/config.js';
import { parseContext } from '../../../lib/core/config/references.js';
import { addItem, emptyConfig, setDisabled, setItems } from '../../../lib/core/config/tables.js';
import { WeakRows } from '../../../lib/host/weak-rows.js';

function withRow(config: Config, table: TableName, values: Readonly<Record<string, string>>) {
  const read = Object.entries(values).map(([name, text]) => {
    const value = tableMenus[table].properties[name]?.type.parse(text, parseContext(config));
    if (value?.ok !== true) throw new Error(`${name}=${text}`);
    return [name, value.value] as const;
  });
  const added = addItem(config, table, Object.fromEntries(read), {});
  if (!added.ok) throw new Error(added.error.text);
  return added.value;
}

const strong = 'Xqcd7ghijklm';

test('hostile 26: a secret that is easily guessed is told once, by its row and without a character of it', () => {
  const rows = new WeakRows();
  const first = withRow(emptyConfig(), 'pre-shared-secret', { address: '1.1.1.1', secret: strong });
  expect(rows.newly(first.config)).toEqual({ rows: [], more: 0 });
  const second = withRow(first.config, 'pre-shared-secret', {
    address: '1.1.1.2',
    secret: 'sviestapika',
  });
  const told = rows.newly(second.config);
  expect(told).toEqual({
    rows: [
      {
        property: 'secret',
        message:
          '/ip ipsec pre-shared-secret 1: secret is weak: it is easily guessed, for it has fewer than 12 bytes: use 12 or more characters that nobody can guess',
      },
    ],
    more: 0,
  });
  expect(JSON.stringify(told)).not.toContain('sviest');
  expect(rows.newly(second.config).rows).toEqual([]);
});

test('a row is told again when it was mended, or disabled, in between', () => {
  const rows = new WeakRows();
  const { config, id } = withRow(emptyConfig(), 'pre-shared-secret', {
    address: '1.1.1.1',
    secret: 'short',
  });
  expect(rows.newly(config).rows).toHaveLength(1);
  const mended = setItems(config, 'pre-shared-secret', [id], { secret: strong });
  const disabled = setDisabled(config, 'pre-shared-secret', [id], true);
  if (!mended.ok || !disabled.ok) throw new Error('refused');
  for (const between of [mended.value, disabled.value]) {
    expect(rows.newly(between).rows).toEqual([]);
    expect(rows.newly(config).rows).toHaveLength(1);
  }
});

test('hostile 26: a weak secret in the place of another is told again, an edit beside it is not', () => {
  const rows = new WeakRows();
  const { config, id } = withRow(emptyConfig(), 'pre-shared-secret', {
    address: '1.1.1.1',
    secret: 'short',
  });
  expect(rows.newly(config).rows).toHaveLength(1);
  const moved = setItems(config, 'pre-shared-secret', [id], { comment: 'the office' });
  const other = setItems(config, 'pre-shared-secret', [id], { secret: 'brief' });
  if (!moved.ok || !other.ok) throw new Error('refused');
  expect(rows.newly(moved.value).rows).toEqual([]);
  const told = rows.newly(other.value).rows;
  expect(told).toHaveLength(1);
  expect(JSON.stringify(told)).not.toContain('brief');
});

test.each(['aggressive', 'base'])(
  'hostile 25: a peer in %s mode is told, one in main mode is not',
  (mode) => {
    const rows = new WeakRows();
    const main = withRow(emptyConfig(), 'peer', { address: '1.1.1.1' });
    expect(rows.newly(main.config).rows).toEqual([]);
    const other = withRow(main.config, 'peer', { address: '1.1.1.2', 'exchange-mode': mode });
    const [told, ...more] = rows.newly(other.config).rows;
    expect(more).toEqual([]);
    expect(told?.message).toMatch(
      new RegExp(`^/ip ipsec peer 1: exchange-mode is weak: with ${mode} mode whoever .* a hash`),
    );
  },
);

test('of many at once eight are named and the others counted', () => {
  let config = emptyConfig();
  for (let n = 0; n < 100; n += 1) {
    ({ config } = withRow(config, 'pre-shared-secret', { address: `1.1.1.${n}`, secret: `s${n}` }));
  }
  const { rows, more } = new WeakRows().newly(config);
  expect([rows.length, more]).toEqual([8, 92]);
});
