import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CommandScanner } from '../../../cli/command-scanner.js';
import { nextCommand } from '../../../lib/core/console/tokens.js';

/** Where the scanner says that commands end, for a text that comes in pieces. */
function endsOf(...pieces: readonly string[]): number[] {
  const scanner = new CommandScanner();
  const ends: number[] = [];
  let before = 0;
  for (const piece of pieces) {
    ends.push(...scanner.push(piece).map((end) => before + end));
    before += piece.length;
  }
  return ends;
}

/** Where the language begins commands, and whether it understood all of the text. */
function commandsOf(text: string): { readonly starts: number[]; readonly isWhole: boolean } {
  const starts: number[] = [];
  for (let offset = 0; ; ) {
    const command = nextCommand(text, offset);
    if (!command.ok) return { starts, isWhole: false };
    if (command.value === undefined) return { starts, isWhole: true };
    starts.push(command.value.tokens[0]?.offset ?? offset);
    offset = command.value.end;
  }
}

describe('the end of a command', () => {
  test.each([
    ['C-02 is at each line end', 'a\nb\r\nc\rd', [2, 5, 7]],
    ['C-04 is not behind a backslash', 'a \\\nb\nc \\\r\nd\r\n', [6, 14]],
    ['C-04 is not behind a backslash inside quotes', 'a="x\\\n  y"\n', [11]],
    ['C-03 is behind a comment, whatever is in it', '# a "b [c \\\nd\n', [12, 14]],
    ['C-06 does not see quotes and brackets inside a word', 'a[b\nc"d\n', [4, 8]],
    ['C-07 does not see what is inside quotes', 'a="[ \\" [" b\nc\n', [13, 15]],
    ['C-20 is not inside brackets', 'set [find\n\n] a=b\nc\n', [17, 19]],
    ['C-53 is behind a line whose quotes stay open', 'a [find b="c\nd\n', [13, 15]],
  ])('%s', (_, text, ends) => {
    expect(endsOf(text)).toEqual(ends);
    expect(endsOf(...text)).toEqual(
      ends.filter((end) => end < text.length || !text.endsWith('\r')),
    );
  });

  test('is where the language ends one, for any text it understands', () => {
    const piece = fc.constantFrom(
      ...[
        'a',
        'b=c',
        ' ',
        '\n',
        '\r\n',
        '\\\n',
        '"',
        '\\"',
        '[',
        ']',
        ';',
        '# x',
        '!',
        '=',
        '\\... ',
      ],
    );
    const script = fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(script, fc.nat({ max: 40 }), (text, at) => {
        const whole = commandsOf(text);
        const parts: { readonly starts: number[]; readonly isWhole: boolean }[] = [];
        let start = 0;
        for (const end of [...endsOf(text.slice(0, at), text.slice(at)), text.length]) {
          const part = commandsOf(text.slice(start, end));
          const from = start;
          parts.push({ ...part, starts: part.starts.map((offset) => from + offset) });
          start = end;
          // What is behind a mistake is not carried out.
          if (!part.isWhole) break;
        }
        expect(parts.flatMap(({ starts }) => starts)).toEqual(whole.starts);
        expect(parts.every(({ isWhole }) => isWhole)).toBe(whole.isWhole);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('what stands before the cursor', () => {
  test.each([
    ['a="b', true],
    ['a="b"', false],
    ['a="b\\"', true],
    ['a \\', true],
    ['a \\\\', false],
    ['# a', true],
    ['a # b', false],
    ['a="b \\\n c', true],
    ['', false],
    ['set [find comment="x', true],
  ])('C-36 %j takes a ? as it is: %s', (text, takes) => {
    const scanner = new CommandScanner();
    scanner.push(text);
    expect(scanner.takesAnything).toBe(takes);
  });
});
