/** The XFRM data plane on this machine's own kernel, ESP or not, in a network namespace of its own. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repositoryRoot } from '../lab/repository.js';
import { parseReport } from './xfrm/check-reporter.js';

function runAlone(name: string, ...prefix: readonly string[]) {
  const program = join(repositoryRoot, 'dist/test/kernel/xfrm', `${name}.js`);
  if (!existsSync(program)) throw new Error(`${program} is missing: run node_modules/.bin/tsc -b`);
  const argv = ['--net', ...prefix, process.execPath, program];
  const run = spawnSync('unshare', argv, { encoding: 'utf8', timeout: 60_000 });
  if (run.error) throw new Error(`unshare (Debian: util-linux) did not run: ${run.error.message}`);
  return run;
}

describe('the XFRM data plane on this kernel', () => {
  test('keeps policies, reserves SPIs, tells acquires and overruns, leaves others alone', () => {
    const { status, stdout, stderr } = runAlone('policy-checks');
    const checks = parseReport(stdout);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(checks.length).toBeGreaterThan(35);
  }, 60_000);

  test('says which right is missing', () => {
    const { stdout } = runAlone('open-only', 'setpriv', '--bounding-set=-net_admin');
    expect(stdout).toMatch(/^ERR_IPSEC_PERMISSION .*CAP_NET_ADMIN/);
  });
});
