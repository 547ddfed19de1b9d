/** The commands of scripts: put, local (C-30). */
import { ok } from '../../base/result.js';
import { refused, syntaxError } from '../console-error.js';
import { consoleLimits } from '../console-limits.js';
import { syntaxHints } from '../hints.js';
import { jsonLine } from './answer.js';
import type { CommandSpec } from './command.js';
import { argument, nothing, refusedWithout } from './command.js';

export const put: CommandSpec = {
  name: 'put',
  help: 'Shows a text.',
  keywords: [],
  unnamed: ['message'],
  argumentHelp: { message: 'The text: a word, "quoted", $variable or [command].' },
  arguments: () => ['message'],
  run: (call) => {
    const message = argument(call, 'message');
    if (message === undefined) return refusedWithout(call, ['message']);
    const text = call.textOf(message);
    if (!text.ok) return text;
    const isJson = call.options.form === 'json';
    return ok({ output: isJson ? jsonLine({ put: text.value }) : `${text.value}\n` });
  },
};

export const local: CommandSpec = {
  name: 'local',
  help: 'Gives a variable a text; $NAME stands for it in the commands that follow.',
  keywords: [],
  unnamed: ['name', 'value'],
  argumentHelp: { name: 'Letters and digits.', value: 'The text; absent: an empty one.' },
  arguments: () => ['name', 'value'],
  run: (call) => {
    const name = argument(call, 'name');
    if (name === undefined) return refusedWithout(call, ['name']);
    if (name.value.kind !== 'text' || !/^[A-Za-z0-9]+$/.test(name.value.text)) {
      return syntaxError(name.value.offset, syntaxHints.variableName);
    }
    const value = argument(call, 'value');
    const text = value === undefined ? ok('') : call.textOf(value);
    if (!text.ok) return text;
    if (!call.setVariable(name.value.text, text.value)) {
      const { variables, variablesLength } = consoleLimits;
      const most = `${variables} variables with ${variablesLength} characters in all`;
      return refused(`failure: a script can have ${most}`, 'C-63', name.offset);
    }
    return ok(nothing);
  },
};
