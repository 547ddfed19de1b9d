/** The index of a table: what a change costs, and that it always says what the items say. */
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { Result } from '../../../../lib/core/base/result.js';
import { tableMenus } from '../../../../lib/core/config/config.js';
import { peerMenu } from '../../../../lib/core/config/menus/peer.js';
import { proposalMenu } from '../../../../lib/core/config/menus/proposal.js';
import { tableIndex } from '../../../../lib/core/config/references.js';
import { TableIndex } from '../../../../lib/core/config/table-index.js';
import type { Config } from '../../../../lib/core/config/tables.js';
import {
  addItem,
  emptyConfig,
  moveItems,
  removeItems,
  setItems,
} from '../../../../lib/core/config/tables.js';

function must<T>(result: Result<T, { readonly text: string }>): T {
  if (!result.ok) throw new Error(result.error.text);
  return result.value;
}

function peerAt(number: number) {
  const address = `10.0.${number >> 8}.${number & 255}`;
  return { address: { address, length: 32, port: 500 } };
}

function withPeers(first: number, count: number, config = emptyConfig()): Config {
  let next = config;
  for (let number = first; number < first + count; number += 1) {
    next = must(addItem(next, 'peer', peerAt(number))).config;
  }
  return next;
}

const { address } = peerMenu.properties;

interface Writes {
  readonly type: { format(...values: never[]): unknown };
}

/** How often a value of the property is written, an address of a peer, while the work is done. */
function writesOf(work: () => unknown, { type }: Writes = address): number {
  const write = jest.spyOn(type, 'format');
  work();
  const { length } = write.mock.calls;
  write.mockRestore();
  return length;
}

describe('a change costs what it changes, and not what there is', () => {
  const small = withPeers(0, 30);
  const large = withPeers(0, 600);

  test.each([
    ['adding ten peers', (config: Config) => withPeers(1000, 10, config)],
    ['refusing one', (config: Config) => addItem(config, 'peer', peerAt(1))],
    ['changing one', (config: Config) => must(setItems(config, 'peer', [3], peerAt(2000)))],
    ['removing one', (config: Config) => must(removeItems(config, 'peer', [4]))],
  ])('%s', (_, work) => {
    // Whoever works on an old configuration pays once for its index.
    for (const config of [small, large]) tableIndex(config, 'peer');
    const writes = writesOf(() => work(small));
    expect(writes).toBeGreaterThan(0);
    for (const config of [small, large]) tableIndex(config, 'peer');
    expect(writesOf(() => work(large))).toBe(writes);
  });

  test('what is not unique is changed without a look at what is', () => {
    const ids = large.tables.peer.map(({ id }) => id);
    tableIndex(large, 'peer');
    expect(writesOf(() => must(setItems(large, 'peer', ids, { comment: 'all' })))).toBe(0);
  });

  test('a thousand proposals without a name do not count from one each time', () => {
    let config = emptyConfig();
    const writes = writesOf(() => {
      for (let count = 0; count < 1000; count += 1) {
        config = must(addItem(config, 'proposal', {})).config;
      }
    }, proposalMenu.properties.name);
    expect(config.tables.proposal.at(-1)?.name).toBe('proposal1000');
    expect(writes).toBeLessThan(6000);
  });
});

describe('A.6 the default name takes the smallest number that is free', () => {
  const three = [1, 2, 3].reduce(
    (config) => must(addItem(config, 'proposal', {})).config,
    emptyConfig(),
  );
  const [, first = { id: 0 }, second = { id: 0 }] = three.tables.proposal;

  function nextName(config: Config): string | undefined {
    return must(addItem(config, 'proposal', {})).config.tables.proposal.at(-1)?.name;
  }

  test('also when it was removed', () => {
    const removed = must(removeItems(three, 'proposal', [second.id]));
    expect(nextName(removed)).toBe('proposal2');
  });

  test('also when its item was renamed', () => {
    expect(nextName(must(setItems(three, 'proposal', [first.id], { name: 'west' })))).toBe(
      'proposal1',
    );
  });

  test('and not one that somebody else was given since', () => {
    const removed = must(removeItems(three, 'proposal', [second.id]));
    const named = must(addItem(removed, 'proposal', { name: 'proposal2' })).config;
    expect(nextName(named)).toBe('proposal4');
  });
});

test('C-62 items may pass a name on in one change, and an old configuration stays what it was', () => {
  const one = withPeers(1, 1);
  const [peer = { id: 0 }] = one.tables.peer;
  const moved = must(setItems(one, 'peer', [peer.id], peerAt(2)));
  expect(addItem(moved, 'peer', peerAt(1)).ok).toBe(true);
  expect(addItem(one, 'peer', peerAt(1)).ok).toBe(false);
  expect(addItem(one, 'peer', peerAt(2)).ok).toBe(true);
});

type Step = { readonly kind: 'add' | 'set' | 'remove' | 'move'; readonly picks: readonly number[] };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('add', 'set', 'remove', 'move'),
    picks: fc.array(fc.nat(40), { maxLength: 12 }),
  }),
  { maxLength: 30 },
);

/** The configuration after the step, or the same when it is refused. */
function after(config: Config, { kind, picks }: Step): Config {
  const { proposal, policy } = config.tables;
  const rows = kind === 'move' ? policy : proposal;
  const ids = picks.flatMap((pick) => rows[pick % (rows.length || 1)]?.id ?? []);
  const [first = 0] = picks;
  const name = first % 3 === 0 ? {} : { name: `proposal${first % 7}` };
  switch (kind) {
    case 'add': {
      const added = addItem(config, 'proposal', name);
      const used = added.ok ? addItem(added.value.config, 'policy', { proposal: 1 }) : added;
      return used.ok ? used.value.config : config;
    }
    case 'set': {
      const changed = setItems(config, 'proposal', ids, { ...name, lifetime: first });
      return changed.ok ? changed.value : config;
    }
    case 'remove': {
      const removed = removeItems(config, 'proposal', ids);
      return removed.ok ? removed.value : config;
    }
    case 'move': {
      const moved = moveItems(config, 'policy', ids, policy[first % (policy.length || 1)]?.id);
      return moved.ok ? moved.value : config;
    }
  }
}

test('after whatever changes the index says what one made anew says', () => {
  fc.assert(
    fc.property(steps, (taken) => {
      let config = emptyConfig();
      for (const step of taken) {
        config = after(config, step);
        for (const table of ['proposal', 'policy'] as const) {
          const items = config.tables[table];
          const index = tableIndex(config, table);
          const anew = new TableIndex(tableMenus[table], items);
          for (const item of items) {
            expect(index.item(item.id)).toBe(item);
            expect(anew.item(item.id)).toBe(item);
          }
          expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
        }
        const { proposal } = config.tables;
        const names = proposal.map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
        for (const { id, name } of proposal) {
          expect(tableIndex(config, 'proposal').holder('name', name)?.id).toBe(id);
        }
        let free = 1;
        while (names.includes(`proposal${free}`)) free += 1;
        const fresh = tableIndex(config, 'proposal').freeDefault('name', (n) => `proposal${n}`);
        expect(fresh).toBe(`proposal${free}`);
        const users = config.tables.policy.filter((row) => row.proposal === 1).map(({ id }) => id);
        const known = [...tableIndex(config, 'policy').idsWith('proposal', 1)];
        expect(known.sort((a, b) => a - b)).toEqual([...users].sort((a, b) => a - b));
      }
    }),
  );
});

test('C-14 many items move in their present order', () => {
  let config = emptyConfig();
  for (let count = 0; count < 30; count += 1) {
    config = must(addItem(config, 'policy', { comment: `${count}` })).config;
  }
  const ids = config.tables.policy.map(({ id }) => id);
  const odd = ids.filter((_, number) => number % 2 === 1);
  const moved = must(moveItems(config, 'policy', [...odd].reverse(), ids[0]));
  const comments = moved.tables.policy.map(({ comment }) => Number(comment));
  const all = [...comments.keys()];
  expect(comments).toEqual([...all.filter((n) => n % 2), ...all.filter((n) => n % 2 === 0)]);
});
