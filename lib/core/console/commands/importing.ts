/** The command that carries out the commands of a file: import (C-45). */
import { ok } from '../../base/result.js';
import { missingValues } from '../../config/config-error.js';
import { yesNo } from '../../config/values/enumeration.js';
import { refused, refusedValue } from '../console-error.js';
import type { CommandSpec } from './command.js';
import { argument, refusedBy } from './command.js';

const fileName = 'file-name';
const extension = '.rsc';

export const importFile: CommandSpec = {
  name: 'import',
  help: 'Carries out the commands of a file.',
  keywords: ['dry-run'],
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
    if (file === undefined) return refusedBy(call, missingValues([fileName]));
    const name = call.textOf(file);
    if (!name.ok) return name;
    const given = argument(call, 'compat');
    const text = given === undefined ? ok('no') : call.textOf(given);
    if (!text.ok) return text;
    const compat = yesNo.parse(text.value, call.parse);
    if (!compat.ok) return refusedValue(compat.error, 'compat', given?.offset ?? 0);
    const whole = name.value.endsWith(extension) ? name.value : `${name.value}${extension}`;
    const read = call.host.readFile(whole);
    if (!read.ok) return refused(`failure: ${read.error}`, 'C-63', file.offset);
    const dryRun = call.invocation.keywords.has('dry-run');
    // Some editors mark the beginning of a text with U+FEFF; it is no part of the first command.
    const source = read.value.replace(/^\uFEFF/, '');
    return ok({
      output: '',
      script: { file: whole, text: source, compat: compat.value, dryRun },
    });
  },
};
