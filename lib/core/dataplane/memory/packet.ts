/** Packets as the memory data plane sees them: addresses and a length, no contents. */
import { type Address, contains } from '../../base/address.js';
import type { Ports, TrafficSelector } from '../../base/selector.js';
import type { IpsecMode, IpsecProtocol, IpsecSa } from '../types.js';

export interface Packet {
  readonly source: Address;
  readonly destination: Address;
  /** IP protocol number. */
  readonly protocol: number;
  /** Of UDP, TCP and the like. */
  readonly ports?: { readonly source: number; readonly destination: number };
  /** Length of the IP packet, which is what SAs count. */
  readonly bytes: number;
}

/** A packet inside one SA; several SAs nest. */
export interface EncryptedPacket {
  /** Outer addresses. */
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: IpsecProtocol;
  readonly spi: number;
  readonly sequenceNumber: number;
  readonly mode: IpsecMode;
  readonly inner: Packet | EncryptedPacket;
  /** Stands for the ciphertext and the integrity check value: who opens it needs the same. */
  readonly seal: Pick<IpsecSa, 'encryption' | 'integrity' | 'encryptionKey' | 'integrityKey'>;
}

export function isEncrypted(packet: Packet | EncryptedPacket): packet is EncryptedPacket {
  return 'spi' in packet;
}

/** Whether a packet that is in clear, or was, falls under a selector. */
export function selects(selector: TrafficSelector, packet: Packet): boolean {
  return (
    contains(selector.source, packet.source) &&
    contains(selector.destination, packet.destination) &&
    (selector.protocol === 0 || selector.protocol === packet.protocol) &&
    holds(selector.sourcePorts, packet.ports?.source) &&
    holds(selector.destinationPorts, packet.ports?.destination)
  );
}

function holds(ports: Ports, port: number | undefined): boolean {
  if (ports === 'any') return true;
  return port !== undefined && port >= ports.first && port <= ports.last;
}
