/** What is weak of what was agreed on, for the log: such tunnels work, and are marked. */
import {
  dhGroups,
  encryptionAlgorithms,
  hashAlgorithms,
  integrityAlgorithms,
  weakNames,
} from '../crypto/algorithms.js';
import type { PeerConfig } from './ike-config.js';
import type { Agreement } from './v1/phase2-proposal.js';

const weakCiphers = new Set(weakNames(encryptionAlgorithms));
const weakHashes = new Set(weakNames(hashAlgorithms));
const weakIntegrities = new Set(weakNames(integrityAlgorithms));
const weakGroups = new Set(weakNames(dhGroups));

/** Cipher, hash and group of phase 1. */
export function weakOfPhase1({ encryption, hash, group }: PeerConfig): readonly string[] {
  return [
    ...(weakCiphers.has(encryption) ? [encryption] : []),
    ...(weakHashes.has(hash) ? [hash] : []),
    ...(weakGroups.has(group) ? [group] : []),
  ];
}

/** Of every protocol what it uses, in words that tell a null cipher from null authentication. */
export function weakOfPhase2({ protocols, pfsGroup }: Agreement): readonly string[] {
  const weak = protocols.flatMap(({ encryption, integrity }) => [
    ...(encryption !== undefined && weakCiphers.has(encryption) ? [`enc-${encryption}`] : []),
    ...(weakIntegrities.has(integrity) ? [`auth-${integrity}`] : []),
  ]);
  const groups = pfsGroup !== undefined && weakGroups.has(pfsGroup) ? [pfsGroup] : [];
  return [...new Set([...weak, ...groups])];
}

/** The end of a message, and the field of its event: nothing where nothing is weak. */
export function weakMark(weak: readonly string[]) {
  return weak.length === 0
    ? { text: '', field: {} }
    : { text: `; weak: ${weak.join(', ')}`, field: { weak: weak.join(',') } };
}
