/** SAs as the kernel lists them, told in our words: algorithms, direction, state. */
import { networkInterfaces } from 'node:os';
import {
  type EncryptionName,
  encryptionAlgorithms,
  type IntegrityName,
  integrityAlgorithms,
} from '../../core/crypto/algorithms.js';
import type { InstalledSa, IpsecSa } from '../../core/dataplane/types.js';
import type { KernelSa } from './xfrm-records.js';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The addresses of the interfaces that are up, as far as the system tells them; never throws. */
export function interfaceAddresses(): readonly string[] {
  try {
    return Object.values(networkInterfaces()).flatMap((rows) =>
      (rows ?? []).map(({ address }) => address),
    );
  } catch {
    // No descriptor or memory to spare: the direction of a found SA is then a guess.
    return [];
  }
}

/** Gives the algorithms our names; undefined for an SA with one we do not have. */
export function nameSa(
  sa: KernelSa,
  direction: IpsecSa['direction'],
  nowSeconds: number,
): InstalledSa | undefined {
  if (sa.combinedName !== '') return undefined;
  const integrity = integrityOf(sa);
  const encryption = encryptionOf(sa);
  if (integrity === undefined || (encryption === undefined && sa.encryptionName !== '')) {
    return undefined;
  }
  const { protocol, spi, source, destination, reqid, mode, lifetime, counters } = sa;
  const { replayWindow, clearsDf } = sa;
  const named: Writable<InstalledSa> = {
    protocol,
    spi,
    source,
    destination,
    direction,
    reqid,
    mode,
    integrity,
    encryptionKey: sa.encryptionKey,
    integrityKey: sa.integrityKey,
    replayWindow,
    clearsDf,
    lifetime,
    counters,
    state: stateOf(sa, nowSeconds),
  };
  if (encryption !== undefined) named.encryption = encryption;
  return named;
}

function integrityOf({ integrityName }: KernelSa): IntegrityName | undefined {
  if (integrityName === '') return 'null';
  return integrityAlgorithms.find(({ kernelName }) => kernelName === integrityName)?.name;
}

function encryptionOf({ encryptionName, encryptionKey }: KernelSa): EncryptionName | undefined {
  return encryptionAlgorithms.find(
    ({ kernelName, keyBytes }) =>
      kernelName === encryptionName && keyBytes === encryptionKey.length,
  )?.name;
}

/** The kernel lists no state, so it is told from what it does list (spec E-31). */
function stateOf(sa: KernelSa, nowSeconds: number): InstalledSa['state'] {
  if (sa.integrityName === '' && sa.encryptionName === '') return 'larval';
  const { lifetime, counters } = sa;
  const isOld = lifetime.softSeconds > 0 && nowSeconds - counters.addTime >= lifetime.softSeconds;
  const isUsedUp = lifetime.softBytes > 0 && counters.bytes >= lifetime.softBytes;
  return isOld || isUsedUp ? 'dying' : 'mature';
}
