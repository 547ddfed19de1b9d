/** The options of `ipsecd`, declared once: its parser, its manual page and the shell completions read them. */
import type { Options } from 'yargs';
import { defaultSocketPath } from '../lib/core/control/messages.js';
import { dataPlaneChoices } from '../lib/host/dataplane/choose.js';
import { logLevels } from '../lib/host/log.js';
import { defaultStateDirectory } from '../lib/host/state-directory.js';

/** `argument` is what stands for the value in a manual page; a path is completed with file names. */
interface DocumentedOption extends Options {
  readonly argument?: 'FILE' | 'DIRECTORY' | 'NUMBER' | 'WORD';
}

export const daemonOptions = {
  'state-dir': {
    type: 'string',
    requiresArg: true,
    default: defaultStateDirectory,
    describe: 'Where the configuration is kept',
    argument: 'DIRECTORY',
  },
  socket: {
    type: 'string',
    requiresArg: true,
    default: defaultSocketPath,
    describe: 'Control socket to serve',
    argument: 'FILE',
  },
  dataplane: {
    choices: dataPlaneChoices,
    default: 'auto',
    describe:
      'What protects the packets: the kernel (xfrm), or nothing at all (memory, for trials)',
    argument: 'WORD',
  },
  'log-level': {
    choices: logLevels,
    default: 'info',
    describe: 'The least severe lines to log',
    argument: 'WORD',
  },
  port: {
    type: 'number',
    requiresArg: true,
    default: 500,
    describe: 'UDP port of IKE; peers name another one than 500 with address=ADDRESS:PORT',
    argument: 'NUMBER',
  },
} as const satisfies Record<string, DocumentedOption>;
