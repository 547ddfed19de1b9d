import { describe, expect, test } from '@jest/globals';
import { joinedLines } from '../../../../cli/shell/joined-lines.js';
import { nextCommand } from '../../../../lib/core/console/tokens.js';

/** What the language reads, without the places. */
function meaning(text: string): unknown {
  const command = nextCommand(text, 0);
  if (!command.ok || command.value === undefined) throw new Error(`not a command: ${text}`);
  return JSON.parse(
    JSON.stringify(command.value.tokens, (key, value) =>
      key === 'offset' || key === 'end' ? 0 : value,
    ),
  );
}

const commands: readonly (readonly [readonly string[], string])[] = [
  [['print'], 'print'],
  [['add address=10.0.0.1 \\', '    comment=d'], 'add address=10.0.0.1 comment=d'],
  [['add address=10.0.0.1\\', 'comment=d'], 'add address=10.0.0.1 comment=d'],
  [['add address=\\', '    10.0.0.1'], 'add address=10.0.0.1'],
  [
    ['add comment="to the \\', '    office" \\', '\\... disabled=yes'],
    'add comment="to the office" disabled=yes',
  ],
  [['set [find', 'disabled=yes] comment=x'], 'set [find; disabled=yes] comment=x'],
  [['comment 0 "a\\\\" \\', 'x'], 'comment 0 "a\\\\" x'],
];

describe('a command of several lines', () => {
  test.each(commands)('C-04 is one in the history: %j', (lines, joined) => {
    expect(joinedLines(lines)).toBe(joined);
    expect(meaning(joined)).toEqual(meaning(lines.join('\n')));
  });

  test('B-14 has no prompts that were pasted with it', () => {
    expect(
      joinedLines([
        '[admin@MikroTik] ip ipsec peer> add address=10.0.0.1 \\',
        '\\... comment="a \\',
        '\\...   b"',
      ]),
    ).toBe('add address=10.0.0.1 comment="a b"');
    expect(joinedLines(['[admin@MikroTik] > print'])).toBe('print');
    expect(joinedLines(['[admin@MikroTik] ip ipsec>'])).toBe('');
  });
});
