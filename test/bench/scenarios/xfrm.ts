/** The measurements of `npm run bench xfrm` on a kernel with ESP. `args`: path of the C loop or "-". */
import { fileURLToPath } from 'node:url';
import { scenario } from '../../lab/guest.js';

const program = fileURLToPath(new URL('../support/xfrm-measure.js', import.meta.url));

export default scenario(async (lab) => {
  const router = await lab.addRouter('r1');
  const argv = [process.execPath, program, String(lab.args), 'sa', 'policy'];
  return JSON.parse(await router.must(argv, { timeoutSeconds: 240 }));
});
