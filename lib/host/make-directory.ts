/** Makes a directory with its parents, one by one. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Whether it had to be made. `mode` is the last one's; the parents get the usual one. Throws the error
 * of the system call. Node's own `recursive` never comes back where a file system answers ENOENT to
 * mkdir in a directory that exists, as /proc does.
 */
export function makeDirectory(path: string, mode: number): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return false;
  const parent = dirname(path);
  if (parent !== path) makeDirectory(parent, 0o755);
  mkdirSync(path, { mode });
  return true;
}
