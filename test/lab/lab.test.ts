/** The lab tested by itself: what it shows is so, and what goes wrong in it is told. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type KernelSa, type PingResult, waitUntil, within } from './guest.js';
import { LabError, type LabOptions, runInLab } from './lab.js';
import { repositoryRoot } from './repository.js';

const patience = 600_000;

interface ClearFacts {
  readonly answered: PingResult;
  readonly unanswered: PingResult;
  readonly summary: Record<string, number>;
  readonly requests: number;
}

async function failure(options: LabOptions): Promise<LabError> {
  try {
    await runInLab(options);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return error;
  }
  throw new Error('the scenario passed');
}

const misbehaving = (args: string, timeoutSeconds = 60): Promise<LabError> =>
  failure({ scenario: 'test/lab/scenarios/misbehaving.js', args, timeoutSeconds });

const cleartext = {
  answered: { sent: 3, received: 3, lost: [], tooLong: [] },
  unanswered: { sent: 2, received: 0, lost: [1, 2], tooLong: [] },
  summary: { icmp: 6 },
  requests: 3,
};

describe('a lab with two routers', () => {
  test(
    'shows every cleartext packet on the wire exactly once and names lost pings',
    async () => {
      const { value } = await runInLab<ClearFacts>({ scenario: 'test/lab/scenarios/clear.js' });
      expect(value).toEqual(cleartext);
    },
    patience,
  );

  test(
    'runs the same scenario in namespaces of the machine itself',
    async () => {
      const { value, kernel } = await runInLab<ClearFacts>({
        scenario: 'test/lab/scenarios/clear.js',
        kernel: 'namespaces',
      });
      expect(kernel).toBe('namespaces');
      expect(value).toEqual(cleartext);
    },
    patience,
  );

  test(
    'has nftables with rules about IPsec where a scenario needs them',
    async () => {
      const { value, kernel } = await runInLab({
        scenario: 'test/lab/scenarios/nftables.js',
        needs: ['nftables'],
      });
      expect(kernel).not.toBe('uml');
      expect(value).toEqual({
        answered: { sent: 3, received: 3, lost: [], tooLong: [] },
        counters: { 'to-protect': 0, 'to-leave-clear': 3, decrypted: 0 },
      });
    },
    2 * patience,
  );

  test(
    'carries a tunnel between two strongSwan peers: ESP and IKE alone on the wire, same keys at both ends',
    async () => {
      const lines: string[] = [];
      const { value, progress } = await runInLab<{
        answered: PingResult;
        summary: Record<string, number>;
        sas: KernelSa[][];
        policies: { direction: string; source: string; templates: unknown[] }[];
        listed: string;
      }>({
        scenario: 'test/lab/scenarios/strongswan-tunnel.js',
        onProgress: (line) => lines.push(line),
      });
      expect(value.answered).toMatchObject({ sent: 3, received: 3, lost: [] });
      // Nine messages of both modes, more only if one was sent again on a slow machine.
      expect(value.summary).toEqual({ esp: 6, 'udp/500': expect.any(Number) });
      expect(value.summary['udp/500']).toBeGreaterThanOrEqual(9);
      const keys = value.sas.map((sas) =>
        sas.map(({ spi, encryption, integrity }) => [spi, encryption, integrity]).sort(),
      );
      expect(keys[0]).toHaveLength(2);
      expect(keys[0]).toEqual(keys[1]);
      for (const sa of value.sas.flat()) {
        expect(sa).toMatchObject({ protocol: 'esp', mode: 'tunnel', larval: false, packets: 3 });
        expect(sa.encryption).toEqual({
          name: 'cbc(des3_ede)',
          key: expect.stringMatching(/^[0-9a-f]{48}$/),
        });
        expect(sa.hardSeconds).toBe(1800);
      }
      expect(value.policies.map(({ direction }) => direction).sort()).toEqual(['fwd', 'in', 'out']);
      expect(value.policies.every(({ templates }) => templates.length === 1)).toBe(true);
      expect(value.listed).toContain('3DES_CBC/HMAC_MD5_96/PRF_HMAC_MD5/MODP_1024');
      expect(lines).toEqual(progress);
      expect(lines).toContain('negotiating');
    },
    patience,
  );
});

describe('the pieces of a lab', () => {
  test(
    'wire three routers and a host; a capture at one port does not see the others talk; without esp4 the kernel refuses an SA',
    async () => {
      const { value, kernel } = await runInLab({
        scenario: 'test/lab/scenarios/pieces.js',
        args: { number: 7 },
        withoutModules: ['esp4'],
      });
      expect(kernel).toBe('uml');
      expect(value).toMatchObject({
        reached: { sent: 2, received: 2 },
        unseen: { sent: 2, received: 2 },
        summary: { icmp: 4 },
        words: expect.stringContaining('Requested type not found'),
        args: { number: 7 },
        tmpIsTheHosts: true,
      });
      expect(existsSync('/usr/lab-was-here')).toBe(false);
    },
    patience,
  );
});

describe('a scenario that does not pass', () => {
  test(
    'is a failure with its own words, and its logs stay for reading',
    async () => {
      const [thrown, checked] = await Promise.all([
        misbehaving('throws'),
        misbehaving('fails a check'),
      ]);
      expect(thrown.reason).toContain('no such tunnel');
      expect(thrown.reason).toContain('exit 3');
      expect(thrown.message).toContain('@lab this one throws');
      const console = readFileSync(join(thrown.outDirectory, 'console.log'), 'utf8');
      expect(console).toContain('@lab this one throws');
      expect(checked.reason).toContain('the tunnel is up ({"sas":0})');
      expect(checked.reason).not.toContain('water');
      for (const { outDirectory } of [thrown, checked]) forget(outDirectory);
    },
    patience,
  );

  test(
    'is a failure at its time limit, whether it waits or spins',
    async () => {
      const [waiting, spinning] = await Promise.all([
        misbehaving('waits forever', 30),
        misbehaving('spins forever', 30),
      ]);
      expect(waiting.reason).toContain('time limit');
      expect(spinning.reason).toContain('time limit of 30 s reached');
      expect(spinning.message).toContain('@lab this one spins forever');
      for (const { outDirectory } of [waiting, spinning]) forget(outDirectory);
    },
    patience,
  );

  test(
    'is a failure when it ends without a verdict or without having checked anything',
    async () => {
      const [silent, idle] = await Promise.all([
        misbehaving('dies silently'),
        misbehaving('checks nothing'),
      ]);
      expect(silent.reason).toContain('without a verdict');
      expect(idle.reason).toContain('checked nothing');
      for (const { outDirectory } of [silent, idle]) forget(outDirectory);
    },
    patience,
  );

  test('that was never compiled is named, with what to do', async () => {
    await expect(runInLab({ scenario: 'test/lab/scenarios/absent.js' })).rejects.toThrow(
      /absent\.js is missing: run .*tsc -b/,
    );
  });
});

describe('a test process that is killed', () => {
  test.each([
    { needs: [], what: 'its guest' },
    { needs: ['nftables'], what: 'its guest with nftables' },
  ] as const)(
    'takes $what with it',
    async ({ needs }) => {
      const lab = join(repositoryRoot, 'dist', 'test', 'lab', 'lab.js');
      const options: LabOptions = {
        scenario: 'test/lab/scenarios/misbehaving.js',
        args: 'spins forever',
        needs,
      };
      const program = `import { runInLab } from ${JSON.stringify(lab)};
        await runInLab({ ...${JSON.stringify(options)}, onProgress: console.log });`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
      await within('the scenario to spin', 150, once(child.stdout, 'data'));
      const labs = descendants(child.pid ?? 0);
      expect(labs.length).toBeGreaterThan(2);
      const runDirectories = labs.map(runDirectoryOf).filter((name) => name !== undefined);
      child.kill('SIGKILL');
      await waitUntil('the guest to end', 20, () => !labs.some(isRunning));
      for (const runDirectory of runDirectories) {
        rmSync(runDirectory, { recursive: true, force: true });
      }
    },
    patience,
  );
});

/** All processes below that one. */
function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  const pids = children === '' ? [] : children.split(' ').map(Number);
  return pids.flatMap((child) => [child, ...descendants(child)]);
}

/** The guest's is on its command line, the others' in their environment. */
function runDirectoryOf(pid: number): string | undefined {
  const read = (name: string) =>
    isRunning(pid) ? readFileSync(`/proc/${pid}/${name}`, 'utf8').split('\0') : [];
  const setting = [...read('cmdline'), ...read('environ')].find((word) =>
    word.startsWith('LAB_RUN='),
  );
  return setting?.slice('LAB_RUN='.length);
}

/** A dead one that nobody has collected yet does not count. */
function isRunning(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) [ZX] /.test(readFileSync(file, 'utf8'));
}

/** Removes the logs that a failed lab leaves; they lie in its run directory. */
function forget(outDirectory: string): void {
  rmSync(join(outDirectory, '..'), { recursive: true, force: true });
}
