import { describe, expect, test } from '@jest/globals';
import type { Config } from '../../../../lib/core/config/config.js';
import type { LiveStatus } from '../../../../lib/core/config/live-status.js';
import { emptyConfig } from '../../../../lib/core/config/tables.js';
import { LiveIds } from '../../../../lib/core/console/items.js';
import type { ChangeRequest, TableView } from '../../../../lib/core/control/table-requests.js';
import {
  change,
  explain,
  policyToInitiate,
  rows,
} from '../../../../lib/core/control/table-requests.js';

const counters = {
  ...{ outAccept: 0, outDrop: 0, outEncrypt: 7, inAccept: 0, inDrop: 0, inDecrypted: 5 },
  ...{ inAcceptIsakmp: 0, outAcceptIsakmp: 0, inDropEncryptedExpected: 0 },
};
const status: LiveStatus = { peers: new Map(), policies: new Map(), installedSas: [], counters };

function viewOf(config: Config): TableView {
  return {
    config,
    status: () => status,
    liveIds: new LiveIds(),
    formatTime: (seconds) => `${seconds}`,
    matcher: (pattern) => (text) => text.includes(pattern),
  };
}

/** The configuration after requests that are all taken. */
function configAfter(...requests: readonly ChangeRequest[]): Config {
  return requests.reduce((config, request) => {
    const done = change(request, config);
    if (!done.ok) throw new Error(done.error.text);
    return done.value.config;
  }, emptyConfig());
}

const add = (menu: string, values: Record<string, unknown>): ChangeRequest => ({
  ...{ method: 'add', menu, values },
});

const ends = { 'sa-src-address': '10.0.0.1', action: 'encrypt' };
const twoPolicies = [
  add('policy', { ...ends, 'sa-dst-address': '10.0.0.2' }),
  add('policy', { ...ends, 'sa-dst-address': '10.0.0.3', comment: 'second' }),
];

function items(config: Config, request: Partial<Parameters<typeof rows>[0]>) {
  const answer = rows({ method: 'rows', menu: 'policy', ...request }, viewOf(config));
  return answer.ok ? answer.value.items : answer.error;
}

describe('add', () => {
  test('takes values of every JSON kind and answers with the id', () => {
    const request = add('proposal', {
      ...{ name: 'strong', 'auth-algorithms': ['sha1', 'md5'], lifetime: 3600 },
      ...{ 'pfs-group': 'none', disabled: true },
    });
    const done = change(request, emptyConfig());
    expect(done).toMatchObject({ ok: true, value: { answer: { id: '*2' } } });
    expect(items(configAfter(request), { menu: 'proposal', ids: ['strong'] })).toEqual([
      {
        ...{ id: '*2', number: 1, disabled: true, comment: '', name: 'strong' },
        ...{ 'auth-algorithms': ['md5', 'sha1'], 'enc-algorithms': ['3des'] },
        ...{ lifetime: 3600, lifebytes: 0, 'pfs-group': 'none' },
      },
    ]);
  });

  test('null is the reference to nothing, and texts are read as the console reads them', () => {
    const config = configAfter(
      add('policy', { 'manual-sa': null, 'src-address': '10.1.0.0/16', protocol: 6 }),
    );
    expect(items(config, {})).toMatchObject([
      { 'manual-sa': null, 'src-address': '10.1.0.0/16:any', protocol: 'tcp' },
    ]);
  });

  test('takes the rest from another item, and stands where it is told to', () => {
    const config = configAfter(...twoPolicies, {
      ...add('policy', { 'sa-dst-address': '10.0.0.9', 'dst-address': '10.0.0.9/32' }),
      ...{ copyFrom: '*3', placeBefore: '*2' },
    } as ChangeRequest);
    expect(items(config, {})).toMatchObject([
      { id: '*4', number: 0, comment: 'second', 'sa-dst-address': '10.0.0.9' },
      { id: '*2', number: 1 },
      { id: '*3', number: 2 },
    ]);
  });

  test.each([
    [
      'a misspelt property',
      'policy',
      { 'src-adress': '10.0.0.1' },
      'C-52',
      'did you mean "src-address"?',
      'src-adress',
    ],
    [
      'a word that is none',
      'policy',
      { action: 'encrypted' },
      'C-54',
      'input does not match any value of action',
      'action',
    ],
    [
      'a value of no kind',
      'policy',
      { comment: { a: 1 } },
      'C-58',
      'invalid value for argument comment',
      'comment',
    ],
    [
      'a fraction',
      'proposal',
      { lifebytes: 1.5 },
      'C-58',
      'invalid value for argument lifebytes',
      'lifebytes',
    ],
    [
      'a number out of range',
      'proposal',
      { lifebytes: 2 ** 40 },
      'C-59',
      '(0..4294967295)',
      'lifebytes',
    ],
    ['a missing value', 'peer', {}, 'C-60', 'missing value(s) of argument(s) address', 'address'],
    [
      'an argument of older versions',
      'proposal',
      { algorithms: 'enc-des' },
      'C-52',
      'no property "algorithms"',
      'algorithms',
    ],
    [
      'a name of every object',
      'policy',
      { constructor: 'x' },
      'C-52',
      'no property "constructor"',
      'constructor',
    ],
    ['an unknown menu', 'polcy', {}, 'C-50', 'did you mean "policy"?', undefined],
    ['a menu that only shows', 'counters', {}, 'C-50', 'cannot be changed', undefined],
  ])('refuses %s with the rule and the property', (_, menu, values, rule, text, property) => {
    const done = change(add(menu, values), emptyConfig());
    expect(done).toMatchObject({ ok: false, error: { rule, text: expect.stringContaining(text) } });
    expect(done.ok ? undefined : done.error.property).toBe(property);
  });

  test('a refused secret is not repeated', () => {
    const done = change(
      add('pre-shared-secret', { address: '10.0.0.2', secret: '0xhunter2' }),
      emptyConfig(),
    );
    expect(JSON.stringify(done)).not.toContain('hunter2');
    expect(done).toMatchObject({ ok: false, error: { property: 'secret' } });
  });

  test('refuses to place what has no order', () => {
    const request = { ...add('peer', { address: '10.0.0.1' }), placeBefore: '*1' };
    expect(change(request as ChangeRequest, emptyConfig())).toMatchObject({
      ok: false,
      error: { rule: 'C-50' },
    });
  });
});

describe('set, remove and move', () => {
  const config = configAfter(...twoPolicies);
  const request = (fields: object) => change(fields as ChangeRequest, config);

  test('C-11 change all of the items, or none', () => {
    const values = { disabled: true };
    const whole = request({ method: 'set', menu: 'policy', ids: ['*2', '*3'], values });
    expect(whole.ok && items(whole.value.config, { where: 'disabled' })).toHaveLength(2);
    expect(request({ method: 'set', menu: 'policy', ids: ['*2', '*9'], values })).toEqual({
      ok: false,
      error: { rule: 'C-61', text: 'no such item' },
    });
  });

  test('C-20 name items by id and by name, and never by number', () => {
    const values = { comment: 'x' };
    const named = change(
      { method: 'set', menu: 'proposal', ids: ['default'], values },
      emptyConfig(),
    );
    expect(named.ok).toBe(true);
    expect(request({ method: 'set', menu: 'policy', ids: ['0'], values })).toMatchObject({
      ok: false,
      error: { rule: 'C-61' },
    });
  });

  test('C-20 an id is never the name of another item, as in the console', () => {
    const config = configAfter(add('proposal', { name: '*1' }), add('proposal', { name: 'a,b' }));
    const named = (ids: readonly string[]) => items(config, { menu: 'proposal', ids });
    expect(named(['*1'])).toMatchObject([{ id: '*1', name: 'default' }]);
    expect(named(['a,b'])).toMatchObject([{ id: '*3' }]);
    expect(named(['*1,*2'])).toMatchObject({ rule: 'C-61' });
  });

  test('C-12 remove items, but not what is used', () => {
    const done = request({ method: 'remove', menu: 'policy', ids: ['*2'] });
    expect(done.ok && items(done.value.config, {})).toMatchObject([{ id: '*3', number: 0 }]);
    expect(request({ method: 'remove', menu: 'proposal', ids: ['default'] })).toMatchObject({
      ok: false,
      error: { rule: 'C-63' },
    });
  });

  test('C-14 move to the end or before another', () => {
    const toEnd = request({ method: 'move', menu: 'policy', ids: ['*2'] });
    expect(toEnd.ok && items(toEnd.value.config, {})).toMatchObject([{ id: '*3' }, { id: '*2' }]);
    const before = request({ method: 'move', menu: 'policy', ids: ['*3'], before: '*2' });
    expect(before.ok && items(before.value.config, {})).toMatchObject([{ id: '*3' }, { id: '*2' }]);
    expect(request({ method: 'move', menu: 'peer', ids: [] })).toMatchObject({ ok: false });
  });
});

describe('rows', () => {
  const config = configAfter(...twoPolicies);

  test('C-24 meet a condition, and keep the number of their place in the table', () => {
    const chosen = items(config, { where: 'sa-dst-address="10.0.0.3" && !disabled' });
    expect(chosen).toMatchObject([{ id: '*3', number: 1 }]);
    expect(items(config, { where: 'comment~"sec"' })).toMatchObject([{ id: '*3' }]);
  });

  test.each([
    ['action=', 'C-54'],
    ['colour=red', 'C-5'],
    ['disabled=no; remove 0', 'C-53'],
    ['disabled=no\nremove 0', 'C-53'],
    ['comment=[find]', 'C-53'],
    ['(disabled', 'C-53'],
    ['# nothing', 'C-53'],
    [' ;\n', 'C-53'],
  ])('refuse a condition that is none: %j', (where, rule) => {
    expect(items(config, { where })).toMatchObject({ rule: expect.stringContaining(rule) });
  });

  test('have statistics only when asked', () => {
    expect(items(config, { ids: ['*2'] })).not.toMatchObject([{ 'ph2-state': 'no-phase2' }]);
    expect(items(config, { ids: ['*2'], statistics: true })).toMatchObject([
      { 'ph2-state': 'no-phase2', encrypted: 0 },
    ]);
  });

  test('of the running system have ids as well', () => {
    expect(items(config, { menu: 'counters' })).toMatchObject([
      { id: '*1', number: 0, 'out-encrypt': 7, 'in-decrypted': 5 },
    ]);
  });
});

describe('what a policy lacks', () => {
  test('A-10 is explained by rule and row', () => {
    const config = configAfter(add('policy', { action: 'encrypt' }));
    const answer = explain({ method: 'explain', menu: 'policy' }, viewOf(config));
    const rules = ['A-10.2', 'A-10.2', 'A-10.3', 'A-10.3'].map((rule) => ({ rule }));
    expect(answer).toMatchObject({
      ok: true,
      value: { items: [{ id: '*2', number: 0, valid: false, reasons: rules }] },
    });
  });

  test.each([
    ['that is disabled', { ...ends, 'sa-dst-address': '10.0.0.2', disabled: true }, 'C-63'],
    ['that is invalid', { action: 'encrypt' }, 'A-10.2'],
    ['that needs no keys', { action: 'drop', 'src-address': '10.0.0.0/8' }, ''],
  ])('keeps one %s from being negotiated', (_, values, rule) => {
    const config = configAfter(add('policy', values));
    expect(
      policyToInitiate({ method: 'initiate', menu: 'policy', item: '*2' }, config),
    ).toMatchObject({ ok: false, error: { rule: expect.stringContaining(rule) } });
  });

  test('does not matter when it lacks nothing', () => {
    const config = configAfter(...twoPolicies);
    expect(policyToInitiate({ method: 'initiate', menu: 'policy', item: '*3' }, config)).toEqual({
      ok: true,
      value: 3,
    });
  });
});
