#!/usr/bin/env node
/** The command line client: one command from its arguments, a script from standard input, or a shell on a terminal. */
import { type Client, connect } from '../lib/client/client.js';
import { ClientError } from '../lib/client/client-error.js';
import { commandLineOf, hasBracketedValue } from './command-line.js';
import { failureLine, usageLine } from './error-line.js';
import { misuse, type Options, plainOptions } from './ipsecctl-options.js';
import { outputForm } from './output-form.js';

/** The exit code: 0, or 1 after an error, which then stands on standard error. */
async function main(args: readonly string[]): Promise<number> {
  const options = plainOptions(args) ?? (await parsedOptions(args));
  const wrong = misuse(options);
  if (wrong !== undefined) {
    process.stderr.write(usageLine(wrong, options));
    return 1;
  }
  let client: Client | undefined;
  try {
    client = await connect({ socketPath: options.socket });
    return await run(client, options);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    process.stderr.write(failureLine(error, options));
    return 1;
  } finally {
    client?.close();
  }
}

async function parsedOptions(args: readonly string[]): Promise<Options> {
  const { parseOptions } = await import('./option-parser.js');
  const { packageVersion } = await import('./package-version.js');
  return parseOptions(args, packageVersion());
}

async function run(client: Client, options: Options): Promise<number> {
  const form = outputForm(options);
  // Loaded when needed: most calls run one command, and their start is most of their time.
  if (options.watch) {
    const { watch } = await import('./watch.js');
    return watch(client.watch(), form);
  }
  if (options.words.length > 0) {
    const { runOnce } = await import('./one-shot.js');
    const isText = hasBracketedValue(options.words)
      ? (await import('./meant-properties.js')).isText
      : () => false;
    return runOnce(client, commandLineOf(options.words, isText), form);
  }
  if (process.stdin.isTTY && process.stdout.isTTY) {
    const { runShell } = await import('./shell/shell.js');
    return runShell(client, () => connect({ socketPath: options.socket }), form, options);
  }
  const { runScript } = await import('./script.js');
  return runScript(client, process.stdin, form);
}

// Whoever reads our output may stop early (`ipsecctl ... | head`): that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`ipsecctl: cannot write the output: ${error.message}\n`);
  process.exit(1);
});
process.exitCode = await main(process.argv.slice(2));
