/** The replay window of an inbound SA against a set of numbers (RFC 4303 3.4.3). */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { protectByHand } from '../../../support/ipsec-reference.js';
import { ipv4Packet, openSa, saSettings, transformNamed } from '../../../support/userspace-sas.js';

const settings = saSettings(transformNamed('esp null null'), { direction: 'in' });
const choices = { sequenceNumber: 0, iv: new Uint8Array(0), identification: 0, timeToLive: 1 };
const template = protectByHand(ipv4Packet(), settings, choices);

/** Without integrity the number can be written into the same packet. */
function numbered(sequenceNumber: number): Buffer {
  template.writeUInt32BE(sequenceNumber, 24);
  return template;
}

class Model {
  readonly #seen = new Set<number>();
  #highest = 0;

  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  accepts(number: number): boolean {
    if (this.#size === 0) return true;
    const isNew = number !== 0 && number > this.#highest - this.#size && !this.#seen.has(number);
    if (isNew) {
      this.#seen.add(number);
      this.#highest = Math.max(this.#highest, number);
    }
    return isNew;
  }
}

const largest = 0xffff_ffff;

/** A walk that stays near where it is, with a leap now and then. */
const walks = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: fc.record({ step: fc.integer({ min: -150, max: 80 }) }) },
      { weight: 3, arbitrary: fc.record({ step: fc.integer({ min: -5000, max: 5000 }) }) },
      { weight: 1, arbitrary: fc.record({ leap: fc.integer({ min: 0, max: largest }) }) },
      { weight: 1, arbitrary: fc.record({ leap: fc.constantFrom(0, 1, largest - 1, largest) }) },
    ),
    { minLength: 50, maxLength: 300 },
  )
  .map((moves) => {
    let at = 100;
    return moves.map((move) => {
      at = 'leap' in move ? move.leap : Math.min(largest, Math.max(0, at + move.step));
      return at;
    });
  });

const sizes = [0, 1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 129, 1000, 4096, 65536];

test.each(sizes)('a window of %i takes the numbers that a set of them takes', (replayWindow) => {
  fc.assert(
    fc.property(walks, (numbers) => {
      const sa = openSa({ ...settings, replayWindow });
      const model = new Model(replayWindow);
      let replays = 0;
      for (const [index, number] of numbers.entries()) {
        const outcome = sa.decapsulate(numbered(number), 0);
        const wanted = model.accepts(number);
        if (!wanted) replays += 1;
        if ((typeof outcome !== 'string') !== wanted || (!wanted && outcome !== 'replayed')) {
          throw new Error(`number ${number}, the ${index + 1}th, is ${outcome}`);
        }
      }
      const { replayErrors, packets } = sa.counters();
      expect([replayErrors, packets]).toEqual([replays, numbers.length - replays]);
    }),
    { numRuns: 40 },
  );
});

test('an outbound SA has no use for its window', () => {
  const sa = openSa({ ...settings, direction: 'out', replayWindow: 32 });
  expect(typeof sa.encapsulate(ipv4Packet(), 0, 1, 64)).not.toBe('string');
  expect(sa.decapsulate(numbered(1), 0)).toBe('wrongSa');
});
