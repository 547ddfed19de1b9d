/** The tables of one engine, shared by the parts that work on them. */
import type { Address } from '../base/address.js';
import { Backoff } from './backoff.js';
import { type ChildSa, ChildSaTable } from './child-sa.js';
import type { Environment } from './environment.js';
import type { IkeConfig } from './ike-config.js';
import { IkeSaTable } from './ike-sa-table.js';
import { policiesWith } from './lookup.js';
import { NegotiationTable } from './negotiation-table.js';
import type { Phase2State } from './status.js';

export class EngineState {
  readonly environment: Environment;
  /** UDP port we speak from. */
  readonly localPort: number;
  config: IkeConfig = { peers: [], secrets: [], policies: [] };
  readonly ikeSas = new IkeSaTable();
  readonly negotiations = new NegotiationTable();
  readonly children = new ChildSaTable();
  /** What `print stats` shows of each policy (R-6A). */
  readonly phase2States = new Map<number, Phase2State>();
  /** Peer rows whose phase 1 ended while SAs with them live on (R-6C). */
  readonly expiredPeers = new Map<number, Address>();
  /** Whom this run has greeted with INITIAL-CONTACT. */
  readonly contacted = new Set<Address>();
  readonly backoff = new Backoff();

  constructor(environment: Environment, localPort: number) {
    this.environment = environment;
    this.localPort = localPort;
  }

  /** Pairs with that address, by policy: a policy that changes its addresses loses its pairs. */
  childrenWith(remote: Address): readonly ChildSa[] {
    return policiesWith(this.config, remote).flatMap(({ id }) => this.children.ofPolicy(id));
  }

  activeRemotes(): ReadonlySet<Address> {
    const remotes = new Set<Address>();
    for (const ikeSa of this.ikeSas.all()) remotes.add(ikeSa.remote.address);
    for (const child of this.children.all()) remotes.add(child.remote);
    return remotes;
  }
}
