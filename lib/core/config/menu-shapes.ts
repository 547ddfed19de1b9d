/**
 * What programs see of each menu's items: inferred from the menus, under names of their own, which
 * keep what a compiler says about a mistake short.
 */
import type { commonProperties } from './menu.js';
import type { CountersShape } from './menus/counters.js';
import type { InstalledSaShape } from './menus/installed-sa.js';
import type { ManualSaShape } from './menus/manual-sa.js';
import type { PeerShape } from './menus/peer.js';
import type { PolicyShape } from './menus/policy.js';
import type { PreSharedSecretShape } from './menus/pre-shared-secret.js';
import type { ProposalShape } from './menus/proposal.js';
import type { JsonInput } from './property.js';

interface Listed {
  /** The internal id, `*1A`: given once and never to another item. */
  readonly id: string;
  /** Position in the table, from 0. */
  readonly number: number;
}

/** What every input has; a second base is also what makes the compiler call the inputs by their names. */
interface CommonInput extends JsonInput<typeof commonProperties> {}

type ItemOf<S extends { readonly item: unknown }> = S['item'];
type StatisticsOf<S extends { readonly statistics: unknown }> = S['statistics'];
type InputOf<S extends { readonly input: unknown }> = S['input'];

export interface PolicyItem extends Listed, ItemOf<PolicyShape> {}
export interface PeerItem extends Listed, ItemOf<PeerShape> {}
export interface PreSharedSecretItem extends Listed, ItemOf<PreSharedSecretShape> {}
export interface ProposalItem extends Listed, ItemOf<ProposalShape> {}
export interface ManualSaItem extends Listed, ItemOf<ManualSaShape> {}
export interface InstalledSaItem extends Listed, ItemOf<InstalledSaShape> {}
export interface CountersItem extends Listed, ItemOf<CountersShape> {}

/** What a policy has besides when statistics are asked for. */
export interface PolicyStatistics extends StatisticsOf<PolicyShape> {}
/** What a peer has besides when statistics are asked for. */
export interface PeerStatistics extends StatisticsOf<PeerShape> {}

/** What `add` takes; properties without a default are required. The others' inputs are the same. */
export interface PolicyInput extends CommonInput, InputOf<PolicyShape> {}
export interface PeerInput extends CommonInput, InputOf<PeerShape> {}
export interface PreSharedSecretInput extends CommonInput, InputOf<PreSharedSecretShape> {}
export interface ProposalInput extends CommonInput, InputOf<ProposalShape> {}
export interface ManualSaInput extends CommonInput, InputOf<ManualSaShape> {}

interface Items {
  readonly policy: PolicyItem;
  readonly peer: PeerItem;
  readonly 'pre-shared-secret': PreSharedSecretItem;
  readonly proposal: ProposalItem;
  readonly 'manual-sa': ManualSaItem;
  readonly 'installed-sa': InstalledSaItem;
  readonly counters: CountersItem;
}

interface Statistics {
  readonly policy: PolicyStatistics;
  readonly peer: PeerStatistics;
}

interface Inputs {
  readonly policy: PolicyInput;
  readonly peer: PeerInput;
  readonly 'pre-shared-secret': PreSharedSecretInput;
  readonly proposal: ProposalInput;
  readonly 'manual-sa': ManualSaInput;
}

export type MenuName = keyof Items;

/** An item of that menu as programs see it. */
export type JsonItem<M extends MenuName> = Items[M];

/** The same with what is counted and computed from the running system. */
export type JsonItemWithStatistics<M extends MenuName> = M extends keyof Statistics
  ? Items[M] & Statistics[M]
  : Items[M];

/** What `add` takes: properties without a default are required; nothing where nothing can be added. */
export type JsonItemInput<M extends MenuName> = M extends keyof Inputs ? Inputs[M] : never;
