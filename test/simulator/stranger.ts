/**
 * Somebody on the path who hears everything, has no keys, and sends what he likes under any address: old
 * datagrams again, damaged ones before the true ones, forged deletes and notifies, floods of first messages.
 */

import { spiBytes } from '../../lib/core/base/spi.js';
import type { Datagram } from '../../lib/core/ike/input.js';
import { headerBytes } from '../../lib/core/wire/isakmp-header.js';
import { encodeMessage, type Payload } from '../../lib/core/wire/message.js';
import { doi } from '../../lib/core/wire/registry/doi.js';
import { exchangeType } from '../../lib/core/wire/registry/exchange-type.js';
import { notifyType } from '../../lib/core/wire/registry/notify-type.js';
import { protocolId } from '../../lib/core/wire/registry/protocol-id.js';
import type { Random } from './random.js';
import { hostsOf } from './tables.js';
import type { World } from './world.js';

const remembered = 200;

export class Stranger {
  readonly #world: World;
  readonly #random: Random;
  readonly #heard: Datagram[] = [];
  #isOn = true;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
    world.network.onDatagram = (datagram) => this.#hear(datagram);
    this.#next();
  }

  stop(): void {
    this.#isOn = false;
    this.#world.network.onDatagram = undefined;
  }

  #hear(datagram: Datagram): void {
    if (this.#heard.length >= remembered) this.#heard.shift();
    this.#heard.push(datagram);
    // In clear a damaged copy can ruin a phase 1, which nothing protects; it comes back later.
    if (!isProtected(datagram.bytes) || !this.#random.chance(0.2)) return;
    const bytes = this.#world.network.corrupted(datagram.bytes);
    this.#world.network.inject({ ...datagram, bytes }, 0);
  }

  #next(): void {
    const wait = this.#random.integer(1, 2 * this.#world.options.strangerEveryMs);
    this.#world.schedule.add(this.#world.now + wait, () => {
      if (!this.#isOn) return;
      this.#act();
      this.#next();
    });
  }

  #act(): void {
    const random = this.#random;
    const what = random.integer(0, 7);
    if (what === 5) this.#clearPacket();
    if (this.#heard.length === 0) return;
    const heard = random.pick(this.#heard);
    const { network, options, phase } = this.#world;
    if ((what === 0 || what > 5) && isProtected(heard.bytes)) network.inject(heard, 0);
    if (what === 1) this.#say(heard, this.#forgedDelete(heard));
    if (what === 2) this.#say(heard, notify(notifyType['INITIAL-CONTACT']));
    if (what === 3) this.#sealedNoise(heard);
    // They take the places of true first messages, which then come ten seconds late.
    if (what === 4 && options.flood && phase !== 'calm') this.#flood(heard);
  }

  /** An informational message in clear under the cookies of a true exchange. */
  #say({ local, remote, bytes }: Datagram, payload: Payload): void {
    const message = encodeMessage(
      {
        initiatorCookie: bytes.slice(0, 8),
        responderCookie: bytes.slice(8, 16),
        version: { major: 1, minor: 0 },
        exchangeType: exchangeType.informational,
        flags: { encryption: false, commit: false, authenticationOnly: false },
        messageId: this.#random.integer(1, 0xffffffff),
      },
      [payload],
    );
    this.#world.network.inject({ local, remote, bytes: message }, 0);
  }

  /** Of the SAs in use between the two: SPIs travel in clear. */
  #forgedDelete({ local, remote, bytes }: Datagram): Payload {
    const sas = (this.#world.routerAt(local.address)?.sas() ?? []).filter(
      ({ source }) => source === remote.address,
    );
    if (sas.length === 0 || this.#random.chance(0.3)) {
      return { type: 'D', doi: doi.IPSEC, protocol: protocolId.ISAKMP, spis: [bytes.slice(0, 16)] };
    }
    const { protocol, spi } = this.#random.pick(sas);
    const number = protocol === 'esp' ? protocolId.ESP : protocolId.AH;
    return { type: 'D', doi: doi.IPSEC, protocol: number, spis: [spiBytes(spi)] };
  }

  /** A quick mode or informational message of noise, marked as encrypted. */
  #sealedNoise(heard: Datagram): void {
    if (!isProtected(heard.bytes)) return;
    const bytes = heard.bytes.slice();
    bytes.set(this.#random.bytes(bytes.length - headerBytes), headerBytes);
    if (this.#random.chance(0.7)) bytes.set(this.#random.bytes(4), 20);
    this.#world.network.inject({ ...heard, bytes }, 0);
  }

  #flood(heard: Datagram): void {
    const isFirst = heard.bytes.subarray(8, 16).every((byte) => byte === 0);
    if (!isFirst) return;
    for (let count = this.#random.integer(1, 40); count > 0; count -= 1) {
      const bytes = heard.bytes.slice();
      bytes.set(this.#random.bytes(8), 0);
      this.#world.network.inject({ ...heard, bytes }, 0);
    }
  }

  /** A packet in clear that only a tunnel may bring. */
  #clearPacket(): void {
    const tunnel = this.#random.pick(this.#world.plan.tunnels);
    const to = this.#world.router(this.#random.pick(tunnel.ends).router);
    const [destination, source] = hostsOf(tunnel, to.index);
    if (!to.isMachineUp) return;
    const protocol = tunnel.ipProtocol === 0 ? 1 : tunnel.ipProtocol;
    const received = to.receivePacket({ source, destination, protocol, bytes: 84 });
    for (const checker of this.#world.checkers) {
      checker.forgedPacket?.(to, tunnel, received.kind === 'delivered', this.#world);
    }
  }
}

function isProtected(bytes: Uint8Array): boolean {
  const exchange = bytes[18];
  const encrypted = ((bytes[19] ?? 0) & 1) === 1;
  return encrypted && (exchange === exchangeType.quick || exchange === exchangeType.informational);
}

function notify(type: number): Payload {
  return {
    type: 'N',
    doi: doi.IPSEC,
    protocol: protocolId.ISAKMP,
    spi: new Uint8Array(0),
    notifyType: type,
    data: new Uint8Array(0),
  };
}
