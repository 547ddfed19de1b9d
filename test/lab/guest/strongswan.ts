/** strongSwan's charon in a router: a private instance, configured through its own vici socket. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackgroundProcess, must, type RunResult, run } from './process.js';
import type { Router } from './router.js';
import {
  type StrongswanOptions,
  strongswanDaemonConfig,
  strongswanPeerConfig,
} from './strongswan-config.js';
import { waitUntil } from './wait.js';

export type { StrongswanOptions } from './strongswan-config.js';

const charonProgram = '/usr/sbin/charon-systemd';
const startSeconds = 20;

export class Strongswan {
  readonly #router: Router;
  readonly #directory: string;
  readonly #logFile: string;
  readonly #process: BackgroundProcess;

  private constructor(router: Router, extra: string) {
    this.#router = router;
    this.#directory = join(router.directory, 'charon');
    this.#logFile = join(router.lab.outDirectory, `${router.name}-charon.log`);
    rmSync(this.#directory, { recursive: true, force: true });
    mkdirSync(join(this.#directory, 'swanctl'), { recursive: true });
    writeFileSync(
      this.#environment['STRONGSWAN_CONF'] ?? '',
      strongswanDaemonConfig({ viciSocket: this.#socket, logFile: this.#logFile, extra }),
    );
    const outFile = join(router.lab.outDirectory, `${router.name}-charon-out.log`);
    const argv = [...router.enter, charonProgram];
    this.#process = new BackgroundProcess('charon', argv, outFile, this.#environment);
    router.lab.onEnd(`stop charon in ${router.name}`, () => this.#process.stop(3));
  }

  /** @throws Error with charon's own words when it does not come up or refuses the configuration. */
  static async start(router: Router, options: StrongswanOptions): Promise<Strongswan> {
    if (!existsSync(charonProgram)) {
      throw new Error('strongSwan is missing: node scripts/run.mjs setup fetches it');
    }
    const instance = new Strongswan(router, options.daemonConfig ?? '');
    await waitUntil(`charon in ${router.name}`, startSeconds, async () => {
      if (instance.#process.exit !== undefined) {
        throw new Error(`charon in ${router.name} ended:\n${instance.#process.tail()}`);
      }
      if (!existsSync(instance.#socket)) return false;
      return (await instance.#swanctl(['--stats'])).exitCode === 0;
    });
    if (instance.log().includes('could not open IPv4 socket')) {
      throw new Error(`charon in ${router.name} got no UDP port 500`);
    }
    await instance.load(options);
    return instance;
  }

  /** Replaces the connection and the secret. */
  async load(options: StrongswanOptions): Promise<void> {
    const file = join(this.#directory, 'swanctl', 'swanctl.conf');
    writeFileSync(file, strongswanPeerConfig(options));
    await must(['swanctl', '--load-all', '--uri', `unix://${this.#socket}`], {
      env: this.#environment,
    });
  }

  /** Starts the negotiation from here. Exit code 0 = both phases are up; the text says what happened. */
  initiate(timeoutSeconds = 15): Promise<RunResult> {
    return this.#swanctl(['--initiate', '--child', 'child', '--timeout', String(timeoutSeconds)]);
  }

  /** Closes the IKE SA and what hangs on it, telling the other side. */
  terminate(timeoutSeconds = 5): Promise<RunResult> {
    return this.#swanctl(['--terminate', '--ike', 'peer', '--timeout', String(timeoutSeconds)]);
  }

  /** Negotiates new keys: of the child, or of the IKE SA. */
  rekey(what: 'child' | 'ike'): Promise<RunResult> {
    return this.#swanctl(['--rekey', `--${what}`, what === 'child' ? 'child' : 'peer']);
  }

  /** What `swanctl --list-sas` prints. */
  async listSas(): Promise<string> {
    return (await this.#swanctl(['--list-sas'])).stdout;
  }

  /** charon's log so far. */
  log(): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8') : '';
  }

  /** @throws Error with the end of the log when no line matches after `seconds`. */
  async waitForLog(pattern: RegExp, seconds = 10): Promise<void> {
    try {
      await waitUntil(String(pattern), seconds, () => pattern.test(this.log()));
    } catch (error) {
      const end = this.log().split('\n').slice(-20).join('\n');
      throw new Error(
        `${(error as Error).message} in charon's log of ${this.#router.name}:\n${end}`,
      );
    }
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  /** Ends it without a word to the other side. */
  async kill(): Promise<void> {
    this.#process.signal('SIGKILL');
    await this.#process.exited(5);
  }

  get #socket(): string {
    return join(this.#directory, 'charon.vici');
  }

  get #environment(): Record<string, string> {
    return {
      STRONGSWAN_CONF: join(this.#directory, 'strongswan.conf'),
      SWANCTL_DIR: join(this.#directory, 'swanctl'),
    };
  }

  #swanctl(args: readonly string[]): Promise<RunResult> {
    return run(['swanctl', ...args, '--uri', `unix://${this.#socket}`], {
      env: this.#environment,
      timeoutSeconds: 40,
    });
  }
}
