/** One command: what it prints goes to standard output, and the process ends. */
import type { Client } from '../lib/client/client.js';
import { refusalLine, usageLine } from './error-line.js';
import { executeOptions, type OutputForm } from './output-form.js';

/** The exit code. */
export async function runOnce(client: Client, text: string, form: OutputForm): Promise<number> {
  const result = await client.execute(text, executeOptions(form));
  const { output, error, intervalSeconds, edit, path } = result;
  if (error === undefined && intervalSeconds !== undefined) {
    const { firstFrame, repeatUntilSignal } = await import('./repeat.js');
    process.stdout.write(firstFrame(output, process.stdout, form));
    return repeatUntilSignal({
      execute: (command, options) => client.execute(command, options),
      ...{ text, form, seconds: intervalSeconds, output: process.stdout },
    });
  }
  process.stdout.write(output);
  if (error !== undefined) {
    process.stderr.write(refusalLine(error, form));
    return 1;
  }
  if (edit !== undefined) {
    process.stderr.write(
      usageLine('edit needs the shell: start ipsecctl without a command, or use set', form),
    );
    return 1;
  }
  if (path.length > 0 && (await isSingle(text))) {
    process.stderr.write(usageLine(menuAlone(path), form));
    return 1;
  }
  return 0;
}

async function isSingle(text: string): Promise<boolean> {
  const { nextCommand } = await import('../lib/core/console/tokens.js');
  const first = nextCommand(text, 0);
  if (!first.ok || first.value === undefined) return false;
  const second = nextCommand(text, first.value.end);
  return second.ok && second.value === undefined;
}

/** A single command that leaves the session in a menu was nothing but the way there. */
function menuAlone(path: readonly string[]): string {
  const menu = `/${path.join(' ')}`;
  const example = path.length > 2 ? 'print' : 'export';
  return `expected command name: ${menu} is a menu; name a command in it, as in "ipsecctl ${menu} ${example}"`;
}
