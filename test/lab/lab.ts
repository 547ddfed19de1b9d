/**
 * Runs one scenario on a kernel with ESP: `await runInLab({ scenario: 'test/kernel/scenarios/x.js' })`.
 * The scenario is a compiled module of ours that runs as root inside; see guest.ts for what it can do.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { guestCommand, guestInitScript } from './guest-command.js';
import { type Check, type Job, type LabKernel, progressMark, type Verdict } from './job.js';
import { chooseKernel, type KernelFeature } from './kernel-choice.js';
import { hasStockKernel, shareOptions, stockKernelCrypto, stockKernelModules } from './qemu.js';
import { packageLayer, repositoryRoot } from './repository.js';
import { findProgram, searchPath } from './search-path.js';
import { type Slot, takeAllSlots, takeSlot } from './slots.js';

export interface LabOptions {
  /** Compiled module relative to dist/, such as `test/kernel/scenarios/transport.js`. */
  readonly scenario: string;
  /** JSON value the scenario finds in `lab.args`. */
  readonly args?: unknown;
  /** From power on to verdict, waiting for a free slot not counted. Default 120; 300 in an emulated machine. */
  readonly timeoutSeconds?: number;
  /** Called with each line the scenario reports, while it runs. */
  readonly onProgress?: (line: string) => void;
  /** What the kernel must have besides ESP and AH. */
  readonly needs?: readonly KernelFeature[];
  /** Default: the machine's own kernel if it has all that, else user-mode-linux or, if that lacks it, qemu. */
  readonly kernel?: LabKernel;
  /** Kernel modules the guest must do without, such as `esp4`. Always boots user-mode-linux. */
  readonly withoutModules?: readonly string[];
  /** Where logs and captures are copied to; without it they are kept only when the scenario fails. */
  readonly outDirectory?: string;
}

export interface LabResult<Value = unknown> {
  /** What the scenario returned. */
  readonly value: Value;
  /** All of them hold: a failed check makes runInLab reject. */
  readonly checks: readonly Check[];
  readonly progress: readonly string[];
  readonly kernel: LabKernel;
  /** Boot included. */
  readonly seconds: number;
}

/** The scenario failed, hung or never answered. The message carries the reason and the ends of all logs. */
export class LabError extends Error {
  readonly reason: string;
  /** The logs and captures; they stay on disk. */
  readonly outDirectory: string;
  constructor(reason: string, outDirectory: string, details: string) {
    super(`${reason}\n${details}\nlogs: ${outDirectory}`);
    this.name = 'LabError';
    this.reason = reason;
    this.outDirectory = outDirectory;
  }
}

// What both routers, the wire and IPsec need from the first packet on; the rest loads on demand.
const modules =
  'xfrm_user esp4 ah4 xfrm4_tunnel veth bridge authenc echainiv cbc hmac des_generic md5 sha1_generic';

/** Where Debian's user-mode-linux has its modules. */
const umlModules = '/usr/lib/uml/modules';

/** The guest gives up this long before the host does, so that it can still say where it stood. */
const guestMarginSeconds = 2;

/** @throws LabError when the scenario does not pass; Error naming the package when the lab cannot start. */
export async function runInLab<Value = unknown>(options: LabOptions): Promise<LabResult<Value>> {
  const kernel =
    options.kernel ?? (options.withoutModules === undefined ? chooseKernel(options.needs) : 'uml');
  const scenarioFile = compiledScenario(options.scenario);
  requireTools(kernel);
  // An emulated machine keeps both cores busy.
  const slot = await (kernel === 'qemu' ? takeAllSlots() : takeSlot());
  const runDirectory = mkdtempSync('/tmp/ipsecctl-lab-');
  let keep = process.env['IPSECCTL_LAB_KEEP'] === '1';
  try {
    const run = new LabRun({ kernel, slot, runDirectory, scenarioFile }, options);
    return (await run.finished()) as LabResult<Value>;
  } catch (error) {
    keep ||= error instanceof LabError && options.outDirectory === undefined;
    throw error;
  } finally {
    slot.release();
    if (options.outDirectory !== undefined) {
      cpSync(join(runDirectory, 'out'), options.outDirectory, { recursive: true });
    }
    if (!keep) rmSync(runDirectory, { recursive: true, force: true });
  }
}

function compiledScenario(scenario: string): string {
  const file = join(repositoryRoot, 'dist', scenario.replace(/\.ts$/, '.js'));
  const source = join(repositoryRoot, scenario.replace(/\.js$/, '.ts'));
  if (!existsSync(file)) throw new Error(`${file} is missing: run node_modules/.bin/tsc -b first`);
  if (existsSync(source) && modified(source) > Math.max(modified(file), modified(buildInfo))) {
    throw new Error(`${scenario} changed after the last build: run node_modules/.bin/tsc -b first`);
  }
  return file;
}

/** tsc touches it at every build that looked at a changed file; outputs only if they differ. */
const buildInfo = join(repositoryRoot, 'dist', 'test.tsbuildinfo');

function modified(file: string): number {
  return existsSync(file) ? statSync(file).mtimeMs : 0;
}

function requireTools(kernel: LabKernel): void {
  const common = {
    ip: 'iproute2',
    ping: 'iputils-ping',
    tcpdump: 'tcpdump',
    nsenter: 'util-linux',
  };
  const guests = {
    namespaces: {},
    uml: { 'linux.uml': 'user-mode-linux', modprobe: 'kmod', taskset: 'util-linux' },
    qemu: { 'qemu-system-x86_64': 'qemu-system-x86', modprobe: 'kmod', nft: 'nftables' },
  };
  const missing = Object.entries({ ...common, ...guests[kernel] }).filter(
    ([program]) => findProgram(program) === undefined,
  );
  if (missing.length > 0) {
    const packages = missing.map(([, name]) => name).join(' ');
    throw new Error(`the lab needs more programs: apt-get install ${packages}`);
  }
  if (kernel === 'qemu' && !hasStockKernel()) {
    throw new Error("the lab needs Debian's kernel: npm run setup");
  }
}

interface LabPlace {
  readonly kernel: LabKernel;
  readonly slot: Slot;
  readonly runDirectory: string;
  readonly scenarioFile: string;
}

/** One guest from power on to verdict. */
class LabRun {
  readonly #kernel: LabKernel;
  readonly #runDirectory: string;
  readonly #options: LabOptions;
  readonly #limitSeconds: number;
  readonly #started = Date.now();
  readonly #progress: string[] = [];
  readonly #child: ChildProcess;
  #timedOut = false;

  constructor({ kernel, slot, runDirectory, scenarioFile }: LabPlace, options: LabOptions) {
    this.#kernel = kernel;
    this.#runDirectory = runDirectory;
    this.#options = options;
    this.#limitSeconds = options.timeoutSeconds ?? (kernel === 'qemu' ? 300 : 120);
    this.#prepare(scenarioFile);
    const command = guestCommand(kernel, runDirectory, slot.number);
    // A process group of its own, for the supervisor to kill. Its input closes when this process ends,
    // however it ends.
    this.#child = spawn(command.file, command.args, {
      env: { ...command.env, PATH: searchPath().join(delimiter) },
      stdio: 'pipe',
      detached: true,
    });
  }

  async finished(): Promise<LabResult> {
    const limit = setTimeout(() => {
      this.#timedOut = true;
      // The supervisor takes the end of its input as the order to kill everything.
      this.#child.stdin?.destroy();
    }, this.#limitSeconds * 1000);
    try {
      await this.#untilClosed();
    } finally {
      clearTimeout(limit);
    }
    return this.#judge();
  }

  #prepare(scenarioFile: string): void {
    const run = this.#runDirectory;
    mkdirSync(join(run, 'out'));
    mkdirSync(join(run, 'uml'));
    // Symbolic links, so that no path with unusual characters meets a mount option.
    mkdirSync(packageLayer, { recursive: true });
    symlinkSync(packageLayer, join(run, 'packages'));
    symlinkSync(repositoryRoot, join(run, 'repository'));
    copyFileSync(guestInitScript, join(run, 'guest-init.sh'));
    chmodSync(join(run, 'guest-init.sh'), 0o755);
    const job: Job = {
      scenarioFile,
      args: this.#options.args ?? null,
      outDirectory: join(run, 'out'),
      deadline: this.#started + (this.#limitSeconds - guestMarginSeconds) * 1000,
      kernel: this.#kernel,
    };
    writeFileSync(join(run, 'job.json'), JSON.stringify(job));
    const environment = {
      LAB_KERNEL: this.#kernel,
      LAB_KERNEL_MODULES: this.#kernel === 'qemu' ? stockKernelModules : umlModules,
      LAB_SHARE_OPTIONS: shareOptions,
      LAB_REPOSITORY: repositoryRoot,
      LAB_OUT: job.outDirectory,
      LAB_JOB: join(run, 'job.json'),
      LAB_MAIN: join(repositoryRoot, 'dist', 'test', 'lab', 'guest', 'main.js'),
      LAB_NODE: process.execPath,
      LAB_PATH: searchPath().join(delimiter),
      LAB_MODULES: (this.#kernel === 'qemu' ? `${modules} ${stockKernelCrypto}` : modules)
        .split(' ')
        .filter((name) => !this.#options.withoutModules?.includes(name))
        .join(' '),
      LAB_WITHOUT_MODULES: this.#options.withoutModules?.join(' ') ?? '',
    };
    const lines = Object.entries(environment).map(
      ([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`,
    );
    writeFileSync(join(run, 'job.env'), lines.join(''));
  }

  async #untilClosed(): Promise<void> {
    const { stdout, stderr } = this.#child;
    for (const stream of [stdout, stderr]) {
      if (stream !== null)
        createInterface({ input: stream }).on('line', (line) => this.#hear(line));
    }
    await new Promise<void>((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', () => resolve());
    });
  }

  #hear(raw: string): void {
    const line = raw.replace(/\r$/, '');
    appendFileSync(join(this.#runDirectory, 'out', 'console.log'), `${line}\n`);
    if (!line.startsWith(progressMark)) return;
    const text = line.slice(progressMark.length);
    this.#progress.push(text);
    this.#options.onProgress?.(text);
  }

  #judge(): LabResult {
    const file = join(this.#runDirectory, 'out', 'verdict.json');
    if (!existsSync(file)) {
      throw this.#failure(
        this.#timedOut
          ? `${this.#options.scenario}: time limit of ${this.#limitSeconds} s reached, the guest did not answer`
          : `${this.#options.scenario}: the guest ended without a verdict`,
      );
    }
    const verdict = JSON.parse(readFileSync(file, 'utf8')) as Verdict;
    if (verdict.outcome !== 'passed') {
      throw this.#failure(`${this.#options.scenario}: ${verdict.reason}`);
    }
    return {
      value: verdict.value,
      checks: verdict.checks,
      progress: this.#progress,
      kernel: this.#kernel,
      seconds: (Date.now() - this.#started) / 1000,
    };
  }

  #failure(reason: string): LabError {
    const out = join(this.#runDirectory, 'out');
    const logs = readdirSync(out)
      .filter((name) => name.endsWith('.log'))
      .map((name) => `--- ${name}\n${tail(readFileSync(join(out, name), 'utf8'), 25)}`);
    return new LabError(reason, this.#options.outDirectory ?? out, logs.join('\n'));
  }
}

/** The last lines; the call trace of a guest kernel that died is left to the log. */
function tail(text: string, count: number): string {
  const lines = text.trimEnd().split('\n');
  return lines
    .filter((line) => !line.startsWith(' [<'))
    .slice(-count)
    .join('\n');
}
