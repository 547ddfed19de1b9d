#!/usr/bin/env node
/** The daemon's command: reads its options, runs it in the foreground, ends with its exit code. */
import yargs from 'yargs';
import { defaultSocketPath } from '../lib/core/control/messages.js';
import { dataPlaneChoices } from '../lib/host/dataplane/choose.js';
import { logLevels } from '../lib/host/log.js';
import { runDaemon } from '../lib/host/run-daemon.js';
import { defaultStateDirectory } from '../lib/host/state-directory.js';
import { failWith } from './ipsecctl-options.js';
import { packageVersion } from './package-version.js';

const options = yargs(process.argv.slice(2))
  .scriptName('ipsecd')
  .usage('$0 [options]   runs the IPsec daemon in the foreground; its log goes to standard output')
  .option('state-dir', {
    type: 'string',
    requiresArg: true,
    default: defaultStateDirectory,
    describe: 'Where the configuration is kept',
  })
  .option('socket', {
    type: 'string',
    requiresArg: true,
    default: defaultSocketPath,
    describe: 'Control socket to serve',
  })
  .option('dataplane', {
    choices: dataPlaneChoices,
    default: 'auto' as const,
    describe:
      'What protects the packets: the kernel (xfrm), or nothing at all (memory, for trials)',
  })
  .option('log-level', {
    choices: logLevels,
    default: 'info' as const,
    describe: 'The least severe lines to log',
  })
  // For trials beside another IKE daemon: peers expect 500.
  .option('port', { type: 'number', requiresArg: true, default: 500, hidden: true })
  .check(({ port }) => {
    if (Number.isInteger(port) && port > 0 && port < 65536) return true;
    throw new Error('--port: a number from 1 to 65535 is needed');
  })
  .parserConfiguration({ 'duplicate-arguments-array': false })
  .version(packageVersion())
  .help()
  .strict()
  .fail(failWith('ipsecd'))
  .parseSync();

process.exit(
  await runDaemon({
    product: `ipsecctl ${packageVersion()}`,
    stateDirectory: options.stateDir,
    socketPath: options.socket,
    dataPlane: options.dataplane,
    logLevel: options.logLevel,
    port: options.port,
  }),
);
