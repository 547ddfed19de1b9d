/** `npm run demo`: the manual's minimal example between two routers, on a real kernel, before your eyes. */
import { runInLab } from '../lab/lab.js';

const started = Date.now();
process.stdout.write('Booting two routers with a wire between them (a few seconds) ...\n');
try {
  const result = await runInLab({
    scenario: 'test/demo/scenario.js',
    timeoutSeconds: 150,
    onProgress: (line) => process.stdout.write(`${line}\n`),
  });
  const kernel = result.kernel === 'uml' ? 'a user-mode Linux kernel' : "this machine's own kernel";
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  process.stdout.write(
    `\nDone in ${seconds} s on ${kernel}: all ${result.checks.length} checks hold.\n`,
  );
} catch (error) {
  process.stderr.write(`\nThe demonstration failed: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
