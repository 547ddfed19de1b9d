/** The manual's minimal example (spec Annex 1, number 1), typed into two routers and looked at from outside. */

import {
  checkProtected,
  kernelKeyLines,
  keyLines,
  parseInstalledSas,
  untilPing,
} from '../kernel/support.js';
import { type Router, scenario } from '../lab/guest.js';

export default scenario(async (lab) => {
  const { r1, r2, wire } = await lab.twoRouters();
  lab.progress('Router 1 is 1.0.0.1, router 2 is 1.0.0.2. Starting ipsecd in both.');
  await Promise.all([r1.startDaemon({ logLevel: 'info' }), r2.startDaemon({ logLevel: 'info' })]);
  await type(r1, [
    'ip ipsec policy add sa-src=1.0.0.1 sa-dst=1.0.0.2 action=encrypt',
    'ip ipsec peer add address=1.0.0.2',
    'ip ipsec pre-shared-secret add address=1.0.0.2 secret="roberkenon"',
  ]);
  await type(r2, [
    'ip ipsec policy add sa-src=1.0.0.2 sa-dst=1.0.0.1 action=encrypt',
    'ip ipsec peer add address=1.0.0.1',
    'ip ipsec pre-shared-secret add address=1.0.0.1 secret="roberkenon"',
  ]);

  const capture = await wire.capture();
  lab.progress('\nPinging router 2 from router 1; the first packet asks IKE for keys.');
  await untilPing(lab, r1, '1.0.0.2');
  const { sent, received } = await r1.ping('1.0.0.2', { count: 5 });
  lab.check('ping answered', received === sent, `${received} of ${sent}`);
  await capture.stop();

  const printed: string[][] = [];
  for (const router of [r1, r2]) {
    for (const command of ['policy print stats', 'peer print stats', 'installed-sa print']) {
      const { stdout } = await run(router, `/ip ipsec ${command}`);
      if (command.startsWith('installed')) printed.push(keyLines(parseInstalledSas(stdout)));
    }
  }
  lab.progress('\nOn the wire between the routers:');
  for (const [kind, count] of Object.entries(capture.summary())) {
    lab.progress(`  ${String(count).padStart(4)} ${wireWords[kind] ?? kind}`);
  }
  lab.progress('');
  lab.check(
    'no cleartext ICMP on the wire',
    capture.count(({ protocol }) => protocol === 'icmp') === 0,
  );
  checkProtected(lab, 'nothing but ESP and IKE on UDP 500', capture);
  lab.check(
    'ESP carried the pings',
    capture.count(({ protocol }) => protocol === 'esp') >= 2 * sent,
  );
  const kernels = [kernelKeyLines(await r1.kernelSas()), kernelKeyLines(await r2.kernelSas())];
  const [first] = kernels;
  const same = [...kernels, ...printed].every((lines) => lines.join() === first?.join());
  lab.check('both kernels and both printouts hold the same keys', same && first?.length === 2);

  async function type(router: Router, commands: readonly string[]): Promise<void> {
    lab.progress('');
    for (const command of commands) await run(router, command);
  }

  async function run(router: Router, command: string) {
    lab.progress(`[admin@${router.name}] > ${command}`);
    const result = await router.ctl(command);
    const text = `${result.stdout}${result.stderr}`.trimEnd();
    if (text !== '') lab.progress(text);
    if (result.exitCode !== 0) throw new Error(`${router.name} refused: ${command}`);
    return result;
  }
});

const wireWords: Record<string, string> = {
  esp: 'ESP packets',
  'udp/500': 'IKE messages (UDP 500)',
  icmp: 'ICMP packets in clear',
};
