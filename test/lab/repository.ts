/** Where things lie: the repository root and the places the lab derives from it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with our package.json: the same for the sources under test/ and the output under dist/. */
export const repositoryRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Unpacked Debian packages laid over the guest's root, `usr/...` inside; made by scripts/run.mjs. */
export const packageLayer: string = join(repositoryRoot, '.cache', 'lab', 'packages');

/** What the lab compiles or indexes once per machine. */
export const labCache: string = join(repositoryRoot, '.cache', 'lab');

function findRoot(from: string): string {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'ipsecctl') {
      return folder;
    }
  }
  throw new Error(`no package.json of ipsecctl above ${from}`);
}
