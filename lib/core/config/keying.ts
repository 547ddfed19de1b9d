/** What keeps a valid row from doing what it seems to say, as far as the tables tell. */
import type { Address } from '../base/address.js';
import { LongestPrefix } from '../base/longest-prefix.js';
import { memoize } from '../base/memoize.js';
import type { Config, Tables } from './config.js';
import type { PeerItem } from './menus/peer.js';
import type { PolicyItem } from './menus/policy.js';
import { unsetAddress } from './values/address.js';

/** Of an enabled and valid policy: why no packet of its will be encrypted. */
export function keyingRemarks({ tables }: Config, policy: PolicyItem): readonly string[] {
  if (policy.action === 'accept') return describesTunnel(policy) ? [notEncrypted] : [];
  // Manual keys need nobody else, and validity has judged them.
  if (policy.action !== 'encrypt' || policy['manual-sa'] !== undefined) return [];
  const remote = policy['sa-dst-address'];
  const peer = enabledPeerOf(tables, remote);
  const missing = [
    peer === undefined
      ? `no enabled /ip ipsec peer row has ${remote}: add one with address=${remote}`
      : undefined,
    hasSecret(tables, remote, peer) ? undefined : missingSecret(remote, peer),
    ...policy['ipsec-protocols'].map((protocol) => missingAlgorithm(tables, policy, protocol)),
  ];
  return missing.flatMap((text) => (text === undefined ? [] : [`gets no keys: ${text}`]));
}

const notEncrypted = 'action=accept: its packets are not encrypted; set action=encrypt';

/** Nobody gives these to a policy that is to let packets pass as they are. */
function describesTunnel(policy: PolicyItem): boolean {
  return (
    policy.tunnel ||
    policy['sa-src-address'] !== unsetAddress ||
    policy['sa-dst-address'] !== unsetAddress
  );
}

/** The row that says how to speak with that address. */
export function enabledPeerOf({ peer }: Tables, remote: Address): PeerItem | undefined {
  return peersOf(peer).find(remote);
}

const peersOf = memoize(
  (rows: Tables['peer']) =>
    new LongestPrefix(
      rows.filter(({ disabled }) => !disabled),
      ({ address }) => address,
    ),
);

interface Secrets {
  readonly addresses: ReadonlySet<string>;
  readonly byIdentity: boolean;
}

const secretsOf = memoize((rows: Tables['pre-shared-secret']): Secrets => {
  const enabled = rows.filter(({ disabled }) => !disabled);
  return {
    addresses: new Set(enabled.map(({ address }) => address)),
    byIdentity: enabled.some((row) => row['ident-string'] !== ''),
  };
});

/** Main mode knows the peer by its address alone; in the others it may say any name. */
function hasSecret(tables: Tables, remote: string, peer: PeerItem | undefined): boolean {
  const { addresses, byIdentity } = secretsOf(tables['pre-shared-secret']);
  return addresses.has(remote) || (byIdentity && knowsNames(peer));
}

function knowsNames(peer: PeerItem | undefined): boolean {
  return peer !== undefined && peer['exchange-mode'] !== 'main';
}

function missingSecret(remote: string, peer: PeerItem | undefined): string {
  const others = knowsNames(peer) ? ', or one with the ident-string of the peer' : '';
  return `no enabled /ip ipsec pre-shared-secret row has ${remote}: add one with address=${remote}${others}`;
}

/** Not a matter of validity: phase 2 fails for want of an offer. */
function missingAlgorithm(
  { proposal: proposals }: Tables,
  policy: PolicyItem,
  protocol: 'ah' | 'esp',
): string | undefined {
  const proposal = proposals.find(({ id }) => id === policy.proposal);
  if (proposal === undefined) return undefined;
  const { name } = proposal;
  if (protocol === 'esp') {
    return proposal['enc-algorithms'].length > 0
      ? undefined
      : `proposal "${name}" has no encryption algorithm, which ESP needs: set its enc-algorithms`;
  }
  return proposal['auth-algorithms'].some((algorithm) => algorithm !== 'null')
    ? undefined
    : `proposal "${name}" has no authentication algorithm other than null, which AH needs: set its auth-algorithms`;
}
