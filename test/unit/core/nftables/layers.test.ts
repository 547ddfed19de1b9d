/** Layers of disjoint selectors find the same policy as asking all of them in order. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contains, prefixOf } from '../../../../lib/core/base/address.js';
import type { Ports, TrafficSelector } from '../../../../lib/core/base/selector.js';
import { layersOf } from '../../../../lib/core/nftables/layers.js';

interface Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly ports: readonly [number, number];
}

// Few addresses and ports, so that selectors overlap in every way there is.
const address = fc.integer({ min: 0, max: 7 }).map((last) => `10.0.0.${last}`);
const prefix = fc
  .tuple(address, fc.constantFrom(0, 24, 30, 31, 32))
  .map(([of, length]) => prefixOf(of, length));
const ports: fc.Arbitrary<Ports> = fc.oneof(
  fc.constant('any' as const),
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 2 })).map(([first, more]) => ({
    ...{ first, last: first + more },
  })),
);
const selector: fc.Arbitrary<TrafficSelector> = fc
  .record({
    source: prefix,
    destination: prefix,
    protocol: fc.constantFrom(0, 1, 6, 17),
    sourcePorts: ports,
    destinationPorts: ports,
  })
  .map((any) =>
    any.protocol === 6 || any.protocol === 17
      ? any
      : { ...any, sourcePorts: 'any' as const, destinationPorts: 'any' as const },
  );
const port = fc.integer({ min: 1, max: 6 });
const packet: fc.Arbitrary<Packet> = fc.record({
  source: address,
  destination: address,
  protocol: fc.constantFrom(1, 6, 17),
  ports: fc.tuple(port, port),
});

function matches(one: TrafficSelector, { source, destination, protocol, ports }: Packet): boolean {
  const within = (range: Ports, value: number) =>
    range === 'any' || (range.first <= value && value <= range.last);
  return (
    contains(one.source, source) &&
    contains(one.destination, destination) &&
    (one.protocol === 0 || one.protocol === protocol) &&
    within(one.sourcePorts, ports[0]) &&
    within(one.destinationPorts, ports[1])
  );
}

test('no layer has two selectors for one packet, and the first layer that has one has the first', () => {
  fc.assert(
    fc.property(fc.array(selector, { maxLength: 12 }), packet, (selectors, arrived) => {
      const placements = layersOf(selectors);
      const matching = placements
        .map(({ layer, isBefore }, position) => ({ layer, isBefore, position }))
        .filter(({ position }) => matches(selectors[position] as TrafficSelector, arrived));
      const layers = matching.map(({ layer }) => layer);
      expect(new Set(layers).size).toBe(layers.length);
      const [first] = [...matching].sort((a, b) => a.layer - b.layer);
      expect(first?.position).toBe(matching[0]?.position);
      for (const each of matching.slice(0, -1)) expect(each.isBefore).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test('policies that have nothing in common share one layer', () => {
  const selectors = Array.from({ length: 500 }, (_, number) => ({
    source: prefixOf(`10.1.${number >> 2}.0`, 24),
    destination: prefixOf(`10.2.0.${number & 3}`, 32),
    protocol: 0,
    ...({ sourcePorts: 'any', destinationPorts: 'any' } as const),
  }));
  expect(layersOf(selectors).every(({ layer, isBefore }) => layer === 0 && !isBefore)).toBe(true);
});
