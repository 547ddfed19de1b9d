/** The command that carries out the commands of a file: import (C-45). */
import { ok } from '../../base/result.js';
import { yesNo } from '../../config/values/enumeration.js';
import { refused, refusedValue } from '../console-error.js';
import { valueHint } from '../hints.js';
import type { CommandSpec } from './command.js';
import { argument, refusedWithout } from './command.js';

const fileName = 'file-name';
const extension = '.rsc';

export const importFile: CommandSpec = {
  name: 'import',
  help: 'Carries out the commands of a file.',
  keywords: ['dry-run'],
  wholeKeywords: true,
  unnamed: [fileName],
  argumentHelp: {
    [fileName]: `The file, with or without ${extension}.`,
    compat: 'yes: what later versions write and mean nothing by is a warning, not an error.',
    'dry-run': 'Changes nothing, and tells all that would be refused.',
  },
  argumentTypes: { compat: yesNo },
  arguments: () => [fileName, 'compat'],
  run: (call) => {
    const file = argument(call, fileName);
    if (file === undefined) return refusedWithout(call, [fileName]);
    const name = call.textOf(file);
    if (!name.ok) return name;
    const given = argument(call, 'compat');
    const text = given === undefined ? ok('no') : call.textOf(given);
    if (!text.ok) return text;
    const compat = yesNo.parse(text.value, call.parse);
    if (!compat.ok) {
      const hint = valueHint('compat', yesNo);
      return refusedValue(compat.error, 'compat', given?.offset ?? 0, hint);
    }
    const whole = name.value.endsWith(extension) ? name.value : `${name.value}${extension}`;
    const read = call.host.readFile(whole);
    if (!read.ok) {
      return refused(`failure: ${read.error.text}`, 'C-63', file.offset, read.error.hint);
    }
    const dryRun = call.invocation.keywords.has('dry-run');
    // Some editors mark the beginning of a text with U+FEFF; it is no part of the first command.
    const source = read.value.replace(/^\uFEFF/, '');
    const writer = laterWriter(source);
    if (writer !== undefined && !compat.value && call.dialect !== 'compat') {
      const words = `${whole} is an export of ${writer}: import it with compat=yes`;
      return refused(`failure: ${words}`, 'C-63', file.offset);
    }
    return ok({
      output: '',
      script: { file: whole, text: source, compat: compat.value, dryRun },
    });
  },
};

/** Characters of the comments a file begins with that may name who wrote it. */
const headingLength = 1024;
const firstLaterVersion = 3;

/**
 * The later version that wrote the file, as it says itself. Properties it leaves out mean something else
 * there: action=encrypt would silently become accept (C-46).
 */
function laterWriter(source: string): string | undefined {
  const lines = source.slice(0, headingLength).split(/[\r\n]+/);
  const firstCommand = lines.findIndex((line) => !/^[ \t]*(?:#|$)/.test(line));
  const comments = lines.slice(0, firstCommand < 0 ? lines.length : firstCommand).join('\n');
  const [, product, version = ''] = /\bby (RouterOS (\d+)\.[\w.]+)/.exec(comments) ?? [];
  return Number(version) >= firstLaterVersion ? product : undefined;
}
