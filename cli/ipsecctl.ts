#!/usr/bin/env node
/** The command line client: one command from its arguments, or a script or a dialogue from standard input. */
import { hostname } from 'node:os';
import { type Client, connect } from '../lib/client/client.js';
import { ClientError } from '../lib/client/client-error.js';
import {
  controlLimits,
  defaultSocketPath,
  type ExecuteResult,
} from '../lib/core/control/messages.js';
import { commandLineOf } from './command-line.js';
import { scriptErrorLine } from './error-line.js';
import { ScriptCutter } from './script-cutter.js';

interface Options {
  readonly socketPath: string;
  /** The words of one command; empty = read commands from standard input. */
  readonly words: readonly string[];
}

/** The exit code: 0, or 1 after an error, which then stands on standard error. */
async function main(args: readonly string[]): Promise<number> {
  const { socketPath, words } = await readOptions(args);
  let client: Client;
  try {
    client = await connect({ socketPath });
  } catch (error) {
    return fail(error);
  }
  try {
    if (words.length > 0) return show(await execute(client, commandLineOf(words)));
    if (process.stdin.isTTY) return await runDialogue(client);
    return await runScript(client, process.stdin);
  } catch (error) {
    return fail(error);
  } finally {
    client.close();
  }
}

/** Options stand before the command; what follows is the console's language and not ours to read. */
async function readOptions(args: readonly string[]): Promise<Options> {
  // Most calls have no option, and start in half the time without the parser.
  if (args[0]?.startsWith('-') !== true) return { socketPath: defaultSocketPath, words: args };
  const { parseOptions } = await import('./ipsecctl-options.js');
  return parseOptions(args);
}

function execute(client: Client, text: string): Promise<ExecuteResult> {
  return client.execute(text, { columns: columns() });
}

/** Prints what a command answered and returns the exit code it makes. */
function show({ output, error }: ExecuteResult): number {
  process.stdout.write(output);
  if (error === undefined) return 0;
  process.stderr.write(`${error.text}\n`);
  return 1;
}

/** Runs what has arrived while the rest is still to come; the first error ends it. */
async function runScript(client: Client, input: NodeJS.ReadStream): Promise<number> {
  const cutter = new ScriptCutter();
  const run = async (parts: ReturnType<ScriptCutter['push']>): Promise<boolean> => {
    for (const { text, firstLine } of parts) {
      const { output, error } = await execute(client, text);
      process.stdout.write(output);
      if (error === undefined) continue;
      process.stderr.write(`${scriptErrorLine(error, firstLine)}\n`);
      return false;
    }
    return true;
  };
  input.setEncoding('utf8');
  for await (const text of input) {
    if (!(await run(cutter.push(text)))) return 1;
  }
  return (await run(cutter.end())) ? 0 : 1;
}

/** A plain dialogue: one line, one answer, until the end of the input. */
async function runDialogue(client: Client): Promise<number> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  let code = 0;
  let command = '';
  let path = '';
  const prompt = () => {
    lines.setPrompt(command === '' ? `[admin@${hostname()}] ${path}> ` : '\\... ');
    lines.prompt();
  };
  prompt();
  for await (const line of lines) {
    if (command === '' && /^\s*\/?quit\s*$/.test(line)) break;
    command += line;
    if (line.endsWith('\\')) {
      command += '\n';
    } else {
      const result = await execute(client, command);
      code = show(result);
      path = result.path.join(' ');
      command = '';
    }
    prompt();
  }
  process.stdout.write('\n');
  return code;
}

/** The width of the reader's terminal, 80 where there is none. */
function columns(): number {
  const { columnsMin, columnsMax } = controlLimits;
  return Math.min(columnsMax, Math.max(columnsMin, process.stdout.columns ?? 80));
}

function fail(error: unknown): number {
  if (!(error instanceof ClientError)) throw error;
  process.stderr.write(`ipsecctl: ${error.message}\n`);
  return 1;
}

// Whoever reads our output may stop early (`ipsecctl ... | head`): that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`ipsecctl: cannot write the output: ${error.message}\n`);
  process.exit(1);
});
process.exitCode = await main(process.argv.slice(2));
// A pipe that stays open must not keep us once a script has failed.
process.stdin.destroy();
