/**
 * Debian packages for the lab alone: fetched and unpacked beside the checkout, never installed. Installed
 * they would start with the machine, hold UDP port 500 and exclude each other. The lab lays the folder over /usr.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall, findProgram } from './debian.mjs';
import { announce, cacheFolder, SetupError } from './steps.mjs';

const target = join(cacheFolder, 'lab', 'packages');

/**
 * Brings the packages, with those they depend on and this system does not have.
 * @param {{ name: string, packages: string[], programs: string[], size: string }} wanted `programs` are paths
 *   without the leading slash: with all of them there, in the folder or on this system, nothing is done
 */
export async function ensureLabPackages({ name, packages, programs, size }) {
  if (programs.every((file) => existsSync(join(target, file)) || existsSync(`/${file}`))) {
    return 'present';
  }
  if (findProgram('apt-get') === undefined || findProgram('dpkg-deb') === undefined) {
    throw new SetupError(
      `the tests against ${name} need ${programs.map((file) => `/${file}`).join(' and ')} (Debian: ${packages.join(' ')}); install them so that they do not start by themselves, then repeat.`,
    );
  }
  announce(`fetching ${name} (${size}; unpacked for the lab, not installed)`);
  const work = join(cacheFolder, 'lab', `unpack-${process.pid}`);
  const archives = join(work, 'archives');
  const unpacked = join(work, 'root');
  try {
    mkdirSync(join(archives, 'partial'), { recursive: true });
    mkdirSync(join(unpacked, 'usr'), { recursive: true });
    await aptInstall(name.toLowerCase(), packages, [
      '--download-only',
      // Nothing is changed on the system, so no lock is needed, nor are we in anybody's way.
      ...['-o', 'Debug::NoLocking=true', '-o', `Dir::Cache::archives=${archives}/`],
    ]);
    unpack(archives, unpacked);
    replaceTarget(unpacked);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return undefined;
}

function unpack(archives, folder) {
  for (const name of readdirSync(archives).filter((file) => file.endsWith('.deb'))) {
    const { status, stderr } = spawnSync('dpkg-deb', ['-x', join(archives, name), folder], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new SetupError(`cannot unpack ${name}: ${stderr}`);
  }
}

/** The lab's folder becomes what it was and the new packages: at once, so that an interrupted run leaves no half. */
function replaceTarget(unpacked) {
  const usr = join(unpacked, 'usr');
  const merge = (from, to) => {
    if (existsSync(from)) cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  };
  // A folder lib laid over Debian's link of that name would hide the C library; a link leads to usr/lib.
  merge(join(unpacked, 'lib'), join(usr, 'lib'));
  merge(join(target, 'usr'), usr);
  rmSync(join(target, 'usr'), { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  renameSync(usr, join(target, 'usr'));
}
