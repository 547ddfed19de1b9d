/** Where the menus hang: `/ip ipsec` and what is below it (A.8, C-01). */
import type { AnyMenu } from '../config/menu.js';
import { countersMenu } from '../config/menus/counters.js';
import { installedSaMenu } from '../config/menus/installed-sa.js';
import { manualSaMenu } from '../config/menus/manual-sa.js';
import { peerMenu } from '../config/menus/peer.js';
import { policyMenu } from '../config/menus/policy.js';
import { preSharedSecretMenu } from '../config/menus/pre-shared-secret.js';
import { proposalMenu } from '../config/menus/proposal.js';
import type { OtherNames } from './other-menus.js';
import { laterIpsecMenus, otherIpMenus, otherRootMenus } from './other-menus.js';

export interface MenuNode {
  /** The path word; the root has none. */
  readonly name: string;
  readonly help: string;
  readonly children: readonly MenuNode[];
  /** Help lists names alone, as the manual prints it for `/ip ipsec` (B-15). */
  readonly bareHelp?: true;
  /** What is not here, though people look for it here, and where to find it (C-50). */
  readonly otherNames?: OtherNames;
  /** The table here, if there is one. */
  readonly menu?: AnyMenu;
}

/** The menus a console offers, in the order of the help listing. */
export const consoleMenus: readonly AnyMenu[] = [
  policyMenu,
  installedSaMenu,
  manualSaMenu,
  peerMenu,
  preSharedSecretMenu,
  proposalMenu,
  countersMenu,
];

/** The tree with those menus under `/ip ipsec`. */
export function menuTree(menus: readonly AnyMenu[]): MenuNode {
  const leaves = menus.map((menu) => ({ name: menu.name, help: menu.help, children: [], menu }));
  const ipsec = {
    name: 'ipsec',
    help: 'IPsec: policies, peers, secrets, proposals and SAs.',
    children: leaves,
    bareHelp: true,
    otherNames: laterIpsecMenus,
  } as const;
  const ip = {
    name: 'ip',
    help: 'The way to ip ipsec, where the tables of IPsec are.',
    children: [ipsec],
    otherNames: otherIpMenus,
  };
  return { name: '', help: '', children: [ip], otherNames: otherRootMenus };
}
