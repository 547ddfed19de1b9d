/** A plan as the tables of one router: what its administrator would have typed. */
import type { Prefix } from '../../lib/core/base/address.js';
import type { Config } from '../../lib/core/config/config.js';
import type { PeerItem } from '../../lib/core/config/menus/peer.js';
import type { PolicyItem } from '../../lib/core/config/menus/policy.js';
import type { PreSharedSecretItem } from '../../lib/core/config/menus/pre-shared-secret.js';
import type { ProposalItem } from '../../lib/core/config/menus/proposal.js';
import { unsetAddress } from '../../lib/core/config/values/address.js';
import type { PairPlan, PeerEnd, Plan, TunnelEnd, TunnelPlan } from './plan.js';
import { addressOf, endsFrom } from './plan.js';

const common = { disabled: false, comment: '' };

/** Ids are the same however often the tables are made, and other rows have others. */
const policyId = ({ index }: TunnelPlan, { policyGeneration }: TunnelEnd) =>
  1_000 + index * 100 + policyGeneration;
const proposalId = ({ index }: TunnelPlan) => 2_000 + index;
const peerId = (remote: number) => 100 + remote;
/** Of the row that holds the secret for that router. */
export const secretId = (remote: number) => 200 + remote;

export function configOf(plan: Plan, router: number): Config {
  const pairs = plan.pairs.flatMap((pair) => endsFrom(pair, router) ?? []);
  const about = pairs.length / 2;
  const peers: PeerItem[] = [];
  const secrets: PreSharedSecretItem[] = [];
  for (let index = 0; index < about; index += 1) {
    const own = pairs[2 * index] as PeerEnd;
    const other = pairs[2 * index + 1] as PeerEnd;
    peers.push(peerRow(own, other.router));
    secrets.push(secretRow(own, other.router));
  }
  const tunnels = plan.tunnels.filter((tunnel) => endsFrom(tunnel, router) !== undefined);
  return {
    nextId: 100_000,
    tables: {
      peer: peers,
      'pre-shared-secret': secrets,
      proposal: tunnels.map((tunnel) => proposalRow(tunnel, router)),
      policy: tunnels.map((tunnel) => policyRow(tunnel, router)),
      'manual-sa': [],
    },
  };
}

/** The hosts at the ends of a tunnel, this router's first. */
export function hostsOf(tunnel: TunnelPlan, router: number): readonly [string, string] {
  const far = tunnel.ends[0].router === router ? tunnel.ends[1] : tunnel.ends[0];
  if (tunnel.mode === 'transport') return [addressOf(router), addressOf(far.router)];
  const side = far === tunnel.ends[1] ? 0 : 1;
  const network = (which: number) => `10.${tunnel.index}.${tunnel.networks * 2 + which}.1`;
  return [network(side), network(1 - side)];
}

function networkOf(tunnel: TunnelPlan, host: string): Prefix {
  return tunnel.mode === 'transport'
    ? { address: host, length: 32 }
    : { address: host.replace(/\d+$/, '0'), length: 24 };
}

function peerRow(own: PeerEnd, remote: number): PeerItem {
  return {
    ...common,
    id: peerId(remote),
    disabled: own.peerDisabled,
    address: { address: addressOf(remote), length: 32, port: 500 },
    'exchange-mode': own.exchangeMode,
    'send-initial-contact': own.sendInitialContact,
    'proposal-check': own.check,
    'hash-algorithm': own.hash,
    'enc-algorithm': own.encryption,
    'dh-group': own.group,
  };
}

function secretRow(own: PeerEnd, remote: number): PreSharedSecretItem {
  const name = addressOf(remote);
  return {
    ...common,
    id: secretId(remote),
    disabled: own.secretDisabled,
    address: own.byIdentity ? unsetAddress : name,
    'ident-string': own.byIdentity ? name : '',
    secret: own.secret,
  };
}

function ownEnd(tunnel: TunnelPlan, router: number): TunnelEnd {
  return tunnel.ends[0].router === router ? tunnel.ends[0] : tunnel.ends[1];
}

function proposalRow(tunnel: TunnelPlan, router: number): ProposalItem {
  const end = ownEnd(tunnel, router);
  return {
    ...common,
    id: proposalId(tunnel),
    name: `proposal${tunnel.index}`,
    'auth-algorithms': end.integrities,
    'enc-algorithms': end.encryptions,
    lifetime: end.lifetimeSeconds,
    lifebytes: end.lifetimeBytes,
    'pfs-group': end.pfs,
  };
}

function policyRow(tunnel: TunnelPlan, router: number): PolicyItem {
  const end = ownEnd(tunnel, router);
  const far = tunnel.ends[0] === end ? tunnel.ends[1] : tunnel.ends[0];
  const [near, remote] = hostsOf(tunnel, router);
  return {
    ...common,
    id: policyId(tunnel, end),
    disabled: end.policyDisabled,
    'src-address': { ...networkOf(tunnel, near), ports: 'any' },
    'dst-address': { ...networkOf(tunnel, remote), ports: 'any' },
    protocol: tunnel.ipProtocol,
    action: 'encrypt',
    level: end.level,
    'ipsec-protocols': tunnel.protocols,
    tunnel: tunnel.mode === 'tunnel',
    'sa-src-address': addressOf(router),
    'sa-dst-address': addressOf(far.router),
    proposal: proposalId(tunnel),
    'manual-sa': undefined,
    'dont-fragment': 'clear',
  };
}

/** The pair of routers a tunnel belongs to. */
export function pairOf({ pairs }: Plan, tunnel: TunnelPlan): PairPlan {
  const [a, b] = tunnel.ends;
  const found = pairs.find((pair) => (endsFrom(pair, a.router)?.[1].router ?? -1) === b.router);
  if (found === undefined) throw new Error(`no pair for tunnel ${tunnel.index}`);
  return found;
}
