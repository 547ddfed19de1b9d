import { describe, expect, test } from '@jest/globals';
import {
  controlLimits,
  controlVersion,
  parseRequest,
} from '../../../../lib/core/control/messages.js';
import {
  parseDaemonLine,
  parseRefusal,
  parseResult,
} from '../../../../lib/core/control/results.js';

const version = controlVersion;
const line = (value: unknown) => JSON.stringify(value);

describe('control requests', () => {
  test.each([
    { version, id: 0, method: 'ping' },
    { version, id: 7, method: 'status' },
    { version, id: 1, method: 'execute', text: '/ip ipsec policy print' },
    { version, id: 1, method: 'execute', text: '', columns: 132, colour: true, form: 'json' },
    { version, id: 2, method: 'complete', text: 'pri' },
    { version, id: 3, method: 'help', text: '', colour: false },
    { version, id: 4, method: 'rows', menu: 'policy' },
    { version, id: 4, method: 'rows', menu: 'peer', ids: ['*1'], where: 'a=b', statistics: true },
    { version, id: 5, method: 'add', menu: 'peer', values: { address: '10.0.0.1' } },
    {
      version,
      id: 5,
      method: 'add',
      menu: 'policy',
      values: {},
      copyFrom: '*2',
      placeBefore: '*3',
    },
    { version, id: 6, method: 'set', menu: 'peer', ids: ['*2'], values: { disabled: true } },
    { version, id: 7, method: 'remove', menu: 'peer', ids: [] },
    { version, id: 8, method: 'move', menu: 'policy', ids: ['*2', '*3'], before: '*4' },
    { version, id: 9, method: 'initiate', menu: 'policy', item: '*9' },
    { version, id: 10, method: 'explain', menu: 'policy' },
    { version, id: 11, method: 'subscribe' },
    { version, id: 12, method: 'unsubscribe' },
    { version, id: 13, method: 'print', menu: 'policy' },
    {
      ...{ version, id: 13, method: 'print', menu: 'peer', ids: ['*1'], where: 'disabled' },
      ...{ statistics: true, layout: 'terse', columns: 132 },
    },
    { version, id: 14, method: 'execute', text: ':put \udce4\ud83d\ude00' },
  ])('are read as they were written: %j', (request) => {
    expect(parseRequest(line(request))).toEqual({ ok: true, value: request });
  });

  test.each([
    ['no JSON', '{"id":', 0, 'JSON object'],
    ['no object', '[1]', 0, 'JSON object'],
    ['no id', line({ version, method: 'ping' }), 0, 'id: a whole number'],
    ['a negative id', line({ version, id: -1, method: 'ping' }), 0, 'id: a whole number'],
    ['an unknown method', line({ version, id: 4, method: 'reboot' }), 4, 'method: execute, '],
    ['a method of every object', line({ version, id: 4, method: 'toString' }), 4, 'method: '],
    [
      'a text that is none',
      line({ version, id: 4, method: 'execute', text: 5 }),
      4,
      'text: a string',
    ],
    [
      'ids that are none',
      line({ version, id: 4, method: 'remove', menu: 'peer', ids: [1] }),
      4,
      'ids[0]: a string',
    ],
    [
      'values that are none',
      line({ version, id: 4, method: 'add', menu: 'peer', values: [] }),
      4,
      'values: an object',
    ],
    [
      'a form that is none',
      line({ version, id: 4, method: 'execute', text: '', form: 'xml' }),
      4,
      'form: text, json',
    ],
    [
      'a misspelt field',
      line({ version, id: 4, method: 'add', menu: 'policy', values: {}, placeBfore: '*1' }),
      4,
      'placeBfore: unknown; known are version, id, method, menu, values, copyFrom, placeBefore',
    ],
    [
      'too few columns',
      line({ version, id: 4, method: 'execute', text: '', columns: controlLimits.columnsMin - 1 }),
      4,
      'columns: a number from 20 to 1000',
    ],
    [
      'too many columns',
      line({ version, id: 4, method: 'execute', text: '', columns: controlLimits.columnsMax + 1 }),
      4,
      'columns: a number from 20 to 1000',
    ],
  ])('are refused as malformed with the id they had: %s', (_, text, id, message) => {
    const parsed = parseRequest(text);
    expect(parsed).toMatchObject({
      ok: false,
      error: { id, code: 'malformed', message: expect.stringContaining(message) },
    });
  });

  test('of another version are refused by the daemon version', () => {
    const parsed = parseRequest(line({ version: version + 1, id: 9, method: 'ping' }));
    expect(parsed).toMatchObject({ ok: false, error: { id: 9, code: 'version' } });
  });
});

describe('lines of the daemon', () => {
  const lost = { kind: 'lost', epochSeconds: 3, count: 2 };

  test.each([
    { id: 2, ok: true, result: { pid: 1 } },
    { id: 0, ok: false, error: { code: 'busy', message: 'too many' } },
    { notify: lost },
    {
      notify: {
        ...{ kind: 'table', epochSeconds: 3, menu: 'policy', change: 'added', id: '*1' },
        number: 0,
        item: { id: '*1', number: 0 },
      },
    },
    {
      notify: {
        ...{ kind: 'engine', epochSeconds: 3, name: 'phase1Failed', level: 'warn' },
        ...{ message: 'no', reason: 'timeout', peerId: '*2', remote: '10.0.0.1' },
      },
    },
  ])('are read as they were written: %j', (message) => {
    expect(parseDaemonLine(line(message))).toEqual(message);
  });

  test.each([
    'hello',
    line({ ok: true }),
    line({ id: 1 }),
    line({ id: 1, ok: false, error: { code: 'other', message: 'x' } }),
    line({ id: 1, ok: false, error: 'x' }),
    line({ notify: { ...lost, kind: 'gained' } }),
    line({ notify: { ...lost, count: -1 } }),
    line({ notify: { kind: 'table', epochSeconds: 3, menu: 'policy', change: 'eaten', id: '*1' } }),
    line({
      notify: { kind: 'engine', epochSeconds: 3, name: 'rumour', level: 'info', message: '' },
    }),
  ])('that are none are told from those that are: %s', (text) => {
    expect(parseDaemonLine(text)).toBeUndefined();
  });

  test('give results only when every part of them is there', () => {
    const error = { text: 'no such item', rule: 'C-61', line: 1, column: 2 };
    const result = { output: 'x', path: ['ip'], error };
    expect(parseResult('execute', result)).toEqual(result);
    expect(parseResult('execute', { output: 'x', path: [] })).toEqual({ output: 'x', path: [] });
    expect(parseResult('execute', { output: 'x' })).toBeUndefined();
    expect(parseResult('execute', { path: [] })).toBeUndefined();
    expect(parseResult('execute', { ...result, error: { text: 'x', line: 1 } })).toBeUndefined();
    expect(parseResult('ping', { pid: 12 })).toEqual({ pid: 12 });
    expect(parseResult('ping', { pid: 'x' })).toBeUndefined();
    const item = { id: '*1', number: 0, comment: 'x' };
    expect(parseResult('rows', { items: [item] })).toEqual({ items: [item] });
    expect(parseResult('rows', { items: [{ comment: 'x' }] })).toBeUndefined();
    expect(parseResult('add', {})).toBeUndefined();
  });

  test('tell a refusal from a result', () => {
    const refusal = {
      rule: 'C-58',
      text: 'invalid value for argument address',
      property: 'address',
    };
    expect(parseRefusal({ refusal })).toEqual(refusal);
    expect(parseRefusal({ id: '*1' })).toBeUndefined();
    expect(parseRefusal({ refusal: { rule: 'C-58' } })).toBeUndefined();
  });
});
