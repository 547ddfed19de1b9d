/**
 * The files an emulated machine needs at every start, to be held in its memory: fetched from the host they take
 * more than half of the time of a command of ours. All others stay on the host.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { repositoryRoot } from './repository.js';
import { findProgram } from './search-path.js';

export interface LayerFile {
  /** Absolute, without symbolic links in its folder. */
  readonly path: string;
  readonly content: Buffer;
}

/** Programs of nearly every scenario. `modprobe` is what the kernel calls for a module it misses. */
const programs = [
  ...['sh', 'nsenter', 'ip', 'nft', 'tcpdump', 'ping', 'setpriv'],
  ...['modprobe', 'mount', 'umount', 'mkdir', 'ln', 'uname', 'insmod', 'pivot_root', 'chroot'],
];

/** `indexes` are further files, such as those in which modprobe looks up modules. */
export function memoryLayer(indexes: readonly string[]): LayerFile[] {
  const found = programs.map(findProgram).filter((file) => file !== undefined);
  const folders = ['dist', 'build', 'prebuilds'].map((name) => join(repositoryRoot, name));
  const code = [...folders, ...productionPackages()].flatMap(filesBelow);
  const files = [
    // Not node itself: it would add a hundred megabytes to every start.
    ...found.flatMap((file) => [file, ...librariesOf(file)]),
    ...librariesOf(process.execPath),
    join(repositoryRoot, 'package.json'),
    ...indexes,
    ...code.filter((file) => /\.(?:[cm]?js|json|node)$/.test(file)),
  ];
  const paths = new Set(files.map((file) => join(realpathSync(dirname(file)), basename(file))));
  return [...paths].map((path) => ({ path, content: readFileSync(path) }));
}

/** The loader itself says what it would load. */
function librariesOf(executable: string): string[] {
  const { stdout } = spawnSync('ldd', [executable], { encoding: 'utf8' });
  return [...stdout.matchAll(/(?:=> |^\s+)(\/\S+) \(/gm)].map((match) => match[1] ?? '');
}

/** Folders of the packages that the product itself needs, as package-lock.json has them. */
function productionPackages(): string[] {
  const lock = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path]) => join(repositoryRoot, path));
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile());
}
