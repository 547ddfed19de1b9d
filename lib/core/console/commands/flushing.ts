/** The command that deletes SAs: flush. */
import { ok } from '../../base/result.js';
import { oneOf } from '../../config/values/enumeration.js';
import { refusedValue } from '../console-error.js';
import type { CommandSpec } from './command.js';
import { argument, nothing } from './command.js';

const saType = oneOf(['ah', 'esp', 'all']);

export const flush: CommandSpec = {
  name: 'flush',
  help: 'Deletes the SAs that IKE made; manual ones stay.',
  keywords: [],
  unnamed: [],
  argumentHelp: { 'sa-type': 'Which SAs; absent: all.' },
  argumentTypes: { 'sa-type': saType },
  arguments: () => ['sa-type'],
  run: (call) => {
    const given = argument(call, 'sa-type');
    const text = given === undefined ? undefined : call.textOf(given);
    if (text !== undefined && !text.ok) return text;
    const wanted = saType.parse(text?.value ?? 'all', call.parse);
    if (!wanted.ok) return refusedValue(wanted.error, 'sa-type', given?.offset ?? 0);
    call.host.flushSas(wanted.value);
    return ok(nothing);
  },
};
