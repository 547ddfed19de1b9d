/** `/ip ipsec manual-sa`: templates of manual keys for policies (spec A.3). */
import { memoize } from '../../base/memoize.js';
import {
  encryptionAlgorithm,
  encryptionAlgorithms,
  integrityAlgorithm,
  integrityAlgorithms,
} from '../../crypto/algorithms.js';
import type { Tables } from '../config.js';
import { ignored } from '../later-arguments.js';
import type { Flag, Item, MenuShape, NoStatistics, View } from '../menu.js';
import { defineMenu, disabledFlag } from '../menu.js';
import type { Properties } from '../property.js';
import { property } from '../property.js';
import { withWeakWords } from '../values/algorithm.js';
import { oneOf } from '../values/enumeration.js';
import type { InOut } from '../values/key-pair.js';
import { keyPair, spiPair } from '../values/key-pair.js';
import { itemName, nextName } from '../values/text.js';

const integrity = withWeakWords(
  oneOf(['null', 'md5', 'sha1'], { none: 'null' }),
  integrityAlgorithms,
);
const noKey: InOut<string> = { in: '', out: '' };
const firstSpi: InOut<number> = { in: 0x100, out: 0x100 };

const properties = {
  name: property(itemName, 'Name for policies to refer to.', {
    nextDefault: nextName('sa'),
    unique: true,
  }),
  'ah-algorithm': property(integrity, 'Authentication algorithm of AH.', { default: 'null' }),
  'esp-auth-algorithm': property(integrity, 'Authentication algorithm of ESP.', {
    default: 'null',
  }),
  'esp-enc-algorithm': property(
    withWeakWords(
      oneOf(['null', 'des', '3des', 'aes-128', 'aes-192', 'aes-256'], { none: 'null' }),
      encryptionAlgorithms,
    ),
    'Encryption algorithm of ESP.',
    { default: 'null' },
  ),
  'ah-key': property(keyPair, 'Incoming/outgoing AH key.', { default: noKey }),
  'esp-auth-key': property(keyPair, 'Incoming/outgoing ESP authentication key.', {
    default: noKey,
  }),
  'esp-enc-key': property(keyPair, 'Incoming/outgoing ESP encryption key.', { default: noKey }),
  'ah-spi': property(spiPair, 'Incoming/outgoing SPI of AH.', { default: firstSpi }),
  'esp-spi': property(spiPair, 'Incoming/outgoing SPI of ESP.', { default: firstSpi }),
} as const satisfies Properties;

export type ManualSaItem = Item<typeof properties>;

/** The properties whose keys have the wrong length for their algorithms. */
export function wrongKeys(item: ManualSaItem): readonly string[] {
  const needed = [
    ['ah-key', item['ah-algorithm'], integrityAlgorithm(item['ah-algorithm']).keyBytes],
    [
      'esp-auth-key',
      item['esp-auth-algorithm'],
      integrityAlgorithm(item['esp-auth-algorithm']).keyBytes,
    ],
    [
      'esp-enc-key',
      item['esp-enc-algorithm'],
      encryptionAlgorithm(item['esp-enc-algorithm']).keyBytes,
    ],
  ] as const;
  // With null any key will do: the manual prints one without the flag.
  return needed
    .filter(
      ([key, algorithm, bytes]) =>
        algorithm !== 'null' &&
        [item[key].in, item[key].out].some((digits) => digits.length !== 2 * bytes),
    )
    .map(([key]) => key);
}

function wrongKeyReasons(item: ManualSaItem) {
  return wrongKeys(item).map((key) => ({
    rule: 'A-30',
    text: `${key} has the wrong length for its algorithm: give a key of the right length, or set the algorithm to null`,
  }));
}

/** The protocols that policies use a template for, by its id. */
const protocolsOfTemplates = memoize((policies: Tables['policy']) => {
  const uses = new Map<number, Set<'ah' | 'esp'>>();
  for (const policy of policies) {
    const id = policy['manual-sa'];
    if (id === undefined) continue;
    const protocols = uses.get(id) ?? new Set();
    for (const protocol of policy['ipsec-protocols']) protocols.add(protocol);
    uses.set(id, protocols);
  }
  return uses;
});

/** The algorithms of a protocol that nobody uses the template for. */
function unusedAlgorithms({ id }: ManualSaItem, { config }: View) {
  const used = protocolsOfTemplates(config.tables.policy).get(id);
  return [
    ...(used?.has('ah') ? [] : (['ah-algorithm'] as const)),
    ...(used?.has('esp') ? [] : (['esp-auth-algorithm', 'esp-enc-algorithm'] as const)),
  ];
}

const invalidFlag = {
  letter: 'I',
  word: 'invalid',
  applies: (item) => wrongKeys(item).length > 0,
  reasons: wrongKeyReasons,
} as const satisfies Flag<ManualSaItem>;

/** What programs see of a template. */
export type ManualSaShape = MenuShape<typeof properties, NoStatistics, typeof invalidFlag>;

export const manualSaMenu = defineMenu<typeof properties>({
  name: 'manual-sa',
  help: 'templates of manual keys',
  properties,
  flags: [[disabledFlag, invalidFlag]],
  printForm: 'detail',
  brief: ['name', 'ah-spi', 'esp-spi'],
  itemName: 'name',
  mayBeNull: unusedAlgorithms,
  laterArguments: {
    lifetime: ignored(['0s', '0'], 'manual SAs never expire here: leave lifetime out'),
  },
});
