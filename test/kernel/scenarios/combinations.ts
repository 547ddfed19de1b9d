/** Our daemon against itself: every mode and suite, each side initiating in turn (spec Annex 1). */
import { scenario } from '../../lab/guest.js';
import {
  checkProtected,
  emptyTables,
  kernelKeyLines,
  keyLines,
  matureSas,
  modes,
  parseInstalledSas,
  rowsFor,
  suites,
  untilPing,
} from '../support.js';

export default scenario(async (lab) => {
  const { r1, r2, h1, h2, wire } = await lab.twoRouters();
  const [d1, d2] = await Promise.all([r1.startDaemon(), r2.startDaemon()]);
  for (const mode of modes) {
    for (const suite of suites) {
      for (const initiator of [1, 2] as const) {
        const what = `${mode}, ${suite.name}, router ${initiator} initiates`;
        await r1.configure(rowsFor(1, mode, suite));
        await r2.configure(rowsFor(2, mode, suite));
        const capture = await wire.capture();
        const [near, far] = initiator === 1 ? [r1, r2] : [r2, r1];
        const from = mode === 'transport' ? near : initiator === 1 ? h1 : h2;
        const to = mode === 'transport' ? `1.0.0.${3 - initiator}` : `10.${3 - initiator}.0.2`;
        await untilPing(lab, from, to);
        const { sent, received } = await from.ping(to, { count: 4 });
        await capture.stop();
        lab.check(`${what}: pings answered`, received === sent, `${received} of ${sent}`);
        checkProtected(lab, `${what}: only ESP and IKE on the wire`, capture);
        const printed = [];
        for (const router of [near, far]) {
          const { stdout } = await router.ctl('/ip ipsec installed-sa print');
          printed.push(keyLines(parseInstalledSas(stdout)));
        }
        const kernels = [
          kernelKeyLines(await near.kernelSas()),
          kernelKeyLines(await far.kernelSas()),
        ];
        const all = [...kernels, ...printed];
        lab.check(
          `${what}: printouts and kernels of both ends agree on one pair of SAs`,
          all.every((lines) => lines.length === 2 && lines.join() === all[0]?.join()),
          all.map((lines) => lines.length),
        );
        const side = await near.ctl('/ip ipsec peer print stats');
        lab.check(`${what}: it did initiate`, side.stdout.includes('ph1-side=initiator'));
        await near.configure(emptyTables);
        await far.configure(emptyTables);
        await lab.waitUntil('all SAs to go', 5, async () => {
          return (await matureSas(near)).length + (await matureSas(far)).length === 0;
        });
        lab.check(`${what}: removing the rows removes the policies`, (await templated(near)) === 0);
      }
    }
  }
  const ends = [await d1.stop(), await d2.stop()];
  lab.check(
    'both daemons stop with exit 0',
    ends.every(({ code }) => code === 0),
    ends,
  );
  for (const router of [r1, r2]) {
    const left = [...(await router.kernelPolicies()), ...(await router.kernelSas())];
    lab.check(`nothing of ours is left in ${router.name}`, left.length === 0, left);
  }

  async function templated(router: typeof r1): Promise<number> {
    return (await router.kernelPolicies()).filter(({ templates }) => templates.length > 0).length;
  }
});
