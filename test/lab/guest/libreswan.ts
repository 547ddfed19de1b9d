/** Libreswan's pluto in a router: a private instance, configured through its own control socket. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { libreswanConfig, libreswanSecrets } from './libreswan-config.js';
import type { PeerOptions } from './peer-options.js';
import { BackgroundProcess, must, type RunResult, run } from './process.js';
import type { Router } from './router.js';
import { waitUntil } from './wait.js';

// Debian puts them there, and pluto runs addconn by this path.
const program = (name: string) => `/usr/libexec/ipsec/${name}`;
const startSeconds = 20;

export class Libreswan {
  readonly #router: Router;
  readonly #directory: string;
  readonly #logFile: string;
  readonly #process: BackgroundProcess;

  private constructor(router: Router, directory: string) {
    this.#router = router;
    this.#directory = directory;
    this.#logFile = join(router.lab.outDirectory, `${router.name}-pluto.log`);
    const outFile = join(router.lab.outDirectory, `${router.name}-pluto-out.log`);
    const argv = [
      ...router.enter,
      ...[program('pluto'), '--nofork', '--no-dnssec'],
      ...['--config', this.#config, '--secretsfile', this.#secrets],
      ...['--nssdir', join(directory, 'nss'), '--rundir', directory, '--dumpdir', directory],
      ...['--logfile', this.#logFile],
    ];
    this.#process = new BackgroundProcess('pluto', argv, outFile);
    router.lab.onEnd(`stop pluto in ${router.name}`, () => this.#process.stop(3));
  }

  /** @throws Error with pluto's own words when it does not come up or refuses the configuration. */
  static async start(router: Router, options: PeerOptions): Promise<Libreswan> {
    if (!existsSync(program('pluto'))) {
      throw new Error('Libreswan is missing: node scripts/run.mjs setup fetches it');
    }
    const directory = join(router.directory, 'pluto');
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(join(directory, 'nss'), { recursive: true });
    writeTexts(directory, options);
    // pluto does not start without a key database, even though nothing is in it.
    await must(['certutil', '-N', '-d', `sql:${join(directory, 'nss')}`, '--empty-password']);
    const instance = new Libreswan(router, directory);
    await waitUntil(`pluto in ${router.name}`, startSeconds, async () => {
      if (instance.#process.exit !== undefined) {
        throw new Error(
          `pluto in ${router.name} ended:\n${instance.#process.tail()}\n${instance.log()}`,
        );
      }
      if (!existsSync(instance.#socket)) return false;
      return (await instance.#whack(['--status'])).exitCode === 0;
    });
    // pluto would open its ports by itself, but some time after it answers.
    await instance.#whack(['--listen']);
    await instance.load(options);
    return instance;
  }

  /** Replaces the connection and the secret; what hung on the old connection ends, the other side is told. */
  async load(options: PeerOptions): Promise<void> {
    writeTexts(this.#directory, options);
    await this.#whack(['--name', 'peer', '--delete']);
    await this.#whack(['--rereadsecrets']);
    const before = this.log().length;
    const added = await run([
      ...this.#router.enter,
      ...[program('addconn'), '--config', this.#config, '--ctlsocket', this.#socket, 'peer'],
    ]);
    const { stdout } = await this.#whack(['--status']);
    if (!stdout.includes('"peer"')) {
      const words = `${added.stdout}${added.stderr}${this.log().slice(before)}`;
      throw new Error(`pluto in ${this.#router.name} refuses the connection:\n${words}`);
    }
  }

  /** Starts the negotiation from here. Exit code 0 = both phases are up; the text says what happened. */
  initiate(timeoutSeconds = 15): Promise<RunResult> {
    return this.#whack(['--name', 'peer', '--initiate'], timeoutSeconds);
  }

  /** Closes what the connection has, telling the other side, and does not begin anew by itself. */
  terminate(): Promise<RunResult> {
    return this.#whack(['--name', 'peer', '--terminate']);
  }

  /** What `whack --status` prints. */
  async status(): Promise<string> {
    return (await this.#whack(['--status'])).stdout;
  }

  /** pluto's log so far. */
  log(): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8') : '';
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  get #socket(): string {
    return join(this.#directory, 'pluto.ctl');
  }

  get #config(): string {
    return join(this.#directory, 'ipsec.conf');
  }

  get #secrets(): string {
    return join(this.#directory, 'ipsec.secrets');
  }

  #whack(args: readonly string[], timeoutSeconds = 20): Promise<RunResult> {
    return run([program('whack'), '--ctlsocket', this.#socket, ...args], { timeoutSeconds });
  }
}

function writeTexts(directory: string, options: PeerOptions): void {
  writeFileSync(join(directory, 'ipsec.conf'), libreswanConfig(options));
  writeFileSync(join(directory, 'ipsec.secrets'), libreswanSecrets(options), { mode: 0o600 });
}
