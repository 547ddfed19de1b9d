import { describe, expect, test } from '@jest/globals';
import {
  failureLine,
  refusalLine,
  scriptRefusalLine,
  terminalRefusalLine,
  usageLine,
} from '../../../cli/error-line.js';
import { ClientError } from '../../../lib/client/client-error.js';

const text = { json: false };
const json = { json: true };

const located = {
  text: 'bad command name foo (line 2 column 5)',
  rule: 'C-50',
  line: 2,
  column: 5,
};
const plain = { text: 'no such item', rule: 'C-61', line: 3, column: 1 };
const imported = { ...located, file: 'office.rsc' };

describe('a refused command of a script', () => {
  test('C-50 names the line of the script, not of the part it was sent in', () => {
    expect(scriptRefusalLine(located, 1, text)).toBe('bad command name foo (line 2 column 5)\n');
    expect(scriptRefusalLine(located, 100, text)).toBe(
      'bad command name foo (line 101 column 5)\n',
    );
  });

  test('C-61 has the line in front when its text names no place', () => {
    expect(scriptRefusalLine(plain, 11, text)).toBe('line 13: no such item\n');
  });

  test('C-45 keeps the place in an imported file', () => {
    expect(scriptRefusalLine(imported, 100, text)).toBe('bad command name foo (line 2 column 5)\n');
  });

  test('has its line as a number in JSON, and the text as the console says it', () => {
    expect(JSON.parse(scriptRefusalLine(plain, 11, json))).toEqual({
      error: { ...plain, line: 13 },
    });
    expect(JSON.parse(scriptRefusalLine(located, 11, json))).toEqual({
      error: { ...located, text: 'bad command name foo (line 12 column 5)', line: 12 },
    });
    expect(JSON.parse(scriptRefusalLine(imported, 11, json))).toEqual({ error: imported });
  });
});

test('C-50 a refused command of a terminal is always in line 1', () => {
  expect(terminalRefusalLine(located, text)).toBe('bad command name foo (line 1 column 5)\n');
  expect(terminalRefusalLine(plain, text)).toBe('no such item\n');
  expect(JSON.parse(terminalRefusalLine(plain, json))).toEqual({ error: { ...plain, line: 1 } });
  expect(terminalRefusalLine(imported, text)).toBe('bad command name foo (line 2 column 5)\n');
});

test('C-38 errors are red where there are colours, and the line end is not', () => {
  expect(refusalLine(plain, { json: false, errorColour: true })).toBe(
    '\x1b[31mno such item\x1b[39m\n',
  );
});

describe('a hint', () => {
  const hinted = { ...plain, hint: 'Print shows which items there are.' };

  test('is a second line for a person, not in colour', () => {
    expect(refusalLine(hinted, { json: false, errorColour: true, hints: true })).toBe(
      '\x1b[31mno such item\x1b[39m\nPrint shows which items there are.\n',
    );
    expect(scriptRefusalLine(hinted, 1, { json: false, hints: true })).toBe(
      'line 3: no such item\nPrint shows which items there are.\n',
    );
    expect(refusalLine(plain, { json: false, hints: true })).toBe('no such item\n');
  });

  test('C.6 is not there for a program, which has it as a field in JSON', () => {
    expect(refusalLine(hinted, { json: false, hints: false })).toBe('no such item\n');
    expect(JSON.parse(refusalLine(hinted, { json: true, hints: false }))).toEqual({
      error: hinted,
    });
  });
});

test('what is no answer of the console has a code in JSON', () => {
  const error = new ClientError('ERR_IPSEC_NO_DAEMON', 'nobody there');
  expect(failureLine(error, text)).toBe('ipsecctl: nobody there\n');
  expect(failureLine(error, json)).toBe(
    '{"error":{"text":"nobody there","code":"ERR_IPSEC_NO_DAEMON"}}\n',
  );
  expect(usageLine('not so', text)).toBe('ipsecctl: not so\n');
  expect(usageLine('not so', text, 'ipsecd')).toBe('ipsecd: not so\n');
  expect(usageLine('not so', json)).toBe('{"error":{"text":"not so","code":"ERR_IPSEC_USAGE"}}\n');
});
