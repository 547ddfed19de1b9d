/**
 * Debian's own kernel for the labs that need nftables beside ESP: fetched and unpacked beside the checkout, never
 * installed. The emulator boots it; the machine goes on with the kernel it has.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { aptDownload, findProgram, needsStockKernel } from './debian.mjs';
import { announce, cacheFolder, SetupError } from './steps.mjs';

/** `vmlinux`, `busybox` and `lib/modules/VERSION`: what test/lab/guest-command.ts boots. */
const target = join(cacheFolder, 'lab', 'stock-kernel');
const work = `${target}.${process.pid}`;

const metapackage = 'linux-image-amd64';

/** Of the modules: networks, cryptography, and what the root filesystem lies on. */
const wantedModules = [
  ...['net', 'crypto', 'lib', 'arch/x86/crypto', 'drivers/virtio'],
  ...['drivers/net/veth.ko*', 'drivers/net/tun.ko*', 'drivers/net/dummy.ko*'],
  ...['fs/9p', 'fs/netfs', 'fs/fscache', 'fs/overlayfs'],
].map((name) => `*/modules/*/kernel/${name}`);

export async function ensureStockKernel() {
  if (!needsStockKernel()) return 'not needed';
  if (existsSync(target)) return 'present';
  if (findProgram('apt-get') === undefined || findProgram('dpkg-deb') === undefined) {
    throw new SetupError(
      "the tests of nftables need Debian's kernel, and this machine's own lacks ESP or nftables: load the modules esp4, nf_tables and nft_xfrm, then repeat.",
    );
  }
  announce(`fetching Debian's kernel (70 MB; unpacked for the lab, not installed)`);
  try {
    mkdirSync(work, { recursive: true });
    await aptDownload('stock-kernel', () => [imagePackage(), 'busybox-static'], work);
    unpack(
      archive('linux-image-'),
      '*/vmlinuz-*',
      '*/modules.builtin*',
      '*/modules.order',
      ...wantedModules,
    );
    unpack(archive('busybox-static'), '*/bin/busybox');
    arrange();
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return undefined;
}

/** The metapackage depends on the package of the newest version. */
function imagePackage() {
  const env = { ...process.env, LC_ALL: 'C' };
  const { stdout } = spawnSync('apt-cache', ['depends', metapackage], { encoding: 'utf8', env });
  return /Depends: (linux-image-\S+)/.exec(stdout ?? '')?.[1] ?? metapackage;
}

function archive(prefix) {
  const found = readdirSync(work).find((name) => name.startsWith(prefix) && name.endsWith('.deb'));
  if (found === undefined) throw new SetupError(`no package ${prefix}* among what apt-get fetched`);
  return found;
}

/** Only the files that match: the whole package would take 400 MB. */
function unpack(file, ...patterns) {
  const pipe = 'file=$1; shift; dpkg-deb --fsys-tarfile "$file" | tar -x --wildcards "$@"';
  must(['sh', '-c', pipe, 'sh', join(work, file), ...patterns]);
}

/** Puts what was unpacked where the lab looks for it; at once, so that an interrupted run leaves no half. */
function arrange() {
  const find = (pattern) =>
    must(['find', '.', '-path', pattern, '-not', '-path', './kernel/*']).trim().split('\n')[0] ??
    '';
  const version = basename(find('*/vmlinuz-*')).replace('vmlinuz-', '');
  const kernel = join(work, 'kernel');
  mkdirSync(join(kernel, 'lib', 'modules'), { recursive: true });
  // Uncompressed: the emulated machine would take seconds to do that at every start.
  writeFileSync(
    join(kernel, 'vmlinux'),
    uncompressed(readFileSync(join(work, find('*/vmlinuz-*')))),
  );
  renameSync(join(work, find('*/bin/busybox')), join(kernel, 'busybox'));
  renameSync(join(work, find(`*/modules/${version}`)), join(kernel, 'lib', 'modules', version));
  must([findProgram('depmod') ?? 'depmod', '-b', kernel, version]);
  renameSync(kernel, target);
}

/** The kernel in a bzImage, by the offsets of its header (Linux, Documentation/arch/x86/boot.rst). */
function uncompressed(image) {
  const start = (image.readUInt8(0x1f1) + 1) * 512 + image.readUInt32LE(0x248);
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c));
  const xzMagic = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]);
  if (!payload.subarray(0, xzMagic.length).equals(xzMagic)) {
    throw new SetupError(
      "Debian's kernel is not compressed with xz any more: the lab cannot read it",
    );
  }
  // The length of the uncompressed kernel follows the stream.
  return must(['xz', '-dc', '--single-stream'], payload, 'buffer');
}

function must([file = '', ...args], input = '', encoding = 'utf8') {
  const options = { cwd: work, input, encoding, maxBuffer: 2 ** 28 };
  const { status, stdout, stderr, error } = spawnSync(file, args, options);
  if (status === 0) return stdout;
  throw new SetupError(`${[file, ...args].join(' ')} failed: ${error?.message ?? stderr}`);
}
