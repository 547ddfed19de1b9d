/** Finds the data files that are shared by projects and never copied into this one. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = resolve(root, process.env['IPSECCTL_SHARED'] ?? '../shared');

/** The path of a shared file or folder; an error says how to provide it. */
export function sharedPath(...parts: readonly string[]): string {
  const path = join(folder, ...parts);
  if (!existsSync(path)) {
    throw new Error(`${path} is missing: set IPSECCTL_SHARED to the folder that holds vectors/`);
  }
  return path;
}

export function readShared(...parts: readonly string[]): Uint8Array {
  // A plain Uint8Array of its own memory, as a socket would give: no pooled Buffer.
  return Uint8Array.from(readFileSync(sharedPath(...parts)));
}

export function readSharedText(...parts: readonly string[]): string {
  return readFileSync(sharedPath(...parts), 'utf8');
}

export function listShared(...parts: readonly string[]): readonly string[] {
  return readdirSync(sharedPath(...parts)).sort();
}
