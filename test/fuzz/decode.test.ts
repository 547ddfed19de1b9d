/** 200,000 damaged datagrams through the decoder: no exception, bounded work, bounded memory. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { equalBytes } from '../../lib/core/base/bytes.js';
import { limits } from '../../lib/core/base/limits.js';
import { headerBytes } from '../../lib/core/wire/isakmp-header.js';
import {
  type DecodedPayload,
  decodeMessage,
  decodePayloads,
  encodePayloads,
} from '../../lib/core/wire/message.js';
import { mutations } from '../support/mutate.js';
import { readIkeMessages } from '../support/pcap.js';
import { listShared, readShared } from '../support/shared.js';

const runs = 200_000;
/** FUZZ_SEED=n tries other datagrams; a failure prints the seed and the smallest datagram it found. */
const seed = Number(process.env['FUZZ_SEED'] ?? 2407);

const corpus = ['pcap-ikev1', 'hostile'].flatMap((folder) =>
  listShared('vectors', folder)
    .filter((name) => /\.pcap(ng)?$/.test(name))
    .flatMap((name) => readIkeMessages(readShared('vectors', folder, name))),
);

/** How many values one payload decoded to: what an attacker could multiply. */
function countParts(payload: DecodedPayload): number {
  switch (payload.type) {
    case 'SA':
      return payload.proposals.reduce(
        (sum, { transforms }) =>
          sum + 1 + transforms.reduce((inner, t) => inner + 1 + t.attributes.length, 0),
        1,
      );
    case 'ATTR':
      return 1 + payload.attributes.length;
    case 'D':
      return 1 + payload.spis.length;
    default:
      return 1;
  }
}

/** Checks one datagram and says what came of it. */
function check(datagram: Uint8Array): string {
  const decoded = decodeMessage(datagram);
  // The same body once more as if it came out of a cipher: any next payload type, any padding.
  const body = datagram.subarray(headerBytes);
  const opened = decodePayloads(datagram[16] ?? 0, body, { allowPadding: true });
  for (const result of [decoded, opened]) {
    if (result.ok) continue;
    const { detail } = result.error;
    if (detail.length > 200 || !/^[\x20-\x7e]+$/.test(detail)) throw new Error(`detail: ${detail}`);
  }
  if (opened.ok) {
    const { payloads, consumed } = opened.value;
    if (payloads.length > limits.payloadsPerMessage) throw new Error('too many payloads');
    const parts = payloads.reduce((sum, payload) => sum + countParts(payload), 0);
    if (parts > consumed) throw new Error(`${parts} values out of ${consumed} bytes`);
    const again = encodePayloads(payloads, { keepReserved: true }).body;
    if (!equalBytes(again, body.subarray(0, consumed))) throw new Error('written differently');
  }
  return decoded.ok ? 'ok' : decoded.error.reason;
}

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test(`${runs} damaged datagrams are decoded or refused, seed ${seed}`, () => {
  expect(corpus.length).toBeGreaterThan(50);
  const outcomes = new Map<string, number>();
  const property = fc.property(mutations(corpus), (datagram) => {
    const outcome = check(datagram);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  });
  // A first round lets the compiler and the generator take what memory they keep.
  fc.assert(property, { seed: seed + 1, numRuns: 20_000 });
  const before = heapAfterCollection();
  outcomes.clear();
  fc.assert(property, { seed, numRuns: runs });
  const grown = heapAfterCollection() - before;

  // The damage must be of all kinds: enough that is refused, enough that gets through.
  expect([...outcomes.keys()].sort()).toEqual(['limited', 'malformed', 'ok', 'version']);
  expect(outcomes.get('malformed')).toBeGreaterThan(runs / 4);
  expect(outcomes.get('ok')).toBeGreaterThan(runs / 20);
  expect(grown).toBeLessThan(8 * 2 ** 20);
}, 120_000);
