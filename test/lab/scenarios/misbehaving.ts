/** Scenarios that do not pass, each in its own way: what a test sees of them is what lab.test.ts looks at. */
import { must } from '../guest/process.js';
import { scenario } from '../guest.js';

const ways: Record<string, () => Promise<unknown>> = {
  throws: () => must(['sh', '-c', 'echo no such tunnel >&2; exit 3']),
  'checks nothing': async () => undefined,
  'waits forever': () => new Promise(() => undefined),
  'spins forever': async () => {
    for (;;);
  },
  'dies silently': async () => process.kill(process.pid, 'SIGKILL'),
};

export default scenario(async (lab) => {
  lab.progress(`this one ${lab.args}`);
  if (lab.args === 'fails a check') {
    lab.check('water runs downhill', true);
    lab.check('the tunnel is up', false, { sas: 0 });
    return {};
  }
  return ways[String(lab.args)]?.();
});
