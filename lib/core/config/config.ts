/** The configuration as a value: every writable table, and the menu each one is declared by. */
import type { AnyItem, AnyMenu } from './menu.js';
import type { ManualSaItem } from './menus/manual-sa.js';
import { manualSaMenu } from './menus/manual-sa.js';
import type { PeerItem } from './menus/peer.js';
import { peerMenu } from './menus/peer.js';
import type { PolicyItem } from './menus/policy.js';
import { policyMenu } from './menus/policy.js';
import type { PreSharedSecretItem } from './menus/pre-shared-secret.js';
import { preSharedSecretMenu } from './menus/pre-shared-secret.js';
import type { ProposalItem } from './menus/proposal.js';
import { proposalMenu } from './menus/proposal.js';

/** In order: of the table for policies, of creation for the others. */
export interface Tables {
  readonly policy: readonly PolicyItem[];
  readonly peer: readonly PeerItem[];
  readonly 'pre-shared-secret': readonly PreSharedSecretItem[];
  readonly proposal: readonly ProposalItem[];
  readonly 'manual-sa': readonly ManualSaItem[];
}

export type TableName = keyof Tables;

export interface Config {
  /** The id of the next item of any table. */
  readonly nextId: number;
  readonly tables: Tables;
}

/** The menu of each table; tables that others refer to come first. */
export const tableMenus: { readonly [T in TableName]: AnyMenu } = {
  'manual-sa': manualSaMenu,
  proposal: proposalMenu,
  peer: peerMenu,
  'pre-shared-secret': preSharedSecretMenu,
  policy: policyMenu,
};

export const tableNames = Object.keys(tableMenus) as readonly TableName[];

export function isTableName(name: string): name is TableName {
  return Object.hasOwn(tableMenus, name);
}

/** The items of a table known only at run time. */
export function itemsOf(config: Config, table: TableName): readonly AnyItem[] {
  return config.tables[table];
}
