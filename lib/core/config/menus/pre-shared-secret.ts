/** `/ip ipsec pre-shared-secret`: how IKE peers prove themselves (spec A.5). */
import type { Item, MenuShape } from '../menu.js';
import { defineMenu, disabledFlag } from '../menu.js';
import type { Properties } from '../property.js';
import { property } from '../property.js';
import { secretWeakness } from '../secret-strength.js';
import { ip, unsetAddress } from '../values/address.js';
import { secretText, string } from '../values/text.js';

const properties = {
  address: property(ip, 'Address of the peer.', { default: unsetAddress }),
  'ident-string': property(string, 'Identity of the peer, for aggressive and base mode.', {
    default: '',
  }),
  secret: property(secretText, 'The secret; after 0x it is read as hexadecimal.'),
} as const satisfies Properties;

export type PreSharedSecretItem = Item<typeof properties>;

/** What programs see of a secret. */
export type PreSharedSecretShape = MenuShape<typeof properties>;

export const preSharedSecretMenu = defineMenu<typeof properties>({
  name: 'pre-shared-secret',
  help: 'secrets to authenticate IKE peers',
  properties,
  flags: [[disabledFlag]],
  printForm: 'brief',
  brief: ['address', 'ident-string', 'secret'],
  whenUsed: ['ident-string'],
  judgements: [{ property: 'secret', why: secretWeakness }],
  // exactly one of the two.
  refusal: (row) =>
    (row.address === unsetAddress) === (row['ident-string'] === '')
      ? 'address or ident-string must be specified'
      : undefined,
});
