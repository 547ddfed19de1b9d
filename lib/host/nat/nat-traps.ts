/** Policies whose packets a firewall of this router renames before they are encrypted (E-15, R-01). */
import {
  addressFromNumber,
  addressToNumber,
  contains,
  type Prefix,
} from '../../core/base/address.js';
import type { Flow } from '../../core/base/flow.js';
import type { Config } from '../../core/config/config.js';
import type { PolicyItem } from '../../core/config/menus/policy.js';
import { effectiveSelector } from '../../core/config/policy-selector.js';
import { effectivePolicies } from '../../core/config/validity.js';
import type { RouteFacts } from '../../core/explain/facts.js';
import { type NatChain, sourceNatOf } from '../../core/explain/source-nat.js';

export interface NatTrapSources {
  readonly chains: () => readonly NatChain[];
  readonly routeOf: (flow: Flow) => RouteFacts | 'noRoute' | undefined;
}

export interface NatTrap {
  readonly policyId: number;
  readonly message: string;
}

/** Of a large import the first ones tell what is wrong. */
const rowsMax = 50;

export class NatTraps {
  readonly #sources: NatTrapSources;
  #known = new WeakSet<PolicyItem>();

  constructor(sources: NatTrapSources) {
    this.#sources = sources;
  }

  /** Of the rows that are new or changed since the last time. */
  newly(config: Config): readonly NatTrap[] {
    const rows = effectivePolicies(config).filter(
      (row) => row.action === 'encrypt' && !this.#known.has(row),
    );
    for (const row of rows) this.#known.add(row);
    if (rows.length === 0) return [];
    const chains = this.#sources.chains();
    if (chains.length === 0) return [];
    return rows.slice(0, rowsMax).flatMap((row) => this.#trapOf(config, row, chains));
  }

  #trapOf(config: Config, row: PolicyItem, chains: readonly NatChain[]): readonly NatTrap[] {
    const { source, destination, protocol } = effectiveSelector(row);
    const flow = {
      source: someAddressOf(source),
      destination: someAddressOf(destination),
      protocol: protocol === 0 ? 1 : protocol,
    };
    const found = this.#sources.routeOf(flow);
    const nat = sourceNatOf(chains, flow, found === 'noRoute' ? undefined : found);
    if (nat === undefined || (nat.source !== undefined && contains(source, nat.source))) return [];
    const number = [...config.tables.policy].indexOf(row);
    const becomes = nat.source ?? 'the address of the interface';
    return [
      {
        policyId: row.id,
        message: `/ip ipsec policy ${number} will not encrypt: source NAT makes ${flow.source} ${becomes} before policies look at a packet to ${flow.destination} (${nat.rule}); put a rule that accepts such packets before it, "/ip ipsec explain src=${flow.source} dst=${flow.destination}" tells more`,
      },
    ];
  }
}

/** The first host of a network. */
function someAddressOf({ address, length }: Prefix): string {
  return length > 30 ? address : addressFromNumber(addressToNumber(address) + 1);
}
