/** npm packages: exactly what package-lock.json says, installed only when something differs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { announce, mustQuietly, root } from './steps.mjs';

export async function ensureNpmPackages() {
  if (isInstalled()) return 'present';
  announce('npm ci (takes about half a minute)');
  // The npm that runs us, so that no second one is needed on PATH.
  const npm = process.env.npm_execpath;
  const program = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  await mustQuietly('npm-ci', [...program, 'ci', '--no-audit', '--no-fund']);
  return undefined;
}

/** npm notes what it installed in node_modules; packages for other systems may be absent from it. */
function isInstalled() {
  const installedFile = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(installedFile);
  return Object.entries(wanted)
    .filter(([path]) => path !== '')
    .every(([path, { version, optional }]) => {
      const found = installed[path];
      return found === undefined ? optional === true : found.version === version;
    });
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}
