/** kill -9 in mid negotiation and in the established state; nothing orphaned, nobody else's touched. */
import type { Router } from '../../lab/guest.js';
import { scenario } from '../../lab/guest.js';
import { kernelKeyLines, matureSas, rowsFor, suites, untilPing } from '../support.js';

const foreignKey = `0x${'11'.repeat(20)}`;
const foreignSa =
  'xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1234 reqid 7 mode tunnel ' +
  `auth hmac(sha1) ${foreignKey} enc cbc(des3_ede) 0x${'22'.repeat(24)}`;
const foreignPolicies =
  'xfrm policy add dir out src 192.0.2.0/24 dst 198.51.100.0/24 priority 1000 ' +
  'tmpl src 192.0.2.1 dst 192.0.2.2 proto esp reqid 7 mode tunnel\n' +
  'xfrm policy add dir in src 203.0.113.0/24 dst 192.0.2.0/24 action block priority 1';

export default scenario(async (lab) => {
  const { r1, r2 } = await lab.twoRouters();
  for (const router of [r1, r2]) await router.ip(`${foreignSa}\n${foreignPolicies}`);
  const [d1, d2] = await Promise.all([r1.startDaemon(), r2.startDaemon()]);
  const suite = suites[0];
  if (suite === undefined) throw new Error('no suite');
  await r1.configure(rowsFor(1, 'transport', suite));
  await r2.configure(rowsFor(2, 'transport', suite));
  await untilPing(lab, r1, '1.0.0.2');

  // --- in the established state ---------------------------------------------------------------------
  const before = kernelKeyLines(await ours(r2));
  await d2.kill('SIGKILL');
  const without = await r1.ping('1.0.0.2', { count: 3 });
  lab.check('the kernel goes on without the daemon', without.received === 3);
  await d2.restart();
  lab.check(
    'the SAs are adopted, not replaced',
    kernelKeyLines(await ours(r2)).join() === before.join(),
  );
  const adopted = await r1.ping('1.0.0.2', { count: 3 });
  const back = await r2.ping('1.0.0.1', { count: 3 });
  lab.check('both directions work after the restart', adopted.received + back.received === 6);
  await checkConsistent('after the restart in the established state');

  // --- in mid negotiation -----------------------------------------------------------------------------
  // Stopped and continued processes hold the exchange at one message, whatever the machine's speed.
  await forget();
  d2.freeze();
  await firstMessageSent();
  d1.freeze();
  d2.thaw();
  await lab.waitUntil('r2 to be in phase 1', 10, async () => {
    return (await r2.ctl('/ip ipsec peer print stats')).stdout.includes('ph1-state=message-1-sent');
  });
  await d2.kill('SIGKILL');
  await d2.restart();
  d1.thaw();
  await healed('responder, after its message 2');

  await forget();
  d2.freeze();
  await firstMessageSent();
  await d1.kill('SIGKILL');
  await d1.restart();
  d2.thaw();
  await healed('initiator, after its message 1');

  await d1.stop();
  await d2.stop();
  for (const router of [r1, r2]) {
    const sas = await router.kernelSas();
    const policies = await router.kernelPolicies();
    lab.check(
      `only the stranger's SA is left in ${router.name}`,
      sas.length === 1 && sas[0]?.spi === 0x1234,
      sas.length,
    );
    lab.check(
      `only the stranger's policies are left in ${router.name}`,
      policies.length === 2,
      policies,
    );
  }

  async function firstMessageSent(): Promise<void> {
    const seen = d1.log.length;
    await r1.ping('1.0.0.2', { count: 1, waitSeconds: 0.1 });
    await d1.waitForLog('phase 1 to begin', ({ event }) => event === 'phase1Started', {
      after: seen,
    });
  }

  async function healed(victim: string): Promise<void> {
    const start = Date.now();
    await untilPing(lab, r1, '1.0.0.2', 100);
    const back = await r2.ping('1.0.0.1', { count: 2 });
    const seconds = Math.round((Date.now() - start) / 1000);
    lab.check(
      `the tunnel heals after kill -9 of the ${victim}`,
      back.received === 2,
      `${seconds} s`,
    );
    await checkConsistent(`after kill -9 of the ${victim}`);
  }

  async function ours(router: Router) {
    return (await matureSas(router)).filter(({ spi }) => spi !== 0x1234);
  }

  /** Removes the SAs and phase 1 of both ends, so that the next packet negotiates anew. */
  async function forget(): Promise<void> {
    for (const router of [r1, r2]) {
      await router.configure('/ip ipsec\npeer disable [find]\npolicy disable [find]');
    }
    for (const router of [r1, r2]) {
      await router.configure('/ip ipsec\npolicy enable [find]\npeer enable [find]');
    }
    await lab.waitUntil('the SAs to go', 5, async () => {
      return (await ours(r1)).length + (await ours(r2)).length === 0;
    });
  }

  async function checkConsistent(when: string): Promise<void> {
    const lines = [kernelKeyLines(await ours(r1)), kernelKeyLines(await ours(r2))];
    lab.check(
      `${when} both kernels hold the same SAs`,
      lines[0]?.join() === lines[1]?.join(),
      lines.map((l) => l.length),
    );
    for (const router of [r1, r2]) {
      const foreign = (await router.kernelSas()).some(({ spi }) => spi === 0x1234);
      const policies = (await router.kernelPolicies()).filter(({ source }) =>
        /^(192|203)/.test(source),
      );
      lab.check(
        `${when} the stranger's entries in ${router.name} are untouched`,
        foreign && policies.length === 2,
      );
      const orphans = (await router.kernelPolicies()).filter(
        ({ source, templates }) => templates.length > 0 && source.startsWith('1.'),
      );
      lab.check(
        `${when} each policy stands once in each direction in ${router.name}`,
        orphans.length === 3,
        orphans.length,
      );
    }
  }
});
