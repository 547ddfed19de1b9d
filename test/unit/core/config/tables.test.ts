/** Changes of tables: atomic, frozen, with references by identity (A-03, A-04, A-60, A-61, C-62). */
import { describe, expect, test } from '@jest/globals';
import type { Result } from '../../../../lib/core/base/result.js';
import type { ConfigError } from '../../../../lib/core/config/config-error.js';
import { formatContext } from '../../../../lib/core/config/references.js';
import type { Config } from '../../../../lib/core/config/tables.js';
import {
  addItem,
  emptyConfig,
  moveItems,
  removeItems,
  setDisabled,
  setItems,
} from '../../../../lib/core/config/tables.js';

function must<T>(result: Result<T, ConfigError>): T {
  if (!result.ok) throw new Error(result.error.text);
  return result.value;
}

function refusal(result: Result<unknown, ConfigError>): string {
  return result.ok ? 'accepted' : `${result.error.rule}: ${result.error.text}`;
}

const manual = must(addItem(emptyConfig(), 'manual-sa', {}));
const proposal = must(addItem(manual.config, 'proposal', { name: 'west' }));
const policy = must(
  addItem(proposal.config, 'policy', { proposal: proposal.id, 'manual-sa': manual.id }),
);
const config: Config = policy.config;

test('A-60 a new configuration holds the default proposal with the defaults of A.6', () => {
  expect(emptyConfig()).toEqual({
    nextId: 2,
    tables: {
      'manual-sa': [],
      peer: [],
      policy: [],
      'pre-shared-secret': [],
      proposal: [
        {
          id: 1,
          name: 'default',
          'auth-algorithms': ['sha1'],
          'enc-algorithms': ['3des'],
          lifetime: 1800,
          lifebytes: 0,
          'pfs-group': 'modp1024',
          disabled: false,
          comment: '',
        },
      ],
    },
  });
});

test('A.1 a policy of defaults has the row other code reads', () => {
  expect(must(addItem(emptyConfig(), 'policy', {})).config.tables.policy[0]).toEqual({
    id: 2,
    'src-address': { address: '0.0.0.0', length: 32, ports: 'any' },
    'dst-address': { address: '0.0.0.0', length: 32, ports: 'any' },
    protocol: 0,
    action: 'accept',
    level: 'require',
    'ipsec-protocols': ['esp'],
    tunnel: false,
    'sa-src-address': '0.0.0.0',
    'sa-dst-address': '0.0.0.0',
    proposal: 1,
    'manual-sa': undefined,
    'dont-fragment': 'clear',
    disabled: false,
    comment: '',
  });
});

describe('A-61 references', () => {
  test('renaming a referenced item is followed', () => {
    const renamed = must(setItems(config, 'proposal', [proposal.id], { name: 'east' }));
    const [row] = renamed.tables.policy;
    expect(formatContext(renamed).nameOf('proposal', row?.proposal ?? 0)).toBe('east');
  });

  test('a referenced item cannot be removed, an unreferenced one can', () => {
    expect(refusal(removeItems(config, 'proposal', [proposal.id]))).toBe(
      'C-63: failure: item is used by policy',
    );
    expect(refusal(removeItems(config, 'manual-sa', [manual.id]))).toBe(
      'C-63: failure: item is used by policy',
    );
    const freed = must(removeItems(config, 'policy', [policy.id]));
    expect(refusal(removeItems(freed, 'proposal', [proposal.id]))).toBe('accepted');
  });

  test('a reference to an item that is not there is refused', () => {
    expect(refusal(addItem(config, 'policy', { proposal: 99 }))).toBe(
      'C-54: input does not match any value of proposal',
    );
  });
});

test('A-60 the default proposal can be changed and disabled', () => {
  const changed = must(setItems(config, 'proposal', [1], { name: 'default', lifetime: 60 }));
  expect(must(setDisabled(changed, 'proposal', [1], true)).tables.proposal[0]).toMatchObject({
    lifetime: 60,
    disabled: true,
  });
});

test('C-12 removing several items is all or nothing', () => {
  expect(refusal(removeItems(config, 'proposal', [1, proposal.id]))).toBe(
    'C-63: failure: the default item cannot be removed',
  );
  expect(refusal(removeItems(config, 'policy', [policy.id, 99]))).toBe('C-61: no such item');
});

test('C-62 a disabled peer keeps its address', () => {
  const one = must(
    addItem(config, 'peer', {
      address: { address: '1.1.1.1', length: 32, port: 500 },
      disabled: true,
    }),
  );
  expect(
    refusal(
      addItem(one.config, 'peer', { address: { address: '1.1.1.1', length: 32, port: 500 } }),
    ),
  ).toBe('C-62: failure: already have such entry');
});

test('Q-01 an unset side of the selector follows the SA address, at add and at set', () => {
  const added = must(addItem(emptyConfig(), 'policy', { 'sa-src-address': '1.0.0.1' }));
  expect(added.config.tables.policy[0]).toMatchObject({
    'src-address': { address: '1.0.0.1', length: 32 },
    'dst-address': { address: '0.0.0.0', length: 32 },
  });
  const later = must(
    setItems(added.config, 'policy', [added.id], {
      'sa-src-address': '1.0.0.9',
      'sa-dst-address': '1.0.0.2',
    }),
  );
  expect(later.tables.policy[0]).toMatchObject({
    'src-address': { address: '1.0.0.1' },
    'dst-address': { address: '1.0.0.2' },
  });
});

test('a configuration is frozen through and through, and a change leaves the old one alone', () => {
  const moved = must(moveItems(config, 'policy', [policy.id]));
  for (const value of [config, moved, moved.tables, moved.tables.policy]) {
    expect(Object.isFrozen(value)).toBe(true);
  }
  expect(Object.isFrozen(moved.tables.policy[0]?.['src-address'])).toBe(true);
  expect(Object.isFrozen(moved.tables.policy[0]?.['ipsec-protocols'])).toBe(true);
  must(setItems(config, 'policy', [policy.id], { tunnel: true }));
  expect(config.tables.policy[0]?.tunnel).toBe(false);
});

test('a misspelt property and a foreign value are errors of the compiler', () => {
  // @ts-expect-error there is no such property
  const misspelt = addItem(config, 'policy', { 'src-adress': '1.0.0.1' });
  // @ts-expect-error sha512 is no hash of the peer menu
  const foreign = addItem(config, 'peer', { 'hash-algorithm': 'sha512' });
  expect(refusal(misspelt)).toBe('accepted');
  expect(refusal(foreign)).toBe('C-60: missing value(s) of argument(s) address');
});
