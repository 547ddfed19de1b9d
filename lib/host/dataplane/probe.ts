/** Finds out what the kernel can protect with, by trying it (spec E-10). */
import { randomInt } from 'node:crypto';
import { Secret } from '../../core/base/secret.js';
import {
  type EncryptionName,
  encryptionAlgorithm,
  encryptionAlgorithms,
  type IntegrityName,
  integrityAlgorithm,
  integrityAlgorithms,
} from '../../core/crypto/algorithms.js';
import { reqidRange } from '../../core/dataplane/ownership.js';
import type {
  DataPlaneCapabilities,
  DataPlaneOperation,
  DataPlaneResult,
  IpsecSa,
} from '../../core/dataplane/types.js';

/** Both ends of the throw-away SAs: nothing sent there is ever looked up (`lo` has disable_xfrm). */
const nowhere = '127.0.0.1';

interface Trial {
  readonly sa: IpsecSa;
  readonly encryption?: EncryptionName;
  readonly integrity: IntegrityName;
}

/**
 * Adds and deletes one SA for every pair of algorithms, in one batch: a cipher counts as there when
 * it works with any integrity algorithm, and the other way round.
 */
export function probeCapabilities(
  apply: (operations: readonly DataPlaneOperation[]) => readonly DataPlaneResult[],
): DataPlaneCapabilities {
  const trials = allTrials();
  const results = apply(
    trials.flatMap(({ sa }): DataPlaneOperation[] => [
      { kind: 'installSa', sa },
      { kind: 'removeSa', id: sa },
    ]),
  );
  const passed = trials.filter((_, index) => results[2 * index]?.kind === 'ok');
  return {
    name: 'xfrm',
    esp: passed.some(({ sa }) => sa.protocol === 'esp'),
    ah: passed.some(({ sa }) => sa.protocol === 'ah'),
    encryption: encryptionAlgorithms
      .map(({ name }) => name)
      .filter((name) => passed.some(({ encryption }) => encryption === name)),
    integrity: integrityAlgorithms
      .map(({ name }) => name)
      .filter((name) => passed.some(({ integrity }) => integrity === name)),
  };
}

function allTrials(): readonly Trial[] {
  const firstSpi = randomInt(0x10000000, 0x7fffffff);
  const ciphers: (EncryptionName | undefined)[] = encryptionAlgorithms.map(({ name }) => name);
  const pairs = [...ciphers, undefined].flatMap((encryption) =>
    integrityAlgorithms.map(({ name }) => ({ encryption, integrity: name })),
  );
  return pairs.map(({ encryption, integrity }, index) => ({
    sa: throwAwaySa(firstSpi + index, integrity, encryption),
    integrity,
    ...(encryption === undefined ? {} : { encryption }),
  }));
}

function throwAwaySa(spi: number, integrity: IntegrityName, encryption?: EncryptionName): IpsecSa {
  const keyBytes = encryption === undefined ? 0 : encryptionAlgorithm(encryption).keyBytes;
  return {
    protocol: encryption === undefined ? 'ah' : 'esp',
    spi,
    source: nowhere,
    destination: nowhere,
    direction: 'in',
    reqid: reqidRange.last,
    mode: 'tunnel',
    ...(encryption === undefined ? {} : { encryption }),
    integrity,
    encryptionKey: throwAwayKey(keyBytes),
    integrityKey: throwAwayKey(integrityAlgorithm(integrity).keyBytes),
    replayWindow: 0,
    lifetime: { softSeconds: 0, hardSeconds: 0, softBytes: 0, hardBytes: 0 },
  };
}

/** Bytes that differ: the kernel may refuse weak DES keys and triple DES keys with equal parts. */
function throwAwayKey(length: number): Secret {
  return new Secret(Uint8Array.from({ length }, (_, index) => (index * 37 + 1) & 0xff));
}
