/** The engine's view of the tables: enabled, valid rows with their references resolved. */
import { Secret } from '../base/secret.js';
import type { Config } from '../config/config.js';
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

export function ikeConfigOf(config: Config): IkeConfig {
  return { peers: peers(config), secrets: secrets(config), policies: policies(config) };
}

function peers({ tables }: Config): PeerConfig[] {
  return tables.peer.flatMap((row, number) => {
    if (row.disabled) return [];
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
}

function secrets({ tables }: Config): SecretConfig[] {
  return tables['pre-shared-secret'].flatMap((row, number) => {
    if (row.disabled) return [];
    const ident = row['ident-string'];
    const key = ident === '' ? `address=${row.address}` : `ident-string=${ident}`;
    return {
      id: row.id,
      label: `/ip ipsec pre-shared-secret ${number} (${key})`,
      ...(ident === '' ? { address: row.address } : { identString: ident }),
      preSharedKey: new Secret(preSharedKeyBytes(row.secret)),
    };
  });
}

function policies(config: Config): PolicyConfig[] {
  return effectivePolicies(config).flatMap((row) => {
    if (row.action !== 'encrypt' || row['manual-sa'] !== undefined) return [];
    const proposal = proposalOf(config, row.proposal);
    if (proposal === undefined) return [];
    const protocols = row['ipsec-protocols'];
    const number = config.tables.policy.indexOf(row);
    return {
      id: row.id,
      label: `/ip ipsec policy ${number}`,
      reqid: reqidOf(row.id),
      selector: policySelector(row),
      local: row['sa-src-address'],
      remote: row['sa-dst-address'],
      mode: row.tunnel ? 'tunnel' : 'transport',
      protocols: (['esp', 'ah'] as const).filter((protocol) => protocols.includes(protocol)),
      level: row.level,
      proposal,
    };
  });
}

function proposalOf({ tables }: Config, id: number): ProposalConfig | undefined {
  const number = tables.proposal.findIndex((row) => row.id === id);
  const row = tables.proposal[number];
  if (row === undefined) return undefined;
  const group = row['pfs-group'];
  return {
    label: `/ip ipsec proposal ${number} (name=${row.name})`,
    encryptions: row['enc-algorithms'],
    integrities: row['auth-algorithms'],
    lifetimeSeconds: row.lifetime,
    lifetimeBytes: row.lifebytes,
    ...(group === 'none' ? {} : { pfsGroup: group }),
  };
}
