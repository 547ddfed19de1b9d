/** The engine's view of the tables: enabled, valid rows with their references resolved. */
import { listMapper } from '../base/list-mapper.js';
import { memoize } from '../base/memoize.js';
import { Secret } from '../base/secret.js';
import type { Config } from '../config/config.js';
import type { PeerItem } from '../config/menus/peer.js';
import type { PolicyItem } from '../config/menus/policy.js';
import type { PreSharedSecretItem } from '../config/menus/pre-shared-secret.js';
import type { ProposalItem } from '../config/menus/proposal.js';
import { policySelector } from '../config/policy-selector.js';
import { effectivePolicies } from '../config/validity.js';
import { preSharedKeyBytes } from '../config/values/text.js';
import { reqidOf } from '../dataplane/ownership.js';
import type {
  IkeConfig,
  PeerConfig,
  PolicyConfig,
  ProposalConfig,
  SecretConfig,
} from './ike-config.js';

/** A configuration never changes: whoever asks for it again gets the same. */
export const ikeConfigOf = memoize((config: Config): IkeConfig => {
  return { peers: peers(config), secrets: secrets(config), policies: policies(config) };
});

function peers({ tables }: Config): PeerConfig[] {
  return [...tables.peer].flatMap((row, number) => (row.disabled ? [] : peerConfig(row, number)));
}

const peerConfig = asPlaced((row: PeerItem, number): PeerConfig => {
  const { address, length, port } = row.address;
  const mask = length === 32 ? '' : `/${length}`;
  return {
    id: row.id,
    label: `/ip ipsec peer ${number} (address=${address}${mask}:${port})`,
    address: { address, length },
    port,
    exchangeMode: row['exchange-mode'],
    sendInitialContact: row['send-initial-contact'],
    proposalCheck: row['proposal-check'],
    hash: row['hash-algorithm'],
    encryption: row['enc-algorithm'],
    group: row['dh-group'],
  };
});

function secrets({ tables }: Config): SecretConfig[] {
  return [...tables['pre-shared-secret']].flatMap((row, number) =>
    row.disabled ? [] : secretConfig(row, number),
  );
}

const secretConfig = asPlaced((row: PreSharedSecretItem, number): SecretConfig => {
  const ident = row['ident-string'];
  const key = ident === '' ? `address=${row.address}` : `ident-string=${ident}`;
  return {
    id: row.id,
    label: `/ip ipsec pre-shared-secret ${number} (${key})`,
    ...(ident === '' ? { address: row.address } : { identString: ident }),
    preSharedKey: new Secret(preSharedKeyBytes(row.secret)),
  };
});

/** The same object for a row that has changed neither itself nor its place: most have not. */
function asPlaced<R extends object, C>(
  make: (row: R, number: number) => C,
): (row: R, number: number) => C {
  const known = new WeakMap<R, { readonly number: number; readonly config: C }>();
  return (row, number) => {
    const last = known.get(row);
    if (last?.number === number) return last.config;
    const config = make(row, number);
    known.set(row, { number, config });
    return config;
  };
}

function policies(config: Config): PolicyConfig[] {
  const proposals = proposalsOf(config.tables.proposal);
  const effective = effectivePolicies(config).values();
  let next = effective.next();
  const configs: PolicyConfig[] = [];
  for (const [number, known] of knownRows(config.tables.policy).entries()) {
    // The effective rows come in the same order.
    if (known.row !== next.value) continue;
    next = effective.next();
    const proposal = proposals.get(known.row.proposal);
    const isNegotiated = known.row.action === 'encrypt' && known.row['manual-sa'] === undefined;
    if (proposal !== undefined && isNegotiated) configs.push(policyConfig(known, number, proposal));
  }
  return configs;
}

/** A row, and what was made of it the last time. */
interface KnownRow {
  readonly row: PolicyItem;
  last?: { readonly number: number; readonly policy: PolicyConfig };
}

const knownRows = listMapper((row: PolicyItem): KnownRow => ({ row }));

/** The same object for a row that has not changed: there may be many of them, and few changes. */
function policyConfig(known: KnownRow, number: number, proposal: ProposalConfig): PolicyConfig {
  const { row, last } = known;
  if (last?.number === number && last.policy.proposal === proposal) return last.policy;
  const protocols = row['ipsec-protocols'];
  const policy: PolicyConfig = {
    id: row.id,
    label: `/ip ipsec policy ${number}`,
    reqid: reqidOf(row.id),
    selector: policySelector(row),
    local: row['sa-src-address'],
    remote: row['sa-dst-address'],
    mode: row.tunnel ? 'tunnel' : 'transport',
    clearsDf: row['dont-fragment'] === 'clear',
    protocols: (['esp', 'ah'] as const).filter((protocol) => protocols.includes(protocol)),
    level: row.level,
    proposal,
  };
  known.last = { number, policy };
  return policy;
}

/** By id. A table never changes. */
const proposalsOf = memoize(
  (rows: readonly ProposalItem[]): ReadonlyMap<number, ProposalConfig> =>
    new Map([...rows].map((row, number) => [row.id, proposalConfig(row, number)])),
);

const proposalConfig = asPlaced((row: ProposalItem, number): ProposalConfig => {
  const group = row['pfs-group'];
  return {
    label: `/ip ipsec proposal ${number} (name=${row.name})`,
    encryptions: row['enc-algorithms'],
    integrities: row['auth-algorithms'],
    lifetimeSeconds: row.lifetime,
    lifetimeBytes: row.lifebytes,
    ...(group === 'none' ? {} : { pfsGroup: group }),
  };
});
