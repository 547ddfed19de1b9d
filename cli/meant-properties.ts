/** Which properties a name on a command line may stand for, whatever the menu. */
import { writableProperties } from '../lib/core/config/menu.js';
import type { Property } from '../lib/core/config/property.js';
import { consoleMenus } from '../lib/core/console/menu-tree.js';

/** Of every menu: the one of that name, or all that the name may be short for. */
export function meantProperties(name: string): readonly Property<unknown>[] {
  return consoleMenus.flatMap((menu) => {
    const properties = Object.entries(writableProperties(menu));
    const exact = properties.find(([known]) => known === name);
    const meant = exact ? [exact] : properties.filter(([known]) => known.startsWith(name));
    return meant.map(([, property]) => property);
  });
}

/** Whether a name may be that of a string or of a key, whose value is never a command. */
export function isText(name: string): boolean {
  return meantProperties(name).some(({ type }) => type.quoting !== undefined);
}
