/** Lets the user change a value in the editor of their choice (`edit`, C-18). */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concat, equalBytes } from '../../lib/core/base/bytes.js';
import { textFromBytes, textToBytes } from '../../lib/core/config/quoting.js';

export type Edited =
  | { readonly ok: true; readonly value: string }
  /** What to tell the user: nothing was changed. */
  | { readonly ok: false; readonly reason: string };

export async function editText(
  value: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Edited> {
  try {
    return await editFile(value, environment);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { ok: false, reason: `the value cannot be edited: ${words}` };
  }
}

/** The value may be a secret: nobody else can read the file, and it is gone when this is over. */
async function editFile(value: string, environment: NodeJS.ProcessEnv): Promise<Edited> {
  // For the user alone, as mkdtemp makes it: an editor may leave copies beside the file.
  const directory = await mkdtemp(join(tmpdir(), 'ipsecctl-edit-'));
  try {
    const file = join(directory, 'value');
    const bytes = textToBytes(value);
    await writeFile(file, bytes, { mode: 0o600 });
    const failure = await runEditor(file, environment);
    if (failure !== undefined) return { ok: false, reason: failure };
    const edited = await readFile(file);
    return { ok: true, value: isSame(edited, bytes) ? value : editedValue(edited, value) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const newline = 0x0a;

/** Whether the value was left as it is, though editors end the last line. */
function isSame(edited: Uint8Array, before: Uint8Array): boolean {
  return equalBytes(edited, before) || equalBytes(edited, concat(before, Uint8Array.of(newline)));
}

/** Without the line end that editors add; one that was there before belongs to the value. */
function editedValue(edited: Uint8Array, before: string): string {
  const text = textFromBytes(edited);
  return before.endsWith('\n') ? text : text.replace(/\r?\n$/, '');
}

function runEditor(
  file: string,
  { VISUAL = '', EDITOR = '' }: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const editor = VISUAL || EDITOR || 'vi';
  return new Promise((resolve) => {
    // The variables hold a command line, not a path.
    const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
    child.on('error', (error) => resolve(`the editor cannot be started: ${error.message}`));
    child.on('exit', (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(`the editor "${editor}" ended with ${signal ?? code}: nothing is changed`);
    });
  });
}
