/** A wire between machines: a bridge in a namespace of its own, where nobody encrypts and captures see all. */
import type { Capture } from './capture.js';
import { Machine } from './machine.js';

export class Wire extends Machine {
  readonly #ports: string[] = [];

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
   * IKE messages of that exchange type (RFC 2408 3.1) reach the machine that much later than others,
   * so that what was sent after them overtakes them.
   */
  async delayExchange(machine: string, exchangeType: number, seconds: number): Promise<void> {
    const port = this.portOf(machine);
    // The type stands 18 bytes into the message, behind 20 bytes of IP and 8 of UDP.
    const matches = `match ip sport 500 0xffff match u8 ${exchangeType} 0xff at 46`;
    const slow = `netem delay ${seconds * 1000}ms`;
    await this.must(['tc', '-batch', '-'], {
      input: `qdisc add dev ${port} root handle 1: prio bands 2 priomap ${'0 '.repeat(16)}
        qdisc add dev ${port} parent 1:2 ${slow}
        filter add dev ${port} parent 1: protocol ip u32 match ip protocol 17 0xff ${matches} flowid 1:2
      `,
    });
  }

  /**
   * Sees every IPv4 packet that machine sends or gets over this wire, once and as it travels.
   * Default: the machine attached first. `filter` is for loads that tcpdump is too slow for.
   */
  async capture(machine?: string, filter = 'ip'): Promise<Capture> {
    const port = machine === undefined ? this.#ports[0] : this.portOf(machine);
    if (port === undefined) throw new Error(`nothing is attached to ${this.name}`);
    return this.captureAt(port, filter);
  }
}
