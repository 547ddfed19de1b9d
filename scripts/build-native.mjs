/** Builds native/ into prebuilds/<platform>-<arch>/ipsecctl.node, unless what lies there is current. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Same rule as lib/host/addon.ts: the C library is part of the platform's name. */
function prebuildFolder() {
  const glibc = process.report.getReport().header.glibcVersionRuntime !== undefined;
  return join(root, 'prebuilds', `${process.platform}${glibc ? '' : 'musl'}-${process.arch}`);
}

/** Changes whenever a source, the build file or the Node it is built against changes. */
function fingerprint() {
  const native = join(root, 'native');
  const files = readdirSync(native, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
  const hash = createHash('sha256');
  for (const file of [join(root, 'binding.gyp'), ...files]) {
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.update(`${process.versions.modules} ${process.versions.openssl}`).digest('hex');
}

/** A folder with include/node in it; with one, node-gyp needs no network. */
function headerFolder() {
  const beside = dirname(dirname(process.execPath));
  const configured = process.env.npm_config_nodedir;
  return [configured, beside, '/usr', '/usr/local'].find(
    (folder) => folder && hasOwnHeaders(join(folder, 'include/node')),
  );
}

/** Headers of another Node lying about in /usr would be worse than none. */
function hasOwnHeaders(folder) {
  if (!existsSync(join(folder, 'node_api.h'))) return false;
  const version = readFileSync(join(folder, 'node_version.h'), 'utf8');
  const major = /^#define NODE_MAJOR_VERSION (\d+)/m.exec(version)?.[1];
  return major === process.versions.node.split('.')[0];
}

function build() {
  const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
  const headers = headerFolder();
  const args = [nodeGyp, 'rebuild', '--release', ...(headers ? [`--nodedir=${headers}`] : [])];
  const run = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (run.status === 0) return;
  process.stderr.write(`${run.stdout}${run.stderr}`);
  process.stderr.write(
    'build-native: the addon was not built; it takes a C++20 compiler, make, python3 and the Linux ' +
      'headers (Debian: apt-get install g++ make python3 linux-libc-dev)\n',
  );
  process.exit(1);
}

const folder = prebuildFolder();
const target = join(folder, 'ipsecctl.node');
const stamp = join(root, 'build/ipsecctl.built-from');
const wanted = fingerprint();
const current = existsSync(target) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;

if (current && !process.argv.includes('--force')) {
  console.log('build-native: up to date');
} else {
  console.log('build-native: compiling the addon');
  build();
  mkdirSync(folder, { recursive: true });
  // A new file under the old name: a process that runs the old addon keeps it whole.
  copyFileSync(join(root, 'build/Release/ipsecctl.node'), `${target}.new`);
  renameSync(`${target}.new`, target);
  writeFileSync(stamp, wanted);
  console.log(`build-native: ${target}`);
}
