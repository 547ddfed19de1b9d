/** The command lines that start a lab: a guest with a kernel of its own, or namespaces of the machine itself. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statfsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { LabKernel } from './job.js';
import { qemuArguments } from './qemu.js';
import { labCache, repositoryRoot } from './repository.js';

export interface GuestCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

const memoryMegabytes = 1024;
const scripts = join(repositoryRoot, 'test', 'lab');
const supervisor = join(scripts, 'supervise.sh');

/** To be run in a process group of its own, with standard input open until it shall end. `runDirectory` holds job.env and must be free of blanks: it travels on a kernel command line. */
export function guestCommand(kernel: LabKernel, runDirectory: string, slot?: number): GuestCommand {
  if (kernel === 'namespaces') {
    return {
      file: 'sh',
      args: [
        ...[supervisor, 'unshare'],
        ...['--mount', '--pid', '--net', '--fork', '--kill-child=KILL', '--mount-proc'],
        ...['--propagation', 'private', 'sh', join(scripts, 'namespaces-init.sh')],
      ],
      env: { ...process.env, LAB_RUN: runDirectory },
    };
  }
  if (kernel === 'qemu') {
    return {
      file: 'sh',
      args: [supervisor, 'qemu-system-x86_64', ...qemuArguments(runDirectory, memoryMegabytes)],
      env: { PATH: process.env['PATH'], LAB_RUN: runDirectory },
    };
  }
  return {
    file: 'sh',
    args: [
      ...[supervisor, ...onOneProcessor(slot), 'linux.uml'],
      ...[`mem=${memoryMegabytes}M`, `uml_dir=${runDirectory}/uml/`],
      ...['rootfstype=hostfs', 'rootflags=/', 'ro', `init=${runDirectory}/guest-init.sh`],
      ...[`LAB_RUN=${runDirectory}`, 'con=null', 'con0=null,fd:1', 'quiet'],
    ],
    env: {
      PATH: process.env['PATH'],
      ...memoryFolder(runDirectory),
      ...wideRegisters(runDirectory),
    },
  };
}

/**
 * A guest's kernel and the processes of its programs take turns, thousands of times a second: when they have
 * to wake each other on another processor that costs a sixth of their speed, on a busy machine a third.
 */
function onOneProcessor(slot: number | undefined): readonly string[] {
  const processors = allowedProcessors();
  const mine = slot === undefined ? undefined : processors[slot % processors.length];
  return mine === undefined || processors.length < 2 ? [] : ['taskset', '--cpu-list', `${mine}`];
}

/** Of this process (Linux, proc_pid_status(5)). */
function allowedProcessors(): readonly number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return (list ?? '').split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 || 0 }, (_, index) => first + index);
  });
}

/** The script the guest starts with, beside job.env so that the command line needs no repository path. */
export const guestInitScript: string = join(scripts, 'guest-init.sh');

/**
 * The guest's memory is a file in /dev/shm by default. Containers often have 64 MB there, and a guest
 * that outgrows it dies of SIGBUS: then it lies in the run directory.
 */
function memoryFolder(runDirectory: string): Record<string, string> {
  const neededBytes = memoryMegabytes * 1024 * 1024 * 1.1;
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize >= neededBytes) return {};
  } catch {
    // No /dev/shm at all.
  }
  return { TMPDIR: runDirectory };
}

/** Debian 12's guest kernel dies on processors with AMX unless helped; see uml/wide-registers.c. */
function wideRegisters(runDirectory: string): Record<string, string> {
  if (!/^flags\s*:.*\bamx_tile\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'))) return {};
  const source = join(scripts, 'uml', 'wide-registers.c');
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12);
  const library = join(labCache, `wide-registers-${digest}.so`);
  if (!existsSync(library)) {
    mkdirSync(labCache, { recursive: true });
    const draft = `${library}.${process.pid}`;
    const built = spawnSync('g++', ['-x', 'c', '-O2', '-shared', '-fPIC', '-o', draft, source], {
      encoding: 'utf8',
    });
    if (built.status !== 0) {
      throw new Error(
        `this processor needs ${source} compiled for the guest: ${built.error?.message ?? built.stderr} (apt-get install g++)`,
      );
    }
    renameSync(draft, library);
  }
  // By a path without blanks: the loader would take them for separators.
  const link = join(runDirectory, 'wide-registers.so');
  symlinkSync(library, link);
  return { LD_PRELOAD: link };
}
