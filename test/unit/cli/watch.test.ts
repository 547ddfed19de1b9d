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
    expect(
      eventLine({ kind: 'table', ...at, menu: 'policy', change: 'added', id: '*1A', item }, plain),
    ).toBe(
      '14:28:42 policy *1A added disabled=no comment="to the \\"office\\"" src-address=10.0.0.0/24:any level=a,b proposal=none',
    );
    expect(
      eventLine({ kind: 'table', ...at, menu: 'peer', change: 'removed', id: '*2' }, plain),
    ).toBe('14:28:42 peer *2 removed');
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
