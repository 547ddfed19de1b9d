/** Names of errno values. */
import { getSystemErrorName } from 'node:util';

/** EEXIST, ENOENT...; the number itself for one Node has no name for. `errno` is positive. */
export function errnoName(errno: number): string {
  try {
    return getSystemErrorName(-errno);
  } catch {
    return `errno ${errno}`;
  }
}
