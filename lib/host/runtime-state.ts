/**
 * What a killed daemon leaves behind for its successor, in `kernel.json` of the state directory: the
 * kernel policies that no reqid marks as ours, and whom it had SAs or negotiations with.
 */
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from './atomic-file.js';
import { IpsecError } from './errors.js';

const version = 1;
const fileName = 'kernel.json';

/** Busy daemons gain and lose SAs all the time: the file follows at this pace. */
const activityWriteMs = 1_000;

/** Whom the daemon had to do with. */
export interface Activity {
  /** Ids of policy rows with SAs or negotiations. */
  readonly policies: readonly number[];
  /** Addresses of peers that may believe in something common. */
  readonly remotes: readonly string[];
}

/** What the last daemon in this directory left. */
export interface Leftovers extends Activity {
  /** It did not stop cleanly: it was killed, or it crashed. */
  readonly unclean: boolean;
  /** Its policies without templates, as `fingerprintOf` names them; some may never have been installed. */
  readonly unmarkedPolicies: ReadonlySet<string>;
}

interface KernelFile extends Activity {
  readonly version: number;
  /** A restart of the machine, or another network namespace, has none of these policies. */
  readonly kernel: string;
  readonly unmarkedPolicies: readonly string[];
}

const nothing: Leftovers = {
  unclean: false,
  unmarkedPolicies: new Set(),
  policies: [],
  remotes: [],
};

/** Names this boot of the kernel and the network namespace this process is in. */
export function kernelIdentity(): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${boot} ${readlinkSync('/proc/self/ns/net')}`;
}

export interface RuntimeStateHooks {
  /** Asked when the file is written. */
  readonly activity: () => Activity;
  /** Told when the activity could not be written; the daemon can go on without. */
  readonly onWriteError: (error: unknown) => void;
}

export interface RuntimeStateOptions extends RuntimeStateHooks {
  readonly directory: string;
  readonly kernel: string;
}

export class RuntimeState {
  readonly leftovers: Leftovers;
  readonly #options: RuntimeStateOptions;
  readonly #path: string;
  #unmarked: readonly string[] | undefined;
  #timer: NodeJS.Timeout | undefined;
  #activityWrittenAt = Number.NEGATIVE_INFINITY;

  constructor(options: RuntimeStateOptions) {
    this.#options = options;
    this.#path = join(options.directory, fileName);
    this.leftovers = readLeftovers(this.#path, options.kernel);
  }

  /** Must precede the installation of any of them. Throws an `IpsecError`. */
  recordPolicies(fingerprints: readonly string[]): void {
    if (isSameList(fingerprints, this.#unmarked)) return;
    const before = this.#unmarked;
    this.#unmarked = fingerprints;
    try {
      this.#write();
    } catch (cause) {
      this.#unmarked = before;
      const words = cause instanceof Error ? cause.message : String(cause);
      throw new IpsecError(
        'ERR_IPSEC_STATE',
        `cannot write ${this.#path} (${words}): make room or mend the file system, then repeat`,
        cause,
      );
    }
  }

  /** The activity has changed: written at once when it was quiet before, else soon. */
  touch(): void {
    if (this.#timer !== undefined) return;
    const waitMs = Math.max(0, this.#activityWrittenAt + activityWriteMs - performance.now());
    if (waitMs === 0) this.#writeActivity();
    else this.#timer = setTimeout(() => this.#writeActivity(), waitMs).unref();
  }

  /** Stops writing and leaves the file to the next daemon: nothing was cleaned up. */
  abandon(): void {
    clearTimeout(this.#timer);
  }

  /** A clean stop: nothing of ours is left in the kernel. */
  clear(): void {
    clearTimeout(this.#timer);
    rmSync(this.#path, { force: true });
  }

  #writeActivity(): void {
    this.#timer = undefined;
    this.#activityWrittenAt = performance.now();
    try {
      this.#write();
    } catch (error) {
      this.#options.onWriteError(error);
    }
  }

  #write(): void {
    const { kernel, activity } = this.#options;
    const { policies, remotes } = activity();
    const file: KernelFile = {
      version,
      kernel,
      unmarkedPolicies: this.#unmarked ?? [...this.leftovers.unmarkedPolicies],
      policies,
      remotes,
    };
    // Not durable: a power failure takes the kernel's policies with it.
    writeAtomically(this.#path, `${JSON.stringify(file, undefined, 1)}\n`, { durable: false });
  }
}

/** An unreadable file tells nothing, and then nothing is ours: better an orphan than a theft. */
function readLeftovers(path: string, kernel: string): Leftovers {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return nothing;
  }
  const file = parse(text);
  if (file === undefined) return { ...nothing, unclean: true };
  // After a restart of the machine the kernel is empty, but the peers still believe in the old SAs.
  const unmarkedPolicies = new Set(file.kernel === kernel ? file.unmarkedPolicies : []);
  return { unclean: true, unmarkedPolicies, policies: file.policies, remotes: file.remotes };
}

function parse(text: string): KernelFile | undefined {
  let value: Partial<Record<keyof KernelFile, unknown>> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || value.version !== version) return undefined;
  const { kernel, unmarkedPolicies, policies, remotes } = value;
  if (typeof kernel !== 'string' || !isListOf<string>(unmarkedPolicies, 'string')) return undefined;
  if (!isListOf<number>(policies, 'number') || !isListOf<string>(remotes, 'string')) {
    return undefined;
  }
  return { version, kernel, unmarkedPolicies, policies, remotes };
}

function isSameList(a: readonly string[], b: readonly string[] | undefined): boolean {
  return a.length === b?.length && a.every((each, index) => each === b[index]);
}

function isListOf<T>(value: unknown, type: 'string' | 'number'): value is readonly T[] {
  return Array.isArray(value) && value.every((element) => typeof element === type);
}
