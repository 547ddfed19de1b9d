import { describe, expect, test } from '@jest/globals';
import { eventLine } from '../../../cli/watch.js';

const at = { epochSeconds: new Date(2008, 10, 24, 14, 28, 42, 500).getTime() / 1000 };
const plain = { colour: false };

describe('a line of --watch', () => {
  test('says when, and what a row is now', () => {
    const item = {
      ...{ id: '*1A', number: 3, disabled: false, comment: 'to the "office"' },
      ...{ 'src-address': '10.0.0.0/24:any', level: ['a', 'b'], proposal: null },
    };
    const policy = { kind: 'table', ...at, menu: 'policy', id: '*1A', number: 3 } as const;
    expect(eventLine({ ...policy, change: 'added', item }, plain)).toBe(
      '14:28:42 policy *1A added disabled=no comment="to the \\"office\\"" src-address=10.0.0.0/24:any level=a,b proposal=none',
    );
    const peer = { kind: 'table', ...at, menu: 'peer', id: '*2', number: 0 } as const;
    expect(eventLine({ ...peer, change: 'removed' }, plain)).toBe('14:28:42 peer *2 removed');
  });

  test('writes values as the console does', () => {
    const proposal = { kind: 'table', ...at, menu: 'proposal', id: '*1', number: 0 } as const;
    const item = { name: 'a b', 'enc-algorithms': [], lifetime: 3600 };
    expect(eventLine({ ...proposal, change: 'changed', item }, plain)).toBe(
      '14:28:42 proposal *1 changed name="a b" enc-algorithms="" lifetime=1h',
    );
  });

  test('says what the engine says, in one line', () => {
    const event = {
      ...at,
      kind: 'engine',
      name: 'phase1Failed',
      level: 'warn',
      message: 'phase 1 with 10.0.0.2 failed\n\x1b[2J',
    } as const;
    expect(eventLine(event, plain)).toBe('14:28:42 phase 1 with 10.0.0.2 failed\\n\\1B[2J');
    expect(eventLine(event, { colour: true })).toContain('\x1b[31mphase 1');
  });

  test('says how many events are missing', () => {
    expect(eventLine({ kind: 'lost', ...at, count: 7 }, plain)).toBe(
      '14:28:42 7 events are missing: they came faster than they were read',
    );
  });
});
