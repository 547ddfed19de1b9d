/** A wire between machines: a bridge in a namespace of its own, where nobody encrypts and captures see all. */
import { join } from 'node:path';
import { Capture } from './capture.js';
import { Machine } from './machine.js';

export class Wire extends Machine {
  readonly #ports: string[] = [];
  #captures = 0;

  /** The name that the port of a machine has on this wire. */
  portOf(machine: string): string {
    return `to-${machine}`;
  }

  /** Plugs a machine in. `cidr` is address and prefix length, such as `1.0.0.3/24`. */
  async attach(machine: Machine, cidr: string, device = 'eth0'): Promise<void> {
    const port = this.portOf(machine.name);
    await this.ip(`
      link add ${port} type veth peer name ${device} netns ${machine.name}
      link set ${port} master br0 up`);
    await machine.ip(`
      addr add ${cidr} dev ${device}
      link set ${device} up`);
    this.#ports.push(port);
  }

  /**
   * Sees every IPv4 packet that machine sends or gets over this wire, once and as it travels.
   * Default: the machine attached first.
   */
  async capture(machine?: string): Promise<Capture> {
    const port = machine === undefined ? this.#ports[0] : this.portOf(machine);
    if (port === undefined) throw new Error(`nothing is attached to ${this.name}`);
    this.#captures += 1;
    const file = join(this.lab.outDirectory, `${this.name}-${this.#captures}.pcap`);
    const capture = await Capture.start(this.enter, port, file);
    this.lab.onEnd(`stop the capture ${file}`, () => capture.stop());
    return capture;
  }
}
