/** The configuration lines of the manual, as printed there, by the title they stand below. */
import { readSharedText } from './shared.js';

export interface Command {
  /** As printed, with its line ends. */
  readonly text: string;
  /** The menu its prompt names, if it stands behind one. */
  readonly menu?: string;
}

export interface Example {
  readonly title: string;
  readonly commands: readonly Command[];
}

/** The text behind the artefact of four blanks. */
export const manual: readonly string[] = readSharedText(
  'reference',
  'routeros-2.6-ipsec-manual.txt',
)
  .split(/\r?\n/)
  .map((line) => line.replace(/^ {4}/, ''));

/** What stands before a command typed in a menu. */
export const prompt: RegExp = /^\[admin@MikroTik\] (ip ipsec [a-z-]+)> /;
const isCommand = (line: string) =>
  /^\[admin@MikroTik\] ip ipsec [a-z-]+> add /.test(line) ||
  /^ *\/? ?ip [a-z]+ .*\badd /.test(line);

/** Where another configuration of the manual begins. */
const titles = [
  /^To define new policy, use/,
  /To define new peer configuration, use/,
  /^To add manual-sa entry, use/,
  /^Minimal config example for transport mode ESP/,
  /^And for Router 2:/,
  /^Minimal config example for tunnel mode AH/,
  /^On Router1:/,
  /^On Router2:/,
  /^MT-to-CISCO/,
  /^MT-to-SW/,
];

function readExamples(): readonly Example[] {
  const examples: { title: string; commands: Command[] }[] = [];
  for (let index = 0; index < manual.length; index += 1) {
    const line = manual[index] ?? '';
    if (titles.some((title) => title.test(line))) examples.push({ title: line, commands: [] });
    if (!isCommand(line)) continue;
    const end = endOfCommand(index);
    const [, menu] = prompt.exec(line) ?? [];
    const text = joinedWhereWrapped(manual.slice(index, end));
    examples.at(-1)?.commands.push({ text, ...(menu !== undefined && { menu }) });
    index = end - 1;
  }
  return examples.filter(({ commands }) => commands.length > 0);
}

/** A backslash goes on in the next line; at a prompt, the document wraps lines up to the next blank one. */
function endOfCommand(start: number): number {
  const isAtPrompt = prompt.test(manual[start] ?? '');
  let end = start + 1;
  while (/\\$/.test(manual[end - 1] ?? '') || (isAtPrompt && isWrapped(manual[end] ?? '')))
    end += 1;
  return end;
}

function isWrapped(line: string): boolean {
  return /^[a-z-]+=/.test(line);
}

/** What the document wrapped without a backslash is one line (B-20, 6). */
function joinedWhereWrapped(lines: readonly string[]): string {
  return lines.reduce((text, line) => text + (/\\$/.test(text) ? '\n' : ' ') + line);
}

/** All of them, in the manual's order. */
export const examples: readonly Example[] = readExamples();

/** The example below such a title; a title may occur more than once. */
export function exampleOf(title: RegExp, occurrence = 0): Example {
  const example = examples.filter((candidate) => title.test(candidate.title))[occurrence];
  if (example === undefined) throw new Error(`the manual has no example ${title}`);
  return example;
}

/** Lines about address translation, which is not ours. */
export const isFirewall = ({ text }: Command): boolean => text.startsWith('/ip firewall');

/** What a user who reads the manual pastes: a prompt, where there is one, says in which menu (B-14). */
export function pasted(commands: readonly Command[]): string {
  return commands.map(({ text }) => `${text}\n`).join('');
}
