/** The options of `ipsecctl`. */
import yargs from 'yargs';
import { defaultSocketPath } from '../lib/core/control/messages.js';
import { packageVersion } from './package-version.js';

/** Ends the process itself after `--help`, `--version` and options that do not exist. */
export function parseOptions(args: readonly string[]): {
  readonly socketPath: string;
  readonly words: readonly string[];
} {
  const parsed = yargs([...args])
    .scriptName('ipsecctl')
    .usage(
      '$0 [--socket PATH] COMMAND...   runs one command, such as /ip ipsec policy print\n' +
        '$0 [--socket PATH]              runs the commands on standard input, in order',
    )
    .option('socket', {
      type: 'string',
      requiresArg: true,
      default: defaultSocketPath,
      describe: 'Control socket of the daemon',
    })
    .parserConfiguration({
      // Everything from the first word on is the command, numbers as they were typed.
      'halt-at-non-option': true,
      'parse-positional-numbers': false,
      'duplicate-arguments-array': false,
    })
    .version(packageVersion())
    .help()
    .strictOptions()
    .fail(failWith('ipsecctl'))
    .parseSync();
  return { socketPath: parsed.socket, words: parsed._.map(String) };
}

/** One line instead of the whole help text. */
export function failWith(program: string) {
  return (message: string | null, error: Error | undefined): never => {
    const words = message ?? error?.message ?? 'wrong options';
    process.stderr.write(`${program}: ${words.replace(/\s+/g, ' ')} (see ${program} --help)\n`);
    process.exit(1);
  };
}
