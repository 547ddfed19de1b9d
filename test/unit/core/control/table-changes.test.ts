import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Config } from '../../../../lib/core/config/config.js';
import type { LiveStatus } from '../../../../lib/core/config/live-status.js';
import type { View } from '../../../../lib/core/config/menu.js';
import { emptyConfig } from '../../../../lib/core/config/tables.js';
import { tableChanges } from '../../../../lib/core/control/table-changes.js';
import type { ChangeRequest } from '../../../../lib/core/control/table-requests.js';
import { change } from '../../../../lib/core/control/table-requests.js';

const view = (config: Config): View => ({ config, status: {} as LiveStatus });

function configAfter(config: Config, ...requests: readonly object[]): Config {
  return requests.reduce<Config>((before, request) => {
    const done = change(request as ChangeRequest, before);
    if (!done.ok) throw new Error(done.error.text);
    return done.value.config;
  }, config);
}

const policy = (octet: number) => ({
  ...{ method: 'add', menu: 'policy' },
  values: { 'src-address': `10.0.${octet}.0/24`, 'dst-address': '10.9.0.0/16', action: 'drop' },
});
const move = (id: string, before?: string) => ({
  ...{ method: 'move', menu: 'policy', ids: [id], ...(before === undefined ? {} : { before }) },
});
const told = (before: Config, next: Config) =>
  tableChanges(view(before), view(next)).map(
    ({ menu, change: what, id }) => `${menu} ${what} ${id}`,
  );

const nothing = emptyConfig();
const five = configAfter(nothing, ...[1, 2, 3, 4, 5].map(policy));

describe('what watchers are told', () => {
  test('is the row with its values as they are now', () => {
    expect(tableChanges(view(nothing), view(configAfter(nothing, policy(1))))).toMatchObject([
      {
        ...{ kind: 'table', menu: 'policy', change: 'added', id: '*2', number: 0 },
        item: { id: '*2', number: 0, action: 'drop', invalid: false },
      },
    ]);
  });

  test('is a removal without values', () => {
    const [event, ...others] = tableChanges(
      view(five),
      view(configAfter(five, { method: 'remove', menu: 'policy', ids: ['*4'] })),
    );
    expect(event).toEqual({
      kind: 'table',
      menu: 'policy',
      change: 'removed',
      id: '*4',
      number: 2,
    });
    expect(others).toEqual([]);
  });

  test('is nothing of the rows that only stand elsewhere because of others', () => {
    expect(told(five, configAfter(five, move('*2')))).toEqual(['policy moved *2']);
    expect(told(five, configAfter(five, move('*6', '*2')))).toEqual(['policy moved *6']);
    expect(told(five, configAfter(five, { ...policy(7), placeBefore: '*2' }))).toEqual([
      'policy added *7',
    ]);
  });

  test('is nothing when nothing changed', () => {
    expect(told(five, five)).toEqual([]);
    const same = { ...{ method: 'set', menu: 'policy', ids: ['*2'] }, values: { action: 'drop' } };
    expect(told(five, configAfter(five, same))).toEqual([]);
  });

  test('names what changed of a row, a flag that another row set as well', () => {
    const set = (values: object, menu = 'policy', id = '*3') => ({
      ...{ method: 'set', menu, ids: [id], values },
    });
    const changes = (before: Config, next: Config) =>
      tableChanges(view(before), view(next)).map(({ change: what, number, changed }) => ({
        ...{ what, number, changed },
      }));
    const values = { comment: 'office', disabled: true };
    expect(changes(five, configAfter(five, set(values)))).toEqual([
      { what: 'changed', number: 1, changed: ['disabled', 'comment'] },
    ]);
    const first = { ...policy(3), placeBefore: '*2' };
    expect(changes(five, configAfter(five, first))).toEqual([
      { what: 'added', number: 0, changed: undefined },
      { what: 'changed', number: 3, changed: ['invalid'] },
    ]);
  });

  test('says that a secret changed, and not what it is or was', () => {
    const before = configAfter(nothing, {
      ...{ method: 'add', menu: 'pre-shared-secret' },
      values: { address: '10.0.0.2', secret: 'hunter2' },
    });
    const after = configAfter(before, {
      ...{ method: 'set', menu: 'pre-shared-secret', ids: ['*2'] },
      values: { secret: 'swordfish' },
    });
    const [event] = tableChanges(view(before), view(after));
    expect(event).toMatchObject({ change: 'changed', changed: ['secret'] });
    expect(JSON.stringify(event)).not.toMatch(/hunter2|swordfish/);
  });

  test('includes a row that another row made invalid', () => {
    const twin = { ...policy(3), placeBefore: '*2' };
    expect(told(five, configAfter(five, twin))).toEqual(['policy added *7', 'policy changed *4']);
  });

  test('never is a secret', () => {
    const secret = configAfter(nothing, {
      ...{ method: 'add', menu: 'pre-shared-secret' },
      values: { address: '10.0.0.2', secret: 'hunter2' },
    });
    const keys = configAfter(nothing, {
      ...{ method: 'add', menu: 'manual-sa' },
      values: { 'ah-key': 'feedface' },
    });
    const events = [secret, keys].flatMap((config) => tableChanges(view(nothing), view(config)));
    expect(events).toHaveLength(2);
    expect(JSON.stringify(events)).not.toMatch(/hunter2|feedface/);
    expect(events[0]?.item).toMatchObject({ address: '10.0.0.2' });
  });

  test('names as moved rows whose moving alone makes the new order', () => {
    const ids = ['*2', '*3', '*4', '*5', '*6'];
    fc.assert(
      fc.property(fc.shuffledSubarray(ids, { minLength: 5 }), (order) => {
        const shuffled = configAfter(five, ...order.map((id) => move(id)));
        const moved = new Set(
          tableChanges(view(five), view(shuffled)).map(({ id, change: what }) => {
            expect(what).toBe('moved');
            return id;
          }),
        );
        const stayed = (list: readonly string[]) => list.filter((id) => !moved.has(id));
        expect(stayed(order)).toEqual(stayed(ids));
        // One row that stays is always to be found.
        expect(moved.size).toBeLessThan(ids.length);
      }),
    );
  });
});
