/** `/ip ipsec policy`: which packets are protected, and how (spec A.1). */

import { keyingRemarks } from '../keying.js';
import type { PolicyLiveStatus } from '../live-status.js';
import { phase2States } from '../live-status.js';
import type { Flag, Item, MenuShape, Statistic, View } from '../menu.js';
import { defineMenu, disabledFlag } from '../menu.js';
import type { Properties } from '../property.js';
import { approximately, property } from '../property.js';
import { invalidReason, invalidReasons } from '../validity.js';
import type { SelectorValue } from '../values/address.js';
import { ip, isUnset, selector, unsetAddress, unsetSelector } from '../values/address.js';
import { oneOf, someOf, yesNo } from '../values/enumeration.js';
import { integer } from '../values/number.js';
import { protocol, protocolNumbers } from '../values/protocol.js';
import { optionalReference, reference } from '../values/reference.js';
import { laterPolicyArguments, laterPolicyItem } from './policy-later.js';
import { defaultProposalId } from './proposal.js';

const properties = {
  'src-address': property(selector, 'Source of the packets; unset: the SA source alone.', {
    default: unsetSelector,
  }),
  'dst-address': property(
    selector,
    'Destination of the packets; unset: the SA destination alone.',
    { default: unsetSelector },
  ),
  protocol: property(protocol, 'IP protocol of the packets.', { default: protocolNumbers.all }),
  // `none` and `discard` are the words of v3 and later.
  action: property(
    oneOf(['accept', 'drop', 'encrypt'], { none: 'accept', discard: 'drop' }),
    'What happens to a matching packet.',
    { default: 'accept' },
  ),
  // `unique` is v3's; our SAs always belong to one policy, so it says the same (R-17).
  level: property(
    oneOf(['use', 'acquire', 'require'], { unique: 'require' }),
    'What happens while SAs are missing: pass; pass and ask IKE; drop and ask IKE.',
    { default: 'require' },
  ),
  'ipsec-protocols': property(
    someOf(['ah', 'esp'], { atLeastOne: true }),
    'Protocols applied; with both, AH is outside.',
    { default: ['esp'] },
  ),
  tunnel: property(yesNo, 'Tunnel mode: the whole packet travels inside a new one.', {
    default: false,
  }),
  'sa-src-address': property(ip, 'Local end of the SAs.', { default: unsetAddress }),
  'sa-dst-address': property(ip, 'Remote end of the SAs.', { default: unsetAddress }),
  proposal: property(reference('proposal'), 'What IKE offers and accepts for these SAs.', {
    default: defaultProposalId,
  }),
  'manual-sa': property(optionalReference('manual-sa'), 'Template of manual keys.', {
    default: undefined,
  }),
  'dont-fragment': property(
    oneOf(['clear', 'inherit', 'set']),
    'The DF bit of the encrypted packet.',
    { default: 'clear' },
  ),
} as const satisfies Properties;

export type PolicyItem = Item<typeof properties>;

const count = integer(0, Number.MAX_SAFE_INTEGER);

function packets(
  counter: Exclude<keyof PolicyLiveStatus, 'state'>,
  help: string | ReturnType<typeof approximately>,
) {
  return {
    type: count,
    ...(typeof help === 'string' ? { help } : help),
    value: (item: PolicyItem, { status }: View) => status.policies.get(item.id)?.[counter] ?? 0,
  };
}

const statistics = {
  'ph2-state': {
    type: oneOf(phase2States),
    help: 'Progress of the key exchange.',
    value: (item, { status }) => status.policies.get(item.id)?.state ?? 'no-phase2',
  },
  'in-accepted': packets('inAccepted', 'Received, passed without decryption.'),
  'in-dropped': packets('inDropped', 'Received, dropped without decryption.'),
  'out-accepted': packets('outAccepted', 'Sent without encryption.'),
  'out-dropped': packets(
    'outDropped',
    approximately(
      'Dropped instead of sent, without encryption.',
      'what this router itself sends is counted where no other policy can have dropped it',
    ),
  ),
  encrypted: packets('encrypted', 'Encrypted and sent.'),
  'not-encrypted': packets(
    'notEncrypted',
    approximately('Lost while encrypting.', 'counted where no other policy has SAs'),
  ),
  decrypted: packets('decrypted', 'Decrypted and passed on.'),
  'not-decrypted': packets('notDecrypted', 'Lost while decrypting.'),
} as const satisfies Readonly<Record<string, Statistic<PolicyItem>>>;

const invalidFlag = {
  letter: 'I',
  word: 'invalid',
  applies: (item, { config }) => invalidReason(config, item) !== undefined,
  reasons: (item, { config }) => invalidReasons(config, item),
} as const satisfies Flag<PolicyItem>;

/** What programs see of a policy. */
export type PolicyShape = MenuShape<typeof properties, typeof statistics, typeof invalidFlag>;

export const policyMenu = defineMenu<typeof properties>({
  name: 'policy',
  help: 'security policies',
  properties,
  ordered: true,
  flags: [[disabledFlag, invalidFlag]],
  printForm: 'detail',
  brief: ['src-address', 'dst-address', 'protocol', 'action', 'level', 'tunnel'],
  statisticsAfter: ['src-address', 'dst-address', 'protocol'],
  statistics,
  laterArguments: laterPolicyArguments,
  // Accept is what 2.6 means; whoever leaves it out in later versions wants protection.
  laterDefaults: { action: { value: 'encrypt' } },
  laterItem: laterPolicyItem,
  laterWords: {
    level: { unique: 'is taken as require: the SAs of a policy are always its own here' },
  },
  remarks: (item, { config }) => keyingRemarks(config, item),
  complete: (row) => ({
    ...row,
    'src-address': derived(row['src-address'], row['sa-src-address']),
    'dst-address': derived(row['dst-address'], row['sa-dst-address']),
  }),
});

/** An unset side of the selector becomes the SA's end. */
function derived(side: SelectorValue, end: string): SelectorValue {
  return isUnset(side) && side.ports === 'any' ? { ...unsetSelector, address: end } : side;
}
