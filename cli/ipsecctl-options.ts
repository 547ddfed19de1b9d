/** The options of `ipsecctl`, declared once, and a parser for the plain ones that needs no library. */
import { defaultSocketPath } from '../lib/core/control/messages.js';
import { unclosedBracket } from './command-line.js';

/** `argument` is what stands for the value in a manual page; a path is completed with file names. */
export const clientOptions = {
  socket: {
    type: 'string',
    requiresArg: true,
    default: defaultSocketPath,
    describe: 'Control socket of the daemon',
    argument: 'FILE',
  },
  json: {
    type: 'boolean',
    default: false,
    describe: 'One JSON document a line instead of text, errors too',
  },
  watch: {
    type: 'boolean',
    default: false,
    describe: 'Shows what happens, an event a line, until Ctrl-C',
  },
  colour: {
    type: 'string',
    requiresArg: true,
    choices: ['auto', 'always', 'never'],
    default: 'auto',
    describe: 'Colours: auto = on a terminal, unless NO_COLOR is set',
    argument: 'WORD',
  },
  user: {
    type: 'string',
    requiresArg: true,
    default: undefined,
    describe: 'User in the prompt [USER@NAME] (default: $IPSECCTL_USER, or admin)',
    argument: 'WORD',
  },
  name: {
    type: 'string',
    requiresArg: true,
    default: undefined,
    describe: 'Name in the prompt [USER@NAME] (default: $IPSECCTL_NAME, or the host name)',
    argument: 'WORD',
  },
} as const;

export interface Options {
  readonly socket: string;
  readonly json: boolean;
  readonly watch: boolean;
  readonly colour: 'auto' | 'always' | 'never';
  readonly user: string | undefined;
  readonly name: string | undefined;
  /** The words of one command; empty = read commands from standard input. */
  readonly words: readonly string[];
}

interface AnyOption {
  readonly type: 'string' | 'boolean';
  readonly default: string | boolean | undefined;
  readonly choices?: readonly string[];
}

const table: Readonly<Record<string, AnyOption>> = clientOptions;

/**
 * Options stand before the command; what follows is the console's language and not ours to read.
 * Undefined when there is anything but plain options with good values: the full parser, which takes as
 * long as all the rest of a call, knows what to say then.
 */
export function plainOptions(args: readonly string[]): Options | undefined {
  const values: Record<string, unknown> = Object.fromEntries(
    Object.entries(table).map(([name, option]) => [name, option.default]),
  );
  let index = 0;
  for (; args[index]?.startsWith('-'); index += 1) {
    const [, name = '', given] = /^--([a-z]+)(?:=(.*))?$/s.exec(args[index] ?? '') ?? [];
    const option = Object.hasOwn(table, name) ? table[name] : undefined;
    if (option === undefined) return undefined;
    if (option.type === 'boolean') {
      if (given !== undefined) return undefined;
      values[name] = true;
      continue;
    }
    if (given === undefined) index += 1;
    const value = given ?? args[index];
    if (value === undefined || value === '' || value.startsWith('-')) return undefined;
    if (option.choices?.includes(value) === false) return undefined;
    values[name] = value;
  }
  return { ...(values as Omit<Options, 'words'>), words: args.slice(index) };
}

/** What to say about words that look like another wish than a command of the language. */
export function misuse({ watch, words }: Pick<Options, 'watch' | 'words'>): string | undefined {
  const [first = '', ...rest] = words;
  if (watch && words.length > 0) return `--watch takes no command: leave out ${first}`;
  const late = rest.find((word) => isOption(word));
  if (late !== undefined) {
    return `options stand before the command: ipsecctl ${late} ${first} ...`;
  }
  if (rest.length === 0 && /^\S+\.rsc$/.test(first)) {
    return `${first} is a script: run it with "ipsecctl < ${first}"`;
  }
  if (rest.length === 0 && first === 'help') {
    return 'help is no command: see "ipsecctl --help", or start ipsecctl alone and type ?';
  }
  const open = unclosedBracket(words);
  if (open !== undefined) {
    return `${open} is not closed: put the brackets in quotes, as in '[find disabled=yes]'`;
  }
  return undefined;
}

function isOption(word: string): boolean {
  if (word === '-h') return true;
  const [, name = ''] = /^--([a-z]+)(?:=.*)?$/s.exec(word) ?? [];
  return Object.hasOwn(table, name) || ['help', 'version'].includes(name);
}
