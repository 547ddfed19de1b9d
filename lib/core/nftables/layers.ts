/**
 * First match by sets: nftables finds a packet's element in a set fast, but the elements of one set must not
 * overlap. So policies are laid in layers of disjoint selectors, and the layers are asked one after the other.
 */
import { addressToNumber, netmask } from '../base/address.js';
import type { Ports, TrafficSelector } from '../base/selector.js';

export interface Placement {
  /** From 0: above the layers of all earlier selectors that overlap with this one. */
  readonly layer: number;
  /** A later selector overlaps with this one: packets of this one must not get that far. */
  readonly isBefore: boolean;
}

interface Entry {
  readonly selector: TrafficSelector;
  readonly source: number;
  readonly destination: number;
  layer: number;
  isBefore: boolean;
}

/** Selectors whose prefixes have the same two lengths. */
interface Shape {
  readonly sourceLength: number;
  readonly destinationLength: number;
  readonly entries: Entry[];
  /** By two shorter lengths: the entries by their networks of those lengths. */
  readonly byNetworks: Map<string, Map<string, Entry[]>>;
}

/** One placement for each selector, in order. Overlap is the same seen from the other side. */
export function layersOf(selectors: readonly TrafficSelector[]): readonly Placement[] {
  const shapes = new Map<string, Shape>();
  return selectors.map((selector) => {
    const entry: Entry = {
      selector,
      source: addressToNumber(selector.source.address),
      destination: addressToNumber(selector.destination.address),
      layer: 0,
      isBefore: false,
    };
    for (const shape of shapes.values()) {
      for (const earlier of overlapping(shape, entry)) {
        earlier.isBefore = true;
        entry.layer = Math.max(entry.layer, earlier.layer + 1);
      }
    }
    insert(shapes, entry);
    return entry;
  });
}

function insert(shapes: Map<string, Shape>, entry: Entry): void {
  const [sourceLength, destinationLength] = lengthsOf(entry);
  const name = `${sourceLength} ${destinationLength}`;
  const shape: Shape = shapes.get(name) ?? {
    ...{ sourceLength, destinationLength },
    entries: [],
    byNetworks: new Map(),
  };
  shapes.set(name, shape);
  shape.entries.push(entry);
  for (const [lengths, index] of shape.byNetworks) {
    const [source, destination] = lengths.split(' ').map(Number);
    file(index, entry, source ?? 0, destination ?? 0);
  }
}

/** Those of a shape that some packet matches together with `entry`. */
function overlapping(shape: Shape, entry: Entry): readonly Entry[] {
  const [sourceLength, destinationLength] = lengthsOf(entry);
  // Prefixes overlap when the shorter one holds the longer one.
  const source = Math.min(sourceLength, shape.sourceLength);
  const destination = Math.min(destinationLength, shape.destinationLength);
  const lengths = `${source} ${destination}`;
  let index = shape.byNetworks.get(lengths);
  if (index === undefined) {
    index = new Map();
    for (const each of shape.entries) file(index, each, source, destination);
    shape.byNetworks.set(lengths, index);
  }
  const near = index.get(networksOf(entry, source, destination)) ?? [];
  return near.filter((each) => haveCommonUpperLayer(each.selector, entry.selector));
}

function file(index: Map<string, Entry[]>, entry: Entry, source: number, destination: number) {
  const networks = networksOf(entry, source, destination);
  const entries = index.get(networks);
  if (entries === undefined) index.set(networks, [entry]);
  else entries.push(entry);
}

function lengthsOf({ selector }: Entry): readonly [number, number] {
  return [selector.source.length, selector.destination.length];
}

function networksOf(entry: Entry, sourceLength: number, destinationLength: number): string {
  return `${entry.source & netmask(sourceLength)} ${entry.destination & netmask(destinationLength)}`;
}

function haveCommonUpperLayer(a: TrafficSelector, b: TrafficSelector): boolean {
  return (
    (a.protocol === 0 || b.protocol === 0 || a.protocol === b.protocol) &&
    haveCommonPort(a.sourcePorts, b.sourcePorts) &&
    haveCommonPort(a.destinationPorts, b.destinationPorts)
  );
}

function haveCommonPort(a: Ports, b: Ports): boolean {
  return a === 'any' || b === 'any' || (a.first <= b.last && b.first <= a.last);
}
