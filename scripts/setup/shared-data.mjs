/** Which test files need data that lies beside this repository: vectors and captures made by others. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { root } from './steps.mjs';

/** The one file through which tests reach that data. */
const door = join(root, 'test', 'support', 'shared.ts');

/**
 * The test files that cannot run because the data is not there; none when it is, or when IPSECCTL_SHARED
 * names a folder: then a missing file is a failure.
 * @returns {string[]} paths relative to the repository, sorted
 */
export function suitesWithoutData() {
  if (process.env.IPSECCTL_SHARED !== undefined) return [];
  if (existsSync(join(root, '..', 'shared', 'vectors'))) return [];
  const files = typescriptBelow(join(root, 'test'));
  return files
    .filter((file) => file.endsWith('.test.ts') && reaches(file, new Set()))
    .map((file) => relative(root, file))
    .sort();
}

function reaches(file, seen) {
  if (file === door) return true;
  if (seen.has(file) || !existsSync(file)) return false;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/from '(\.{1,2}\/[^']+)\.js'/g)].some(([, target]) =>
    reaches(`${resolve(dirname(file), target)}.ts`, seen),
  );
}

function typescriptBelow(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}
