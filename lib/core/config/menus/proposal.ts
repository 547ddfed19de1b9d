/** `/ip ipsec proposal`: what phase 2 offers and accepts (spec A.6). */
import type { Result } from '../../base/result.js';
import { ok } from '../../base/result.js';
import { dhGroups, encryptionAlgorithms, integrityAlgorithms } from '../../crypto/algorithms.js';
import type { Item, MenuShape } from '../menu.js';
import { defineMenu, disabledFlag } from '../menu.js';
import type { Properties, Row, ValueError } from '../property.js';
import { property } from '../property.js';
import { unknownValue } from '../value-error.js';
import { withWeakWords } from '../values/algorithm.js';
import { oneOf, someOf } from '../values/enumeration.js';
import { integer } from '../values/number.js';
import { itemName, nextName } from '../values/text.js';
import { time } from '../values/time.js';
import { menuDhGroups } from './peer.js';

/** The item that always exists, and has the first id of every configuration. */
export const defaultProposalName = 'default';
export const defaultProposalId = 1;

const authAlgorithms = withWeakWords(someOf(['md5', 'sha1', 'null']), integrityAlgorithms);
const encAlgorithms = withWeakWords(
  someOf(['3des', 'aes-128', 'aes-192', 'aes-256', 'des', 'null'], {
    // The words of later versions.
    aliases: { 'aes-128-cbc': 'aes-128', 'aes-192-cbc': 'aes-192', 'aes-256-cbc': 'aes-256' },
  }),
  encryptionAlgorithms,
);

const properties = {
  name: property(itemName, 'Name for policies to refer to.', {
    nextDefault: nextName('proposal'),
    unique: true,
  }),
  'auth-algorithms': property(authAlgorithms, 'Allowed authentication algorithms.', {
    default: ['sha1'],
  }),
  'enc-algorithms': property(encAlgorithms, 'Allowed encryption algorithms.', {
    default: ['3des'],
  }),
  lifetime: property(time, 'How long an SA is used; 0s = no limit.', { default: 1800 }),
  lifebytes: property(integer(0, 0xffff_ffff), 'How many bytes an SA protects; 0 = no limit.', {
    default: 0,
  }),
  'pfs-group': property(
    withWeakWords(oneOf(['none', ...menuDhGroups]), dhGroups),
    'Diffie-Hellman group of perfect forward secrecy.',
    { default: 'modp1024' },
  ),
} as const satisfies Properties;

export type ProposalItem = Item<typeof properties>;

/** `enc-des,auth-sha1`: a kind that is not named keeps its value. */
function parseAlgorithms(text: string): Result<Partial<Row<typeof properties>>, ValueError> {
  const parts = text === '' ? [] : text.split(',');
  const kind = (prefix: string) =>
    parts.filter((part) => part.startsWith(prefix)).map((part) => part.slice(prefix.length));
  const encNames = kind('enc-');
  const authNames = kind('auth-');
  if (encNames.length + authNames.length !== parts.length) return unknownValue;
  const context = { idOf: () => undefined };
  const enc = encAlgorithms.parse(encNames.join(','), context);
  if (!enc.ok) return enc;
  const auth = authAlgorithms.parse(authNames.join(','), context);
  if (!auth.ok) return auth;
  return ok({
    ...(encNames.length > 0 ? { 'enc-algorithms': enc.value } : {}),
    ...(authNames.length > 0 ? { 'auth-algorithms': auth.value } : {}),
  });
}

/** What programs see of a proposal. */
export type ProposalShape = MenuShape<typeof properties>;

export const proposalMenu = defineMenu<typeof properties>({
  name: 'proposal',
  help: 'phase 2 proposals',
  properties,
  flags: [[disabledFlag]],
  printForm: 'detail',
  brief: ['name', 'auth-algorithms', 'enc-algorithms', 'lifetime', 'pfs-group'],
  itemName: 'name',
  permanentItem: defaultProposalName,
  laterDefaults: { 'enc-algorithms': 'varies' },
  legacyArguments: {
    algorithms: {
      help: 'Algorithms in the spelling of older versions.',
      grammar: 'enc-X|auth-Y[,...]',
      parse: parseAlgorithms,
    },
  },
});
