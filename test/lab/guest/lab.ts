/** What a scenario holds in its hands: machines, wires, checks, progress, and the end of everything it started. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Check, Job } from '../job.js';
import { progressMark } from '../job.js';
import { Machine } from './machine.js';
import { must } from './process.js';
import { Router } from './router.js';
import { waitUntil, within } from './wait.js';
import { Wire } from './wire.js';

export interface TwoRouters {
  /** 1.0.0.1 on the wire; 10.1.0.1 towards h1. */
  readonly r1: Router;
  /** 1.0.0.2 on the wire; 10.2.0.1 towards h2. */
  readonly r2: Router;
  /** 10.1.0.2, behind r1. */
  readonly h1: Machine;
  /** 10.2.0.2, behind r2. */
  readonly h2: Machine;
  readonly wire: Wire;
}

export class Lab {
  /** The JSON value given to runInLab. */
  readonly args: unknown;
  /** Files written here reach the host. */
  readonly outDirectory: string;
  readonly kernel: Job['kernel'];
  readonly checks: Check[] = [];
  #keepsShells = false;
  readonly #endings: { what: string; action: () => Promise<unknown> }[] = [];

  constructor(job: Job) {
    this.args = job.args;
    this.outDirectory = job.outDirectory;
    this.kernel = job.kernel;
  }

  /** Reports to whoever started the lab; several lines are several reports. */
  progress(text: string): void {
    for (const line of text.split('\n')) process.stdout.write(`${progressMark}${line}\n`);
  }

  /** Records a condition. All are looked at even if one fails; a failed one fails the scenario. */
  check(name: string, ok: boolean, detail: unknown = ''): void {
    const text = typeof detail === 'string' ? detail : JSON.stringify(detail);
    this.checks.push({ name, ok, detail: text });
    this.progress(`${ok ? 'ok' : 'FAILED'}: ${name}${text === '' ? '' : ` (${text})`}`);
  }

  /** Polls until the condition gives something other than undefined or false. @throws Error after `seconds`. */
  waitUntil<T>(
    what: string,
    seconds: number,
    condition: () => T | undefined | false | Promise<T | undefined | false>,
  ): Promise<T> {
    return waitUntil(what, seconds, condition);
  }

  /** Runs at the end of the scenario, passed or failed; the last registered first, each for 8 s at most. */
  onEnd(what: string, action: () => Promise<unknown>): void {
    this.#endings.push({ what, action });
  }

  /** Performs what onEnd collected. */
  async end(): Promise<void> {
    for (let ending = this.#endings.pop(); ending; ending = this.#endings.pop()) {
      try {
        await within(ending.what, 8, ending.action());
      } catch (error) {
        this.progress(`while ending: ${(error as Error).message}`);
      }
    }
  }

  /**
   * Machines added from now on run their programs one after the other, which start many times quicker
   * then: for scenarios of very many small steps that do not overlap.
   */
  keepShells(): void {
    this.#keepsShells = true;
  }

  /**
   * Loads these kernel modules and has the kernel load no others while `action` runs: it would start a
   * program for every name of an algorithm it does not know yet. On a guest alone: elsewhere it is not ours.
   */
  async withModules(modules: readonly string[], action: () => Promise<void>): Promise<void> {
    if (this.kernel !== 'uml') return action();
    const loader = '/proc/sys/kernel/modprobe';
    const program = readFileSync(loader, 'utf8');
    await must(['modprobe', '-a', ...modules]);
    writeFileSync(loader, '\n');
    try {
      await action();
    } finally {
      writeFileSync(loader, program);
    }
  }

  async addRouter(name: string): Promise<Router> {
    const router = new Router(this, name);
    await this.#addNamespaces([router]);
    await router.sysctl('net.ipv4.ip_forward', 1);
    return router;
  }

  /** A machine without forwarding. Give it a `gateway` after linking: `host.ip('route add default via ...')`. */
  async addHost(name: string): Promise<Machine> {
    const host = new Machine(this, name);
    await this.#addNamespaces([host]);
    return host;
  }

  async addWire(name: string): Promise<Wire> {
    const wire = new Wire(this, name);
    await this.#addNamespaces([wire]);
    await wire.ip('link add br0 type bridge\nlink set br0 up');
    return wire;
  }

  /** A cable between two machines without a wire in between. Addresses as `10.1.0.1/24`. */
  async link(
    one: Machine,
    oneDevice: string,
    oneCidr: string,
    other: Machine,
    otherDevice: string,
    otherCidr: string,
  ): Promise<void> {
    await one.ip(`
      link add ${oneDevice} type veth peer name ${otherDevice} netns ${other.name}
      addr add ${oneCidr} dev ${oneDevice}
      link set ${oneDevice} up`);
    await other.ip(`
      addr add ${otherCidr} dev ${otherDevice}
      link set ${otherDevice} up`);
  }

  /**
   * h1 10.1.0.2 -- 10.1.0.1 r1 1.0.0.1 == wire == 1.0.0.2 r2 10.2.0.1 -- 10.2.0.2 h2
   * The routers know each other's LAN, so without IPsec everything passes in clear and a leak shows.
   */
  async twoRouters(): Promise<TwoRouters> {
    const r1 = new Router(this, 'r1');
    const r2 = new Router(this, 'r2');
    const h1 = new Machine(this, 'h1');
    const h2 = new Machine(this, 'h2');
    const wire = new Wire(this, 'wire');
    await this.#addNamespaces([r1, r2, h1, h2, wire]);
    await wire.ip('link add br0 type bridge\nlink set br0 up');
    await wire.attach(r1, '1.0.0.1/24');
    await wire.attach(r2, '1.0.0.2/24');
    await this.connectHosts({ r1, r2, h1, h2 });
    for (const router of [r1, r2]) await router.sysctl('net.ipv4.ip_forward', 1);
    await waitUntil('r1 to reach r2', 5, async () => {
      const { received } = await r1.ping('1.0.0.2', { count: 1 });
      return received === 1;
    });
    return { r1, r2, h1, h2, wire };
  }

  /** Of `twoRouters`, all but what is between the routers: the hosts behind them, and the routes. */
  async connectHosts({ r1, r2, h1, h2 }: Omit<TwoRouters, 'wire'>): Promise<void> {
    await this.link(r1, 'eth1', '10.1.0.1/24', h1, 'eth0', '10.1.0.2/24');
    await this.link(r2, 'eth1', '10.2.0.1/24', h2, 'eth0', '10.2.0.2/24');
    await h1.ip('route add default via 10.1.0.1');
    await h2.ip('route add default via 10.2.0.1');
    await r1.ip('route add default via 1.0.0.2');
    await r2.ip('route add default via 1.0.0.1');
  }

  async #addNamespaces(machines: readonly Machine[]): Promise<void> {
    const commands = machines.map(({ name }) => `netns add ${name}\n`).join('');
    await must(['ip', '-batch', '-'], { input: commands });
    for (const machine of machines) {
      if (this.#keepsShells) machine.keepShell();
      // Asymmetric paths are part of the tests, redirects would hide them, IPv6 would only add noise.
      await machine.must([
        'sh',
        '-c',
        `cd /proc/sys/net/ipv4/conf
        for scope in all default; do
          for setting in rp_filter send_redirects accept_redirects; do echo 0 >$scope/$setting; done
        done
        echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
        ip link set lo up`,
      ]);
    }
  }
}
