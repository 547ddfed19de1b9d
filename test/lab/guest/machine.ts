/** A machine of the lab: one network namespace with its interfaces, addresses and programs. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository.js';
import { Capture } from './capture.js';
import { type KernelPolicy, type KernelSa, parsePolicies, parseSas } from './kernel-state.js';
import type { Lab } from './lab.js';
import { Pinging, type PingOptions, type PingResult, ping } from './ping.js';
import { mustSucceed, type RunOptions, type RunResult, run } from './process.js';
import { Shell } from './shell.js';

/** A UDP datagram; its ends as `10.1.0.2:500`. */
export interface Datagram {
  readonly from: string;
  readonly to: string;
  /** Of its content; default 8. */
  readonly bytes?: number;
}

export class Machine {
  readonly lab: Lab;
  readonly name: string;
  #captures = 0;
  #shell: Shell | undefined;

  constructor(lab: Lab, name: string) {
    this.lab = lab;
    this.name = name;
  }

  /** The command prefix that runs a program in here; the program keeps the pid of the prefix. */
  get enter(): readonly string[] {
    return ['nsenter', `--net=/run/netns/${this.name}`, '--'];
  }

  /** From now on programs in here run one after the other, and start many times quicker. */
  keepShell(): void {
    mkdirSync('/run/lab', { recursive: true });
    const shell = new Shell(this.enter, `/run/lab/shell-${this.name}`);
    this.#shell = shell;
    this.lab.onEnd(`stop the shell of ${this.name}`, async () => shell.stop());
  }

  /** Runs a program in here; a non-zero exit is a result. */
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult> {
    return this.#shell?.run(argv, options) ?? run([...this.enter, ...argv], options);
  }

  /** Runs a program that must succeed and returns what it printed. */
  async must(argv: readonly string[], options?: RunOptions): Promise<string> {
    return mustSucceed(argv, await this.run(argv, options));
  }

  /** Runs `ip` commands, one a line, without the word `ip`. */
  async ip(lines: string): Promise<void> {
    await this.must(['ip', '-batch', '-'], { input: `${lines.trim()}\n` });
  }

  /** `setting` below /proc/sys, with dots or slashes. */
  async sysctl(setting: string, value: string | number): Promise<void> {
    const file = `/proc/sys/${setting.replaceAll('.', '/')}`;
    await this.must(['sh', '-c', 'echo "$1" >"$2"', 'sh', String(value), file]);
  }

  /** Loads rules of nftables, in the words of `nft -f`. */
  async nft(rules: string): Promise<void> {
    await this.must(['nft', '-f', '-'], { input: rules });
  }

  /** Packets of the named counters of a table, such as `ip lab`. */
  async nftCounters(table: string): Promise<Record<string, number>> {
    const text = await this.must(['nft', '-j', 'list', 'counters', 'table', ...table.split(' ')]);
    const { nftables } = JSON.parse(text) as {
      nftables: { counter?: { name: string; packets: number } }[];
    };
    return Object.fromEntries(
      nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets]] : [])),
    );
  }

  /** Default 3 requests, 0.2 s apart. Lost requests are a result, not an error. */
  ping(address: string, options?: PingOptions): Promise<PingResult> {
    return ping((argv, runOptions) => this.run(argv, runOptions), address, options);
  }

  /** Sends UDP datagrams from the ports they name. */
  async sendDatagrams(...datagrams: readonly Datagram[]): Promise<void> {
    const program = join(repositoryRoot, 'dist', 'test', 'lab', 'guest', 'send-datagrams.js');
    await this.must([process.execPath, program, JSON.stringify(datagrams)]);
  }

  /** The kernel's counter of that name below /proc/net/snmp, such as `Icmp InEchos`. */
  async snmp(group: string, name: string): Promise<number> {
    const table = await this.must(['cat', '/proc/net/snmp']);
    const lines = table.split('\n').filter((line) => line.startsWith(`${group}: `));
    const [names = [], values = []] = lines.map((line) => line.split(' '));
    return Number(values[names.indexOf(name)]);
  }

  /** Sees every IPv4 packet that passes the device, both ways; or those of a filter of tcpdump. */
  async captureAt(device: string, filter = 'ip'): Promise<Capture> {
    this.#captures += 1;
    const file = join(this.lab.outDirectory, `${this.name}-${this.#captures}.pcap`);
    const capture = await Capture.start(this.enter, device, file, filter);
    this.lab.onEnd(`stop the capture ${file}`, () => capture.stop());
    return capture;
  }

  /** Pings until it is stopped, or the scenario ends. */
  startPing(address: string, options: Omit<PingOptions, 'count' | 'waitSeconds'> = {}): Pinging {
    const log = join(this.lab.outDirectory, `${this.name}-ping.log`);
    const pinging = new Pinging(this.enter, address, options, log);
    this.lab.onEnd(`stop a ping of ${this.name}`, () => pinging.stop());
    return pinging;
  }

  /** The kernel's security associations in here, keys included; larval ones too. */
  async kernelSas(): Promise<KernelSa[]> {
    return parseSas(await this.must(['ip', '-s', 'xfrm', 'state']));
  }

  /** The kernel's IPsec policies in here; those of sockets left out. */
  async kernelPolicies(): Promise<KernelPolicy[]> {
    return parsePolicies(await this.must(['ip', 'xfrm', 'policy']));
  }
}
