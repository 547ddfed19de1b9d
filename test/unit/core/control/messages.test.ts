import { describe, expect, test } from '@jest/globals';
import {
  controlLimits,
  controlVersion,
  parseExecuteResult,
  parsePingResult,
  parseRequest,
  parseResponse,
} from '../../../../lib/core/control/messages.js';

const version = controlVersion;
const line = (value: unknown) => JSON.stringify(value);

describe('control requests', () => {
  test.each([
    { version, id: 0, method: 'ping' },
    { version, id: 7, method: 'status' },
    { version, id: 1, method: 'execute', text: '/ip ipsec policy print' },
    { version, id: 1, method: 'execute', text: '', columns: 132 },
  ])('are read as they were written: %j', (request) => {
    expect(parseRequest(line(request))).toEqual({ ok: true, value: request });
  });

  test('carry no property beyond those that are known', () => {
    const request = { version, id: 3, method: 'ping', text: 'x', columns: 'y' };
    expect(parseRequest(line(request))).toEqual({
      ok: true,
      value: { version, id: 3, method: 'ping' },
    });
  });

  test.each([
    ['no JSON', '{"id":', 0],
    ['no object', '[1]', 0],
    ['no id', line({ version, method: 'ping' }), 0],
    ['a negative id', line({ version, id: -1, method: 'ping' }), 0],
    ['an unknown method', line({ version, id: 4, method: 'reboot' }), 4],
    ['a text that is none', line({ version, id: 4, method: 'execute', text: 5 }), 4],
    [
      'too few columns',
      line({ version, id: 4, method: 'execute', text: '', columns: controlLimits.columnsMin - 1 }),
      4,
    ],
    [
      'too many columns',
      line({ version, id: 4, method: 'execute', text: '', columns: controlLimits.columnsMax + 1 }),
      4,
    ],
  ])('are refused as malformed with the id they had: %s', (_, text, id) => {
    const parsed = parseRequest(text);
    expect(parsed).toMatchObject({ ok: false, error: { id, code: 'malformed' } });
  });

  test('of another version are refused by the daemon version', () => {
    const parsed = parseRequest(line({ version: version + 1, id: 9, method: 'ping' }));
    expect(parsed).toMatchObject({ ok: false, error: { id: 9, code: 'version' } });
  });
});

describe('control responses', () => {
  test('are read as results and as errors', () => {
    expect(parseResponse(line({ id: 2, ok: true, result: { pid: 1 } }))).toEqual({
      id: 2,
      ok: true,
      result: { pid: 1 },
    });
    const error = { code: 'busy', message: 'too many' };
    expect(parseResponse(line({ id: 0, ok: false, error }))).toEqual({ id: 0, ok: false, error });
  });

  test.each([
    'hello',
    line({ ok: true }),
    line({ id: 1 }),
    line({ id: 1, ok: false, error: { code: 'other', message: 'x' } }),
    line({ id: 1, ok: false, error: 'x' }),
  ])('that are none are told from those that are: %s', (text) => {
    expect(parseResponse(text)).toBeUndefined();
  });

  test('give results only when every part of them is there', () => {
    const error = { text: 'no such item', rule: 'C-61', line: 1, column: 2 };
    const result = { output: 'x', path: ['ip'], error };
    expect(parseExecuteResult(result)).toEqual(result);
    expect(parseExecuteResult({ output: 'x', path: [] })).toEqual({ output: 'x', path: [] });
    expect(parseExecuteResult({ output: 'x' })).toBeUndefined();
    expect(parseExecuteResult({ path: [] })).toBeUndefined();
    expect(parseExecuteResult({ ...result, error: { text: 'x', line: 1 } })).toBeUndefined();
    expect(parsePingResult({ pid: 12 })).toEqual({ pid: 12 });
    expect(parsePingResult({ pid: 'x' })).toBeUndefined();
  });
});
