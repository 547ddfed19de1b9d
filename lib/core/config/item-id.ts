/** How the internal id of an item is written. */

/** `*1A` */
export function formatId(id: number): string {
  return `*${id.toString(16).toUpperCase()}`;
}
