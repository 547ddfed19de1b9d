/** Packets as the memory data plane sees them: addresses and a length, no contents. */
import type { Address } from '../../base/address.js';
import type { Flow } from '../../base/flow.js';
import type { IpsecMode, IpsecProtocol, IpsecSa } from '../types.js';

export interface Packet extends Flow {
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
