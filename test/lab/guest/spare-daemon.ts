/** Our daemon with its code loaded, which begins when it gets SIGUSR2: a restart that takes no time for loading. */
import '../../../cli/ipsecd-options.js';
import '../../../cli/option-parser.js';
import 'yargs';
import '../../../lib/host/run-daemon.js';

const patience = setInterval(() => undefined, 60_000);
const told = new Promise((resolve) => process.once('SIGUSR2', resolve));
process.stdout.write('loaded\n');
await told;
clearInterval(patience);
await import('../../../cli/ipsecd.js');
