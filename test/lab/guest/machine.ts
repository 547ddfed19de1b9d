/** A machine of the lab: one network namespace with its interfaces, addresses and programs. */
import { type KernelPolicy, type KernelSa, parsePolicies, parseSas } from './kernel-state.js';
import type { Lab } from './lab.js';
import { type PingOptions, type PingResult, ping } from './ping.js';
import { must, type RunOptions, type RunResult, run } from './process.js';

export class Machine {
  readonly lab: Lab;
  readonly name: string;

  constructor(lab: Lab, name: string) {
    this.lab = lab;
    this.name = name;
  }

  /** The command prefix that runs a program in here; the program keeps the pid of the prefix. */
  get enter(): readonly string[] {
    return ['nsenter', `--net=/run/netns/${this.name}`, '--'];
  }

  /** Runs a program in here; a non-zero exit is a result. */
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult> {
    return run([...this.enter, ...argv], options);
  }

  /** Runs a program that must succeed and returns what it printed. */
  must(argv: readonly string[], options?: RunOptions): Promise<string> {
    return must([...this.enter, ...argv], options);
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

  /** Default 3 requests, 0.2 s apart. Lost requests are a result, not an error. */
  ping(address: string, options?: PingOptions): Promise<PingResult> {
    return ping(this.enter, address, options);
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
