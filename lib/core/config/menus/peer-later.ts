/** What later versions write in `/ip ipsec peer` (C-46). */
import { err, ok } from '../../base/result.js';
import type { LaterArgument } from '../later-arguments.js';
import { ignored, laterRefusal, no } from '../later-arguments.js';
import { isakmpPort, peerAddress, unsetAddress } from '../values/address.js';
import { integer } from '../values/number.js';
import { time } from '../values/time.js';
import type { PeerItem } from './peer.js';

/** Written with `address` here. */
const port: LaterArgument<PeerItem> = {
  kind: 'translated',
  translate: (text, { address }) => {
    const parsed = peerAddress.parse(`${unsetAddress}:${text}`, { idOf: () => undefined });
    if (!parsed.ok) return parsed;
    if (address === undefined) return laterRefusal('port needs address in the same command');
    if (address.port !== isakmpPort && address.port !== parsed.value.port) {
      return laterRefusal('address and port name different ports');
    }
    return ok({ address: { ...address, port: parsed.value.port } });
  },
};

const secret: LaterArgument<PeerItem> = {
  kind: 'elsewhere',
  table: 'pre-shared-secret',
  property: 'secret',
  key: ({ address: { address, length } }) =>
    length === 32 && address !== unsetAddress
      ? ok({ address })
      : err('a secret belongs to one address here: use /ip ipsec pre-shared-secret'),
};

const none = ['', 'none'];
const count = integer(0, Number.MAX_SAFE_INTEGER);
const noDpd = 'there is no dead peer detection';

export const laterPeerArguments: Readonly<Record<string, LaterArgument<PeerItem>>> = {
  port,
  secret,
  'generate-policy': ignored(no, 'policies are not made on request here: add them'),
  lifetime: ignored([time], 'it is no time', 'phase 1 lives 1d'),
  lifebytes: ignored(['0'], 'phase 1 is not limited by bytes here: leave it out'),
  'nat-traversal': ignored(no, 'there is no NAT traversal here'),
  'dpd-interval': ignored(['disable-dpd', time], 'it is no time', noDpd),
  'dpd-maximum-failures': ignored([count], 'it is no number', noDpd),
  passive: ignored(no, 'this router always asks its peers itself: leave it out'),
  'local-address': ignored(
    [...none, unsetAddress, '::'],
    'the local end is the sa-src-address of the policy: leave it out',
  ),
  'my-id': ignored(['', 'auto', 'address'], 'this router is known by its address: leave it out'),
  'my-id-user-fqdn': ignored([''], 'this router is known by its address: leave it out'),
  certificate: ignored(none, 'peers are known by a pre-shared secret alone'),
  'remote-certificate': ignored(none, 'peers are known by a pre-shared secret alone'),
  'policy-template-group': ignored(
    [...none, 'default'],
    'policies are not made on request here: add them',
  ),
  'mode-config': ignored(none, 'peers are not given addresses here: leave it out'),
  'notrack-chain': ignored([''], 'the firewall is not changed here: leave it out'),
  'compatibility-options': ignored(none, 'there are no such options here: leave it out'),
};
