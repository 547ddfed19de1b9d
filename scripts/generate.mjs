/**
 * Writes the files that are made from the menus and the options of the programs:
 * `node scripts/generate.mjs [--check]`, after a build. With --check it only names the stale ones, and
 * ends with exit code 1 if there are any.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clientOptions } from '../dist/cli/ipsecctl-options.js';
import { daemonOptions } from '../dist/cli/ipsecd-options.js';
import { generatedFiles } from '../dist/lib/core/docs/generated.js';

const root = fileURLToPath(new URL('../', import.meta.url));

function isCurrent({ path, text }) {
  try {
    return readFileSync(join(root, path), 'utf8') === text;
  } catch {
    return false;
  }
}

const files = generatedFiles({ ipsecctl: clientOptions, ipsecd: daemonOptions });
const stale = files.filter((file) => !isCurrent(file));
const check = process.argv.includes('--check');
for (const { path, text } of stale) {
  process.stdout.write(`${check ? 'stale' : 'written'}: ${path}\n`);
  if (check) continue;
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
if (check && stale.length > 0) process.exitCode = 1;
