/** One command: what it prints goes to standard output, and the process ends. */
import type { Client } from '../lib/client/client.js';
import { refusalLine, usageLine } from './error-line.js';
import { executeOptions, type OutputForm } from './output-form.js';

/** The exit code. */
export async function runOnce(client: Client, text: string, form: OutputForm): Promise<number> {
  const { output, error, intervalSeconds, edit } = await client.execute(text, executeOptions(form));
  process.stdout.write(output);
  if (error !== undefined) {
    process.stderr.write(refusalLine(error, form));
    return 1;
  }
  if (intervalSeconds !== undefined) {
    const { repeatUntilSignal } = await import('./repeat.js');
    return repeatUntilSignal({
      ...{ client, text, form },
      ...{ seconds: intervalSeconds, output: process.stdout },
    });
  }
  if (edit !== undefined) {
    process.stderr.write(
      usageLine('edit needs the shell: start ipsecctl without a command, or use set', form),
    );
    return 1;
  }
  return 0;
}
