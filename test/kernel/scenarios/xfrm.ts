/** Our XFRM data plane on a kernel with ESP: the checks of sa-checks.ts, and packets through every SA. */
import { fileURLToPath } from 'node:url';
import { scenario } from '../../lab/guest.js';
import { parseReport } from '../xfrm/check-reporter.js';
import { combinations, nameOf } from '../xfrm/sample.js';

const program = (name: string) => fileURLToPath(new URL(`../xfrm/${name}.js`, import.meta.url));

export default scenario(async (lab) => {
  const { r1, r2 } = await lab.twoRouters();
  const checks = await r1.run([process.execPath, program('sa-checks')], { timeoutSeconds: 60 });
  for (const { name, ok, detail } of parseReport(checks.stdout)) lab.check(name, ok, detail);
  lab.check('the checks ran to their end', checks.exitCode === 0, checks.stderr);

  for (const [router, side] of [
    [r1, '1'],
    [r2, '2'],
  ] as const) {
    await router.must([process.execPath, program('install-pairs'), side]);
  }
  const answered: string[] = [];
  for (const combination of combinations) {
    const source = `172.16.${combination.number}.1`;
    const target = `172.16.${combination.number}.2`;
    const result = await r1.run([
      'ping',
      '-n',
      '-c',
      '2',
      '-i',
      '0.2',
      '-W',
      '2',
      '-I',
      source,
      target,
    ]);
    lab.check(
      `${nameOf(combination)}: pings pass`,
      result.exitCode === 0,
      result.exitCode === 0 ? '' : result.stdout,
    );
    answered.push(nameOf(combination));
  }
  const packets = (await r2.kernelSas()).map((sa) => sa.packets);
  lab.check(
    'every SA carried both packets',
    packets.length === 2 * combinations.length && packets.every((count) => count === 2),
    packets,
  );
  return answered.length;
});
