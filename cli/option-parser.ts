/** The full parser of the options of `ipsecctl`: help, version, and what is wrong with the others. */
import yargs from 'yargs';
import { usageLine } from './error-line.js';
import { clientOptions, type Options } from './ipsecctl-options.js';

/** Ends the process itself after `--help`, `--version` and options that do not exist. */
export function parseOptions(args: readonly string[], version: string): Options {
  const { _: words, ...values } = yargs([...args])
    .scriptName('ipsecctl')
    .usage(
      '$0 [options] COMMAND...   runs one command, such as /ip ipsec policy print\n' +
        '$0 [options] < SCRIPT     runs the commands on standard input, in order\n' +
        '$0 [options]              on a terminal: a shell\n' +
        '$0 [options] --watch      shows what happens',
    )
    .options(clientOptions)
    .parserConfiguration({
      // Everything from the first word on is the command, numbers as they were typed.
      'halt-at-non-option': true,
      'parse-positional-numbers': false,
      'duplicate-arguments-array': false,
    })
    .version(version)
    .help('help')
    .alias('h', 'help')
    .strictOptions()
    .fail(failWith('ipsecctl', { json: args.includes('--json') }))
    .parseSync();
  const { socket, json, watch, colour, user, name } = values;
  return { socket, json, watch, colour, user, name, words: words.map(String) };
}

/** One line instead of the whole help text. */
export function failWith(program: string, form = { json: false }) {
  return (message: string | null, error: Error | undefined): never => {
    const words = message ?? error?.message ?? 'wrong options';
    const text = `${words.replace(/\s+/g, ' ')} (see ${program} --help)`;
    process.stderr.write(usageLine(text, form, program));
    process.exit(1);
  };
}
