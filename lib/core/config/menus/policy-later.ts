/** What later versions write in `/ip ipsec policy` (C-46). */
import { ok } from '../../base/result.js';
import { formatPorts } from '../../base/selector.js';
import type { LaterArgument, LaterItem } from '../later-arguments.js';
import { ignored, laterRefusal, no } from '../later-arguments.js';
import { selector, unsetAddress } from '../values/address.js';
import type { PolicyItem } from './policy.js';

/** The ports are written with the address here. */
function ports(name: string, side: 'src-address' | 'dst-address'): LaterArgument<PolicyItem> {
  return {
    kind: 'translated',
    translate: (text, given) => {
      const parsed = selector.parse(`${unsetAddress}:${text}`, { idOf: () => undefined });
      if (!parsed.ok) return parsed;
      if (parsed.value.ports === 'any') return ok({});
      const address = given[side];
      if (address === undefined) return laterRefusal(`${name} needs ${side} in the same command`);
      if (
        address.ports !== 'any' &&
        formatPorts(address.ports) !== formatPorts(parsed.value.ports)
      ) {
        return laterRefusal(`${side} and ${name} name different ports`);
      }
      return ok({ [side]: { ...address, ports: parsed.value.ports } });
    },
  };
}

const none = ['', 'none'];
const templates = 'policies are not made from templates here: add them';

export const laterPolicyArguments: Readonly<Record<string, LaterArgument<PolicyItem>>> = {
  'src-port': ports('src-port', 'src-address'),
  'dst-port': ports('dst-port', 'dst-address'),
  priority: ignored(['0', '0x20000'], 'policies apply in the order of the table: use move'),
  peer: ignored(none, 'the peer is the one at the sa-dst-address: leave it out'),
  group: ignored([...none, 'default'], templates),
  template: ignored(no, templates),
};

/** Any traffic, in IPv4 and IPv6. */
const anywhere = ['0.0.0.0/0', '::/0'];

/** What is said of the template in an export, and changes nothing: it is there for all traffic. */
const harmlessTexts: Readonly<Record<string, (text: string) => boolean>> = {
  numbers: () => true,
  'src-address': (text) => anywhere.includes(text),
  'dst-address': (text) => anywhere.includes(text),
  protocol: (text) => text === 'all',
  group: () => true,
  proposal: () => true,
  template: (text) => text === 'yes',
  disabled: () => true,
  comment: () => true,
};

/** Policies for peers that may ask for them are made from it, which needs generate-policy. */
export const laterPolicyItem: LaterItem = {
  number: '0',
  words: 'policy 0 is the template of later versions, which is not here',
  isUntouched: (texts) =>
    Array.from(texts).every(([name, text]) => harmlessTexts[name]?.(text) ?? false),
};
