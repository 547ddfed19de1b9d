/** SAs and policies that the XFRM tests install: every pair of algorithms, keys one can tell apart. */
import { Secret } from '../../../lib/core/base/secret.js';
import type { TrafficSelector } from '../../../lib/core/base/selector.js';
import {
  type EncryptionName,
  encryptionAlgorithm,
  encryptionAlgorithms,
  type IntegrityName,
  integrityAlgorithm,
  integrityAlgorithms,
} from '../../../lib/core/crypto/algorithms.js';
import { reqidOf } from '../../../lib/core/dataplane/ownership.js';
import type {
  DataPlanePolicy,
  IpsecProtocol,
  IpsecSa,
  PolicyTemplate,
  SaLifetime,
} from '../../../lib/core/dataplane/types.js';

export interface Combination {
  /** 1, 2, 3...: also the number of its addresses and, scattered, of its reqid. */
  readonly number: number;
  readonly protocol: IpsecProtocol;
  readonly encryption?: EncryptionName;
  readonly integrity: IntegrityName;
}

/** ESP with every pair of algorithms, AH with every integrity algorithm. */
export const combinations: readonly Combination[] = [
  ...encryptionAlgorithms.map(({ name }) => name),
  undefined,
]
  .flatMap((encryption) => integrityAlgorithms.map((row) => ({ encryption, integrity: row.name })))
  .map(({ encryption, integrity }, index) => ({
    number: index + 1,
    protocol: encryption === undefined ? 'ah' : 'esp',
    ...(encryption === undefined ? {} : { encryption }),
    integrity,
  }));

export function nameOf({ protocol, encryption, integrity }: Combination): string {
  return [protocol, encryption, integrity].filter((word) => word !== undefined).join(' ');
}

export const unlimited: SaLifetime = { softSeconds: 0, hardSeconds: 0, softBytes: 0, hardBytes: 0 };

/** Bytes that differ from each other and, by `seed`, from every other key. */
export function sampleKey(length: number, seed: number): Secret {
  return new Secret(Uint8Array.from({ length }, (_, index) => (seed * 59 + index * 31 + 7) % 256));
}

export interface Direction {
  readonly source: string;
  readonly destination: string;
  readonly direction: 'in' | 'out';
}

/** The tunnel mode SA of a combination; both ends make the same one from the same arguments. */
export function sampleSa(combination: Combination, way: Direction, spi: number): IpsecSa {
  const { number, protocol, encryption, integrity } = combination;
  const keyBytes = encryption === undefined ? 0 : encryptionAlgorithm(encryption).keyBytes;
  return {
    protocol,
    spi,
    source: way.source,
    destination: way.destination,
    direction: way.direction,
    reqid: reqidOf(number),
    mode: 'tunnel',
    ...(encryption === undefined ? {} : { encryption }),
    integrity,
    encryptionKey: sampleKey(keyBytes, 2 * number),
    integrityKey: sampleKey(integrityAlgorithm(integrity).keyBytes, 2 * number + 1),
    replayWindow: 32,
    lifetime: unlimited,
  };
}

export function hostSelector(source: string, destination: string): TrafficSelector {
  return {
    source: { address: source, length: 32 },
    destination: { address: destination, length: 32 },
    protocol: 0,
    sourcePorts: 'any',
    destinationPorts: 'any',
  };
}

export function protectPolicy(
  direction: DataPlanePolicy['direction'],
  selector: TrafficSelector,
  ...templates: readonly PolicyTemplate[]
): DataPlanePolicy {
  return { direction, selector, priority: 1000, action: 'protect', templates };
}

export function templateOf(sa: IpsecSa): PolicyTemplate {
  const { protocol, mode, source, destination, reqid } = sa;
  return { protocol, mode, source, destination, reqid, optional: false };
}
