#!/usr/bin/env node
/** The daemon's command: reads its options, runs it in the foreground, ends with its exit code. */
import yargs from 'yargs';
import { runDaemon } from '../lib/host/run-daemon.js';
import { daemonOptions } from './ipsecd-options.js';
import { failWith } from './option-parser.js';
import { packageVersion } from './package-version.js';

const options = yargs(process.argv.slice(2))
  .scriptName('ipsecd')
  .usage('$0 [options]   runs the IPsec daemon in the foreground; its log goes to standard output')
  .options(daemonOptions)
  .check(({ port }) => {
    if (Number.isInteger(port) && port > 0 && port < 65536) return true;
    throw new Error('--port: a number from 1 to 65535 is needed');
  })
  .parserConfiguration({ 'duplicate-arguments-array': false })
  .version(packageVersion())
  .help('help')
  .alias('h', 'help')
  .strict()
  .fail(failWith('ipsecd'))
  .parseSync();

process.exit(
  await runDaemon({
    product: `ipsecctl ${packageVersion()}`,
    stateDirectory: options['state-dir'],
    socketPath: options.socket,
    dataPlane: options.dataplane,
    logLevel: options['log-level'],
    port: options.port,
  }),
);
