/**
 * Our nftables table as text for `nft -f`: the whole of it, or what changed. The rules stand where a packet
 * is when the kernel asks its own policies: before NAT of the source and after it for what leaves, before
 * anybody's filter for what arrives (E-17, E-40).
 */
import { globalCounters } from './counter-names.js';
import type { FilterTable, LayerForm, LayerSet, OuterSet } from './filter-table.js';
import { layerSetName, layerSets, outerSets } from './filter-table.js';

export const filterTableName = 'ipsecctl';
const table = `ip ${filterTableName}`;

const forms: readonly LayerForm[] = ['plain', 'ports'];

const keys: Record<LayerForm, string> = {
  plain: 'ip saddr . ip daddr . meta l4proto',
  ports: 'ip saddr . ip daddr . meta l4proto . th sport . th dport',
};

const types: Record<LayerForm, string> = {
  plain: 'ipv4_addr . ipv4_addr . inet_proto',
  ports: 'ipv4_addr . ipv4_addr . inet_proto . inet_service . inet_service',
};

const withoutDf = 'ip frag-off & 0x4000 == 0';
const clearDf = 'ip frag-off & 0x4000 != 0 ip frag-off set ip frag-off & 0xbfff';
const setDf = 'ip frag-off set ip frag-off | 0x4000';

/** Replaces whatever is there under our name by this, in one transaction. */
export function wholeScript(wanted: FilterTable): string {
  const definitions = [
    ...globalCounters.map((name) => `counter ${name} {}`),
    ...outerSets.map((set) => `set ${set} { type ${types.plain}; }`),
    ...layerNumbers(0, wanted.layers).flatMap(layerDefinitions),
    ...chains.map(({ name, hook, rules }) =>
      block(`chain ${name}`, [...hookLine(hook), ...rules(wanted)]),
    ),
  ];
  return [
    // Adding first makes the deletion work whether or not there is one.
    `add table ${table}`,
    `delete table ${table}`,
    block(`table ${table}`, definitions),
    ...elementChanges(new Map(), wanted.sets),
  ].join('\n');
}

/** Makes `wanted` of `present`. Counters of removed elements stay, and layers that are no longer needed. */
export function changeScript(present: FilterTable, wanted: FilterTable): string {
  const definitions = layerNumbers(present.layers, wanted.layers).flatMap(layerDefinitions);
  return [
    ...(definitions.length > 0 ? [block(`table ${table}`, definitions)] : []),
    ...ruleChanges(present, wanted),
    ...elementChanges(present.sets, wanted.sets),
  ].join('\n');
}

/** Forgets counters that nothing refers to any more. */
export function removeCountersScript(names: readonly string[]): string {
  return names.map((name) => `delete counter ${table} ${name}`).join('\n');
}

export const removeScript = `add table ${table}\ndelete table ${table}`;

function ruleChanges(present: FilterTable, wanted: FilterTable): readonly string[] {
  return chains.flatMap(({ name, rules }) => {
    const [before, after] = [rules(present), rules(wanted)];
    if (before.join('\n') === after.join('\n')) return [];
    return [
      `flush chain ${table} ${name}`,
      ...after.map((rule) => `add rule ${table} ${name} ${rule}`),
    ];
  });
}

interface Chain {
  readonly name: string;
  readonly hook?: string;
  /** Every packet passes them: a set without elements has no rule. */
  readonly rules: (filled: FilterTable) => readonly string[];
}

/** A chain stands behind those that it is jumped to from. */
const chains: readonly Chain[] = [
  {
    // It has come in before it is dropped on its way out.
    name: 'stopped',
    rules: countAccepted,
  },
  {
    name: 'fragmentable',
    rules: () => [clearDf],
  },
  {
    // A packet to be forwarded as the policies see it first: those that will drop it count it here,
    // for it comes no further. It comes before source NAT, whose change they would not see (E-15).
    // A packet is in one set of a layer at most: what SAs carry is asked for first.
    name: 'leaving',
    rules: (filled) => {
      const stops = filledLayers(filled, 'out_stopped');
      const firstWithoutStops = (stops.at(-1) ?? -1) + 1;
      return perLayer(filled, (layer) => [
        ...(layer === firstWithoutStops ? [`${withoutDf} accept`] : []),
        ...match(filled, 'out_clear_df', layer, 'goto fragmentable'),
        ...match(filled, 'out_other', layer, 'accept'),
        ...count(filled, 'out_stopped', layer, 'goto stopped'),
      ]);
    },
  },
  {
    name: 'arriving',
    rules: (filled) =>
      perLayer(filled, (layer) => [
        ...count(filled, 'in_stopped', layer, 'accept'),
        ...match(filled, 'in_other', layer, 'return'),
      ]),
  },
  {
    name: 'prerouting',
    hook: 'prerouting priority dstnat + 10',
    rules: () => [
      'fib daddr type != unicast accept',
      'meta ipsec missing jump arriving',
      'goto leaving',
    ],
  },
  {
    name: 'input',
    hook: 'input priority mangle - 10',
    rules: (filled) => [
      'iif lo accept',
      'meta ipsec exists accept',
      // Decrypted, or refused by its SA; no policy is asked about it.
      'ip protocol { esp, ah } accept',
      'udp dport 500 counter name in-accept-isakmp accept',
      ...perLayer(filled, (layer) => [
        ...count(filled, 'in_stopped', layer, 'accept'),
        ...count(filled, 'in_passed', layer, 'counter name in-accept accept'),
      ]),
      'counter name in-accept',
    ],
  },
  {
    name: 'forward',
    hook: 'forward priority mangle - 10',
    rules: countAccepted,
  },
  {
    name: 'output',
    hook: 'output priority mangle - 10',
    rules: (filled) => [
      ...outer(filled, 'outer_clear_df', `${clearDf} accept`),
      ...outer(filled, 'outer_set_df', `${setDf} accept`),
    ],
  },
  {
    name: 'postrouting',
    hook: 'postrouting priority srcnat + 10',
    rules: (filled) => [
      'oif lo accept',
      'rt ipsec exists accept',
      'udp sport 500 fib saddr type local counter name out-accept-isakmp accept',
      ...outer(filled, 'outer_repeated', 'counter name out-accept accept'),
      ...perLayer(filled, (layer) =>
        count(filled, 'out_passed', layer, 'counter name out-accept accept'),
      ),
      'counter name out-accept',
    ],
  },
];

/** A packet to be forwarded that came in clear, and was let in. */
function countAccepted(filled: FilterTable): readonly string[] {
  return [
    'meta ipsec exists accept',
    ...perLayer(filled, (layer) =>
      count(filled, 'in_passed', layer, 'counter name in-accept accept'),
    ),
    'counter name in-accept',
  ];
}

function hookLine(hook: string | undefined): readonly string[] {
  return hook === undefined ? [] : [`type filter hook ${hook}; policy accept;`];
}

function perLayer(
  { layers }: FilterTable,
  rulesOf: (layer: number) => readonly string[],
): readonly string[] {
  return layerNumbers(0, layers).flatMap(rulesOf);
}

function layerNumbers(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}

/** In which any packet is found in that set. */
function filledLayers(filled: FilterTable, set: LayerSet): readonly number[] {
  return layerNumbers(0, filled.layers).filter((layer) => filledForms(filled, set, layer).length);
}

function filledForms({ sets }: FilterTable, set: LayerSet, layer: number): readonly LayerForm[] {
  return forms.filter((form) => isFilled(sets, layerSetName(set, form, layer)));
}

function isFilled(sets: Sets, name: string): boolean {
  return elementsOf(sets, name).size > 0;
}

/** A packet that has no element ends the rule. */
function count(filled: FilterTable, set: LayerSet, layer: number, then: string): readonly string[] {
  return filledForms(filled, set, layer).map(
    (form) => `counter name ${keys[form]} map @${layerSetName(set, form, layer)} ${then}`,
  );
}

function match(filled: FilterTable, set: LayerSet, layer: number, then: string): readonly string[] {
  return filledForms(filled, set, layer).map(
    (form) => `${keys[form]} @${layerSetName(set, form, layer)} ${then}`,
  );
}

function outer({ sets }: FilterTable, set: OuterSet, then: string): readonly string[] {
  return isFilled(sets, set) ? [`${keys.plain} @${set} ${then}`] : [];
}

function layerDefinitions(layer: number): readonly string[] {
  return layerSets.flatMap((set) =>
    forms.map((form) => {
      const name = layerSetName(set, form, layer);
      return hasCounters(set)
        ? `map ${name} { type ${types[form]} : counter; flags interval; }`
        : `set ${name} { type ${types[form]}; flags interval; }`;
    }),
  );
}

function hasCounters(set: LayerSet): boolean {
  return set.endsWith('_passed') || set.endsWith('_stopped');
}

type Sets = FilterTable['sets'];

/** What goes first: the same element may come into another set, or with another counter. */
function elementChanges(present: Sets, wanted: Sets): readonly string[] {
  const gone: string[] = [];
  const counters = new Set<string>();
  const come: string[] = [];
  for (const name of new Set([...present.keys(), ...wanted.keys()])) {
    const [before, after] = [elementsOf(present, name), elementsOf(wanted, name)];
    const removed = [...before].filter(([element, counter]) => !isIn(after, element, counter));
    const added = [...after].filter(([element, counter]) => !isIn(before, element, counter));
    gone.push(...elementCommand('delete', name, removed));
    come.push(...elementCommand('add', name, added));
    for (const [, counter] of added) if (counter !== undefined) counters.add(counter);
  }
  // Adding a counter that is there leaves it as it is.
  return [...gone, ...[...counters].map((name) => `add counter ${table} ${name}`), ...come];
}

function elementsOf(sets: Sets, name: string): ReadonlyMap<string, string | undefined> {
  return sets.get(name) ?? new Map();
}

function isIn(
  elements: ReadonlyMap<string, string | undefined>,
  element: string,
  counter: string | undefined,
): boolean {
  return elements.has(element) && elements.get(element) === counter;
}

function elementCommand(
  verb: 'add' | 'delete',
  name: string,
  elements: readonly (readonly [string, string | undefined])[],
): readonly string[] {
  if (elements.length === 0) return [];
  const texts = elements.map(([element, counter]) =>
    counter === undefined ? element : `${element} : "${counter}"`,
  );
  return [`${verb} element ${table} ${name} { ${texts.join(', ')} }`];
}

function block(head: string, lines: readonly string[]): string {
  return [`${head} {`, ...lines, '}'].join('\n');
}
