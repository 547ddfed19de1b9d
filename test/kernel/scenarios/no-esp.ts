/** A kernel without ESP: the daemon refuses with the cause and what to do. */
import { scenario } from '../../lab/guest.js';

export default scenario(async (lab) => {
  const r1 = await lab.addRouter('r1');
  const daemon = r1.spawnDaemon();
  const { code } = await daemon.exited();
  const text = daemon.output.join('\n');
  lab.check(
    'it ends with exit 1 and says the kernel has no ESP',
    code === 1 && /ESP/.test(text),
    text.slice(0, 600),
  );
  const memory = await r1.startDaemon({ dataplane: 'memory' });
  const warned = await memory.waitForLog(
    'the warning',
    ({ level, msg }) => level >= 40 && msg.includes('memory'),
  );
  lab.check('--dataplane memory runs and warns', true, warned.msg);
});
