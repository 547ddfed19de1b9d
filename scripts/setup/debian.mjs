/** Debian packages: which programs are missing, and apt-get to bring them. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { announce, mustQuietly, runQuietly, SetupError } from './steps.mjs';

/** Programs and the Debian packages they come in, by what they are for. */
const programs = {
  addon: { 'g++': 'g++', make: 'make', python3: 'python3' },
  shell: { tmux: 'tmux' },
  lab: {
    ...{ ip: 'iproute2', ping: 'iputils-ping', tcpdump: 'tcpdump', nsenter: 'util-linux' },
    nft: 'nftables',
  },
  firewall: { 'iptables-legacy': 'iptables' },
  guest: { 'linux.uml': 'user-mode-linux', modprobe: 'kmod' },
  emulator: { 'qemu-system-x86_64': 'qemu-system-x86', modprobe: 'kmod', xz: 'xz-utils' },
};

const lockWaitSeconds = 600;
const lockRetrySeconds = 5;

/**
 * Installs what is missing for the given purposes. The guest kernel only where the machine's own kernel has no
 * ESP, the emulator only where it does not have ESP and nftables.
 * @param {('addon' | 'lab' | 'firewall' | 'nftables' | 'shell')[]} purposes
 */
export async function ensureDebianPackages(purposes) {
  const installed = await install(purposes.flatMap((purpose) => missing(programs[purpose] ?? {})));
  const kernels = [
    ...(purposes.includes('lab') && !ownKernelHasEsp() ? missing(programs.guest) : []),
    ...(purposes.includes('nftables') && needsStockKernel() ? missing(programs.emulator) : []),
  ];
  return (await install([...new Set(kernels)])) ?? installed;
}

/** True when the labs that need ESP and nftables in one kernel cannot run on this machine's own. */
export function needsStockKernel() {
  return !ownKernelHasEsp() || !ownKernelHasNftables();
}

function missing(wanted) {
  return Object.entries(wanted)
    .filter(([program]) => findProgram(program) === undefined)
    .map(([, name]) => name);
}

/** Looks where an administrator's programs are too: Debian leaves those folders out of a user's PATH. */
export function findProgram(name) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return [...folders, '/usr/local/sbin', '/usr/sbin', '/sbin']
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

/** As the lab decides it (test/lab/kernel-choice.ts): an ESP SA in a network namespace that ends at once. */
function ownKernelHasEsp() {
  const key = (bytes) => `0x${'01'.repeat(bytes)}`;
  const state = 'ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x1000 mode transport';
  const algorithms = ['auth', 'hmac(sha1)', key(20), 'enc', 'cbc(des3_ede)', key(24)];
  return worksInANamespace([...state.split(' '), ...algorithms]);
}

/** As the lab decides it, too: a rule that asks for IPsec. */
function ownKernelHasNftables() {
  const table = 'table ip t { chain c { type filter hook output priority 0; rt ipsec exists; }; }';
  return worksInANamespace(['nft', table]);
}

function worksInANamespace(argv) {
  const options = { stdio: 'ignore', timeout: 10_000 };
  return spawnSync('unshare', ['--net', ...argv], options).status === 0;
}

async function install(names) {
  if (names.length === 0) return 'present';
  const command = `apt-get install -y --no-install-recommends ${names.join(' ')}`;
  if (findProgram('apt-get') === undefined) {
    throw new SetupError(
      `missing, by their Debian names: ${names.join(' ')}. This system has no apt-get: install them its own way, then repeat.`,
    );
  }
  if (process.getuid?.() !== 0) {
    throw new SetupError(`missing: ${names.join(' ')}. As root run:\n  ${command}\nthen repeat.`);
  }
  announce(`installing ${names.join(', ')} (takes about a minute)`);
  await aptInstall('apt-install', names, []);
  return undefined;
}

/**
 * apt-get install with the package lists as they are; with fresh ones if that fails.
 * @param {string} log
 * @param {string[]} names
 * @param {string[]} options
 */
export async function aptInstall(log, names, options) {
  const argv = ['apt-get', 'install', '-q', '-y', '--no-install-recommends', ...options, ...names];
  await withFreshLists(log, () => argv);
}

/**
 * apt-get download, which checks signatures as install does: the archives lie in `folder` afterwards.
 * @param {string} log
 * @param {() => string[]} names asked again when the package lists are fresh
 * @param {string} folder
 */
export async function aptDownload(log, names, folder) {
  // As root: the user _apt may not write where we are, and apt-get would only grumble about that.
  const options = ['-q', '-o', 'APT::Sandbox::User=root'];
  await withFreshLists(log, () => [
    ...['env', '-C', folder, 'apt-get', 'download', ...options, ...names()],
  ]);
}

/** Runs it with the package lists as they are; with fresh ones if that fails. */
async function withFreshLists(log, argv) {
  const first = await patiently(log, argv());
  if (first.code === 0) return;
  announce('refreshing the package lists');
  const update = await patiently('apt-update', ['apt-get', 'update', '-q']);
  if (update.code !== 0) announce(`apt-get update failed, see ${update.logFile}`);
  await mustQuietly(log, argv(), aptEnvironment);
}

const aptEnvironment = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };

/** Waits while another package manager holds the lock. */
async function patiently(log, argv) {
  const end = Date.now() + lockWaitSeconds * 1000;
  for (;;) {
    const result = await runQuietly(log, argv, aptEnvironment);
    const locked = /Could not get lock|Unable to acquire the dpkg frontend lock/.test(
      result.output,
    );
    if (result.code === 0 || !locked || Date.now() > end) return result;
    announce('another package manager is at work, waiting for it');
    await delay(lockRetrySeconds * 1000);
  }
}
