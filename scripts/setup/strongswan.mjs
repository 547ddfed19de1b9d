/**
 * strongSwan for the interoperability tests: fetched and unpacked beside the checkout, never installed.
 * Installed it would start with the machine and hold UDP port 500. The lab lays the folder over /usr.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall, findProgram } from './debian.mjs';
import { announce, cacheFolder, SetupError } from './steps.mjs';

const packages = ['charon-systemd', 'strongswan-swanctl', 'libstrongswan-standard-plugins'];
const target = join(cacheFolder, 'lab', 'packages');

export async function ensureStrongswan() {
  const programs = ['usr/sbin/charon-systemd', 'usr/sbin/swanctl'];
  if (programs.every((file) => existsSync(join(target, file)) || existsSync(`/${file}`))) {
    return 'present';
  }
  if (findProgram('apt-get') === undefined || findProgram('dpkg-deb') === undefined) {
    throw new SetupError(
      `the tests against strongSwan need charon-systemd and swanctl (Debian: ${packages.join(' ')}); install them so that they do not start by themselves, then repeat.`,
    );
  }
  announce('fetching strongSwan (1 MB; unpacked for the lab, not installed)');
  const work = join(cacheFolder, 'lab', `unpack-${process.pid}`);
  const archives = join(work, 'archives');
  const unpacked = join(work, 'root');
  try {
    mkdirSync(join(archives, 'partial'), { recursive: true });
    mkdirSync(unpacked);
    await aptInstall('strongswan', packages, [
      '--download-only',
      // Nothing is changed on the system, so no lock is needed, nor are we in anybody's way.
      ...['-o', 'Debug::NoLocking=true', '-o', `Dir::Cache::archives=${archives}/`],
    ]);
    for (const name of readdirSync(archives).filter((file) => file.endsWith('.deb'))) {
      const { status, stderr } = spawnSync('dpkg-deb', ['-x', join(archives, name), unpacked], {
        encoding: 'utf8',
      });
      if (status !== 0) throw new SetupError(`cannot unpack ${name}: ${stderr}`);
    }
    // Only usr: a folder lib laid over Debian's link of that name would hide the C library.
    rmSync(join(target, 'usr'), { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    renameSync(join(unpacked, 'usr'), join(target, 'usr'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return undefined;
}
