/** A value in the user's editor: every byte gets there and back. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { editText } from '../../../../cli/shell/editor-program.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'editor-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

/** An editor that keeps a copy of what it was given and then does what the script says. */
function editor(script: string): NodeJS.ProcessEnv {
  const path = join(directory, 'editor');
  writeFileSync(path, `#!/bin/sh\ncp "$1" ${join(directory, 'seen')}\n${script}\n`);
  chmodSync(path, 0o700);
  return { EDITOR: path };
}

const seen = () => readFileSync(join(directory, 'seen'));

test.each([
  ['stray bytes', 'a\udce4\udcff'],
  ['stray bytes that together are a character', '\udcc3\udca4'],
  ['a byte order mark', '\ufeffa'],
  ['a carriage return at the end', 'a\r'],
  ['line ends', 'a\nb\n'],
  ['nothing', ''],
])('%s: a value left as it is comes back as it is', async (_, value) => {
  expect(await editText(value, editor('true'))).toEqual({ ok: true, value });
  expect(await editText(value, editor('echo >> "$1"'))).toEqual({ ok: true, value });
});

test('the editor sees the bytes, and bytes that it writes are taken', async () => {
  const edited = await editText('a\udce4', editor(`printf 'b\\377\\n' > "$1"`));
  expect(seen()).toEqual(Buffer.from([0x61, 0xe4]));
  expect(edited).toEqual({ ok: true, value: 'b\udcff' });
});
