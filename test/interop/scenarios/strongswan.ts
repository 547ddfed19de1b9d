/** Our daemon in router 1 against strongSwan in router 2: every mode and suite, each side initiating. */

import {
  checkProtected,
  emptyTables,
  kernelKeyLines,
  keyLines,
  modes,
  parseInstalledSas,
  rowsFor,
  secret,
  suites,
  untilPing,
} from '../../kernel/support.js';
import { scenario } from '../../lab/guest.js';

export default scenario(async (lab) => {
  const { r1, r2, h1, wire } = await lab.twoRouters();
  const daemon = await r1.startDaemon();
  let charon: Awaited<ReturnType<typeof r2.startStrongswan>> | undefined;
  for (const mode of modes) {
    for (const suite of suites) {
      for (const initiator of ['ours', 'strongSwan'] as const) {
        const what = `${mode}, ${suite.name}, ${initiator} initiates`;
        const options = {
          local: '1.0.0.2',
          remote: '1.0.0.1',
          ike: suite.ike,
          esp: suite.esp,
          mode,
          psk: secret,
          lifeSeconds: 1800,
          ...(mode === 'tunnel' ? { localTs: '10.2.0.0/24', remoteTs: '10.1.0.0/24' } : {}),
        };
        if (charon === undefined) charon = await r2.startStrongswan(options);
        else await charon.load(options);
        await r1.configure(rowsFor(1, mode, suite));
        const capture = await wire.capture();
        const [from, to] = mode === 'transport' ? [r1, '1.0.0.2'] : [h1, '10.2.0.2'];
        if (initiator === 'strongSwan') {
          const { exitCode, stdout, stderr } = await charon.initiate();
          lab.check(
            `${what}: strongSwan reports success`,
            exitCode === 0,
            exitCode === 0 ? '' : `${stdout}${stderr}`,
          );
        }
        await untilPing(lab, from, to);
        const { sent, received } = await from.ping(to, { count: 4 });
        await capture.stop();
        lab.check(`${what}: pings answered`, received === sent, `${received} of ${sent}`);
        checkProtected(lab, `${what}: only ESP and IKE on the wire`, capture);
        const { stdout } = await r1.ctl('/ip ipsec installed-sa print');
        const lines = [
          keyLines(parseInstalledSas(stdout)),
          kernelKeyLines(await r1.kernelSas()),
          kernelKeyLines(await r2.kernelSas()),
        ];
        lab.check(
          `${what}: our printout and both kernels agree on one pair of SAs`,
          lines.every((list) => list.length === 2 && list.join() === lines[0]?.join()),
          lines.map((list) => list.length),
        );
        await r1.configure(emptyTables);
        await lab.waitUntil('strongSwan to follow our delete', 8, async () => {
          return (await r2.kernelSas()).filter(({ larval }) => !larval).length === 0;
        });
      }
    }
  }
  const { code } = await daemon.stop();
  lab.check('the daemon stops with exit 0', code === 0);
});
