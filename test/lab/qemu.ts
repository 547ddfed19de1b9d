/**
 * The command line of an emulated machine: Debian's own kernel, which has nftables beside ESP, under qemu
 * without the help of the processor. It sees the host's files over 9p. scripts/setup brings what it boots.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { initramfs } from './initramfs.js';
import { memoryLayer } from './memory-layer.js';
import { labCache, repositoryRoot } from './repository.js';

const stockKernel = join(labCache, 'stock-kernel');

/** Where the guest finds the folder of modules with its version. */
export const stockKernelModules: string = join(stockKernel, 'lib', 'modules');

export function hasStockKernel(): boolean {
  return existsSync(stockKernel);
}

/**
 * All that our algorithms need. They are loaded at once, and the kernel's wishes for more cryptography are not
 * passed on: the daemon tries every pair of algorithms, and a search for each takes a second here.
 */
export const stockKernelCrypto: string =
  'md5 sha1_generic sha256_generic sha512_generic hmac des_generic aes_generic cbc ecb crypto_null authenc echainiv seqiv ctr gcm ghash_generic camellia_generic blowfish_generic twofish_generic drbg jitterentropy_rng';

/** What the initramfs loads before it sees the other modules. */
const firstModules = ['virtio_pci', '9pnet_virtio', '9p'];

/** Of a 9p mount on both sides of the switch to the host's files. */
export const shareOptions = 'trans=virtio,version=9p2000.L,msize=512000';

/**
 * Without what costs an emulator more than a processor: string instructions that move a byte at a time,
 * five levels of page tables, protections switched at every system call.
 */
const processor = 'max,-erms,-fsrm,-la57,-smap,-smep,-umip,-pku';

const kernelParameters = [
  ...['console=ttyS0', 'quiet', 'panic=1'],
  // The clock is the emulator's: measuring it costs a second and finds nothing.
  ...['tsc=reliable', 'no_timer_check', 'lpj=4000000'],
  // Every algorithm would be tested when it is loaded, and a daemon asks for all of them.
  'cryptomgr.notests=1',
  ...['mitigations=off', 'nokaslr', 'clearcpuid=rep_good', 'selinux=0', 'apparmor=0', 'audit=0'],
];

export function qemuArguments(runDirectory: string, memoryMegabytes: number): string[] {
  const initrd = join(runDirectory, 'initramfs.cpio');
  writeFileSync(initrd, startFiles());
  return [
    ...['-machine', 'q35,hpet=off', '-accel', 'tcg,thread=multi', '-smp', '2', '-cpu', processor],
    ...['-m', `${memoryMegabytes}M`, '-nodefaults', '-no-user-config', '-no-reboot'],
    ...['-display', 'none', '-serial', 'stdio'],
    ...['-kernel', join(stockKernel, 'vmlinux'), '-initrd', initrd],
    ...['-append', [...kernelParameters, ...environment(runDirectory)].join(' ')],
    ...share('root', '/', ',readonly=on'),
    ...share('packages', join(runDirectory, 'packages'), ',readonly=on'),
    ...share('repository', join(runDirectory, 'repository'), ',readonly=on'),
    ...share('out', join(runDirectory, 'out'), ''),
  ];
}

/** The kernel makes what it does not know the environment of its first process. */
function environment(runDirectory: string): string[] {
  return [`LAB_RUN=${runDirectory}`, `LAB_SHARE_OPTIONS=${shareOptions}`];
}

/** A folder of the host that the guest mounts by its name. */
function share(name: string, path: string, access: string): string[] {
  const options = `id=${name},path=${path},security_model=none,multidevs=remap${access}`;
  return ['-fsdev', `local,${options}`, '-device', `virtio-9p-pci,fsdev=${name},mount_tag=${name}`];
}

function startFiles(): Buffer {
  const modules = withDependencies(firstModules);
  const names = modules.map((file) => basename(file));
  return initramfs([
    { path: 'root' },
    { path: 'bin/busybox', content: readFileSync(join(stockKernel, 'busybox')) },
    { path: 'init', content: readFileSync(join(repositoryRoot, 'test', 'lab', 'qemu-init.sh')) },
    { path: 'modules/order', content: Buffer.from(names.join('\n')) },
    ...modules.map((file) => ({
      path: `modules/${basename(file)}`,
      content: readFileSync(file),
    })),
    ...memoryLayer(moduleIndexes()).map(({ path, content }) => ({ path: `layer${path}`, content })),
  ]);
}

/** In which modprobe looks up modules. */
function moduleIndexes(): string[] {
  const [version = ''] = readdirSync(stockKernelModules);
  const folder = join(stockKernelModules, version);
  return readdirSync(folder)
    .filter((name) => name.startsWith('modules.'))
    .map((name) => join(folder, name));
}

/** The files of modules, each after those it needs, by the list that depmod wrote. */
function withDependencies(names: readonly string[]): string[] {
  const [version = ''] = readdirSync(stockKernelModules);
  const folder = join(stockKernelModules, version);
  const lines = readFileSync(join(folder, 'modules.dep'), 'utf8').split('\n');
  const files = names.flatMap((name) => {
    const line = lines.find((text) => text.split(':')[0]?.endsWith(`/${name}.ko`)) ?? '';
    if (line === '') throw new Error(`Debian's kernel has no module ${name}`);
    return line
      .replace(':', '')
      .split(' ')
      .filter((word) => word !== '')
      .reverse();
  });
  return [...new Set(files)].map((file) => join(folder, file));
}
