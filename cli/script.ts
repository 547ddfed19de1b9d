/** Commands on standard input, when it is no terminal: carried out in order up to the first error. */
import type { Client } from '../lib/client/client.js';
import { ByteStreamText } from '../lib/core/config/quoting.js';
import { scriptRefusalLine, usageLine } from './error-line.js';
import { executeOptions, type OutputForm } from './output-form.js';
import { ScriptCutter, type ScriptPart } from './script-cutter.js';

/**
 * Runs what has arrived while the rest is still to come. The exit code: 1 after an error, and nothing
 * behind it is carried out; a line `quit` ends the script as its end does. `print interval=` prints
 * once: a script goes on.
 */
export async function runScript(
  client: Client,
  input: NodeJS.ReadStream,
  form: OutputForm,
): Promise<number> {
  const cutter = new ScriptCutter();
  // A script may hold bytes that are not UTF-8: a secret must not lose them.
  const decoder = new ByteStreamText();
  // Leaving this loop closes the input: a pipe that stays open does not keep us after an error.
  for await (const bytes of input) {
    if (!(await runParts(client, cutter.push(decoder.push(bytes)), form))) return 1;
    if (cutter.isOver) return 0;
  }
  const last = [...cutter.push(decoder.end()), ...cutter.end()];
  return (await runParts(client, last, form)) ? 0 : 1;
}

/** False after an error. */
async function runParts(
  client: Client,
  parts: readonly ScriptPart[],
  form: OutputForm,
): Promise<boolean> {
  for (const { text, firstLine } of parts) {
    const { output, error, edit } = await client.execute(text, executeOptions(form));
    process.stdout.write(output);
    if (error !== undefined) {
      process.stderr.write(scriptRefusalLine(error, firstLine, form));
      return false;
    }
    if (edit !== undefined) {
      process.stderr.write(usageLine('edit needs the shell, not a script: use set', form));
      return false;
    }
  }
  return true;
}
