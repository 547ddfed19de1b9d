/** What programs see of each menu's items, by the menu's name: types inferred from the menus. */
import type { CountersShape } from './menus/counters.js';
import type { InstalledSaShape } from './menus/installed-sa.js';
import type { ManualSaShape } from './menus/manual-sa.js';
import type { PeerShape } from './menus/peer.js';
import type { PolicyShape } from './menus/policy.js';
import type { PreSharedSecretShape } from './menus/pre-shared-secret.js';
import type { ProposalShape } from './menus/proposal.js';

export interface MenuShapes {
  readonly policy: PolicyShape;
  readonly peer: PeerShape;
  readonly 'pre-shared-secret': PreSharedSecretShape;
  readonly proposal: ProposalShape;
  readonly 'manual-sa': ManualSaShape;
  readonly 'installed-sa': InstalledSaShape;
  readonly counters: CountersShape;
}

export type MenuName = keyof MenuShapes;

interface Listed {
  /** The internal id, `*1A`: given once and never to another item. */
  readonly id: string;
  /** Position in the table, from 0. */
  readonly number: number;
}

/** An item of that menu as programs see it. */
export type JsonItem<M extends MenuName> = Listed & MenuShapes[M]['item'];

/** The same with what is counted and computed from the running system. */
export type JsonItemWithStatistics<M extends MenuName> = JsonItem<M> & MenuShapes[M]['statistics'];

/** What `add` takes: properties without a default are required. */
export type JsonItemInput<M extends MenuName> = MenuShapes[M]['input'];
