/** Renewal under traffic: lifetime=20s, 200 pings at 5 per second. */
import { pause, scenario } from '../../lab/guest.js';
import { emptyTables, matureSas, rowsFor, suites, untilPing } from '../support.js';

export default scenario(async (lab) => {
  const { r1, r2, wire } = await lab.twoRouters();
  const [d1] = await Promise.all([r1.startDaemon(), r2.startDaemon()]);
  const [suite] = suites;
  if (suite === undefined) throw new Error('no suite');
  await r1.configure(rowsFor(1, 'transport', suite, '20s'));
  await r2.configure(rowsFor(2, 'transport', suite, '20s'));
  await untilPing(lab, r1, '1.0.0.2');
  const capture = await wire.capture();
  // 40 s from the first pair's birth pass its soft limit (16 s) and its successor's (32 s).
  const pinging = r1.ping('1.0.0.2', { count: 200, intervalSeconds: 0.2, waitSeconds: 2 });
  let mostPairs = 0;
  let done = false;
  const watching = (async () => {
    while (!done) {
      for (const router of [r1, r2]) {
        mostPairs = Math.max(mostPairs, (await matureSas(router)).length / 2);
      }
      await pause(0.4);
    }
  })();
  const { sent, received, lost } = await pinging;
  done = true;
  await watching;
  await capture.stop();
  const spis = new Set(
    (await capture.stop())
      .filter(({ protocol, source }) => protocol === 'esp' && source === '1.0.0.1')
      .map(({ spi }) => spi),
  );
  const renewals = d1.log.filter(({ event }) => event === 'phase2Renewed').length;
  lab.check('at least two renewals happened', renewals >= 2, `${renewals}`);
  lab.check('traffic moved to each new SA', spis.size >= 3, `${spis.size} SPIs used`);
  lab.check('none of the pings is lost', received === sent && sent === 200, { sent, lost });
  lab.check('at most two pairs alive at any moment', mostPairs <= 2, `${mostPairs}`);
  lab.check('no ping in clear', capture.count(({ protocol }) => protocol === 'icmp') === 0);
  await r1.configure(emptyTables);
  await r2.configure(emptyTables);
  let left = Number.POSITIVE_INFINITY;
  for (let tries = 0; left > 0 && tries < 20; tries += 1) {
    if (tries > 0) await pause(0.25);
    left = (await matureSas(r1)).length + (await matureSas(r2)).length;
  }
  lab.check('no SA is left over', left === 0, `${left} left`);
});
