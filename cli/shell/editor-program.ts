/** Lets the user change a value in the editor of their choice (`edit`, C-18). */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
    await writeFile(file, value, { mode: 0o600 });
    const failure = await runEditor(file, environment);
    if (failure !== undefined) return { ok: false, reason: failure };
    const text = await readFile(file, 'utf8');
    // Editors end the last line; the value had no line end unless it was there before.
    return { ok: true, value: value.endsWith('\n') ? text : text.replace(/\r?\n$/, '') };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
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
