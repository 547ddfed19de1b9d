/** `/ip ipsec peer`: with whom IKE talks, and how phase 1 is made (spec A.4). */
import { ok } from '../../base/result.js';
import { dhGroups, encryptionAlgorithms, hashAlgorithms } from '../../crypto/algorithms.js';
import type { Ph1State } from '../live-status.js';
import { phase1States } from '../live-status.js';
import type { Item, MenuShape, Statistic, View } from '../menu.js';
import { defineMenu, disabledFlag } from '../menu.js';
import type { Properties } from '../property.js';
import { property } from '../property.js';
import { unknownValue } from '../value-error.js';
import { peerAddress } from '../values/address.js';
import { withWeakWords } from '../values/algorithm.js';
import { oneOf, yesNo } from '../values/enumeration.js';
import { integer, whenPresent } from '../values/number.js';
import { dateTime } from '../values/time.js';
import { laterPeerArguments } from './peer-later.js';

/** The groups the menu names (A.4); the catalogue of algorithms knows one more, modp6144. */
export const menuDhGroups = [
  'modp768',
  'modp1024',
  'modp1536',
  'modp2048',
  'modp3072',
  'modp4096',
  'modp8192',
] as const;

/** With pre-shared keys, and there are no others here, two of them give the secret away to who can guess it. */
const exchangeModes = [
  { name: 'main' },
  {
    name: 'aggressive',
    weak: 'whoever asks gets a hash of the secret to try guesses on: use main mode, or a secret nobody can guess (RFC 2409 5.4)',
  },
  {
    name: 'base',
    weak: 'whoever listens gets a hash of the secret to try guesses on: use main mode, or a secret nobody can guess (RFC 2408 4.4)',
  },
] as const;

const properties = {
  address: property(peerAddress, 'Address of the peer, or network of peers, and its port.', {
    unique: true,
  }),
  'exchange-mode': property(
    withWeakWords(oneOf(['main', 'aggressive', 'base']), exchangeModes),
    'Phase 1 exchange.',
    { default: 'main' },
  ),
  'send-initial-contact': property(yesNo, 'Tells the peer to forget SAs of an earlier run.', {
    default: true,
  }),
  'proposal-check': property(
    oneOf(['claim', 'exact', 'obey', 'strict']),
    'How the lifetimes and PFS group the peer offers in phase 2 are judged.',
    { default: 'strict' },
  ),
  // `sha1` is the word of later versions.
  'hash-algorithm': property(
    withWeakWords(oneOf(['md5', 'sha'], { sha1: 'sha' }), hashAlgorithms),
    'Phase 1 hash.',
    { default: 'md5' },
  ),
  'enc-algorithm': property(
    withWeakWords(oneOf(['des', '3des', 'aes-128', 'aes-192', 'aes-256']), encryptionAlgorithms),
    'Phase 1 encryption.',
    { default: '3des' },
  ),
  'dh-group': property(
    withWeakWords(oneOf(menuDhGroups), dhGroups),
    'Phase 1 Diffie-Hellman group.',
    { default: 'modp1024' },
  ),
} as const satisfies Properties;

export type PeerItem = Item<typeof properties>;

function established(item: PeerItem, { status }: View) {
  const peer = status.peers.get(item.id);
  return peer?.state === 'established' ? peer : undefined;
}

const count = whenPresent(integer(0, Number.MAX_SAFE_INTEGER));
const authMethod = oneOf(['pre-shared-key']);

const statistics = {
  'ph1-state': {
    type: oneOf(phase1States),
    help: 'State of phase 1 with this peer.',
    value: (item, { status }): Ph1State => status.peers.get(item.id)?.state ?? 'no-phase1',
  },
  'ph1-side': {
    type: whenPresent(oneOf(['initiator', 'responder'])),
    help: 'Who spoke first: initiator is this router.',
    value: (item, view) => established(item, view)?.side,
  },
  'ph1-established': {
    type: whenPresent(dateTime),
    help: 'When phase 1 was established.',
    value: (item, view) => established(item, view)?.establishedEpochSeconds,
  },
  'ph2-active': {
    type: count,
    help: 'Phase 2 negotiations under way.',
    value: (item, view) => established(item, view)?.phase2Active,
  },
  'ph2-total': {
    type: count,
    help: 'Phase 2 negotiations completed under this phase 1.',
    value: (item, view) => established(item, view)?.phase2Total,
  },
} as const satisfies Readonly<Record<string, Statistic<PeerItem>>>;

/** What programs see of a peer. */
export type PeerShape = MenuShape<typeof properties, typeof statistics>;

export const peerMenu = defineMenu<typeof properties>({
  name: 'peer',
  help: 'IKE peer configuration',
  properties,
  flags: [[disabledFlag]],
  printForm: 'detail',
  brief: ['address', 'exchange-mode', 'hash-algorithm', 'enc-algorithm', 'dh-group'],
  itemName: 'address',
  statistics,
  legacyArguments: {
    'auth-method': {
      help: 'Only pre-shared-key; accepted for old scripts.',
      grammar: authMethod.grammar,
      parse: (text) => ('pre-shared-key'.startsWith(text) && text !== '' ? ok({}) : unknownValue),
    },
  },
  laterArguments: laterPeerArguments,
  laterDefaults: {
    'proposal-check': 'varies',
    'hash-algorithm': 'varies',
    'enc-algorithm': 'varies',
  },
});
