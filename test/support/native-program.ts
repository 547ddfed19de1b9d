/**
 * Compiles a C++ program of the tests together with the data plane's own sources, outside of Node. OpenSSL's
 * headers are Node's and its library the one that Debian's python3 brings, so that nothing is needed beyond what
 * builds the addon.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageRoot = rootAbove(fileURLToPath(import.meta.url));
const sources = join(packageRoot, 'native', 'userspace');

export interface NativeProgram {
  /** Its exit code, and what it printed on both channels. */
  run(...args: readonly string[]): { readonly code: number | null; readonly output: string };
  remove(): void;
}

/** `file` below the root; `flags` go before the sources. Throws with the compiler's words. */
export function compileProgram(file: string, flags: readonly string[]): NativeProgram {
  const folder = mkdtempSync(join(tmpdir(), 'ipsecctl-native-'));
  const program = join(folder, 'program');
  const parts = readdirSync(sources)
    .filter((name) => name.endsWith('.cc') && !name.endsWith('_binding.cc'))
    .map((name) => join(sources, name));
  const run = spawnSync(
    'g++',
    [
      ...['-std=c++20', '-Wall', '-Wextra', ...flags, '-I', opensslHeaders()],
      ...['-I', join(packageRoot, 'native'), join(packageRoot, file), ...parts],
      // By its file name, as the library comes without the one that -lcrypto looks for.
      ...['-o', program, '-l:libcrypto.so.3'],
    ],
    { encoding: 'utf8' },
  );
  const remove = () => rmSync(folder, { recursive: true, force: true });
  if (run.status !== 0) {
    remove();
    throw new Error(`${file} does not compile: ${run.error?.message ?? ''}${run.stderr}`);
  }
  return {
    run(...args) {
      const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
      return { code: status, output: `${stdout}${stderr}` };
    },
    remove,
  };
}

/** The folder in whose `openssl` Node's headers lie, as scripts/build-native.mjs finds it; else the system's. */
function opensslHeaders(): string {
  const beside = dirname(dirname(process.execPath));
  const configured = process.env['npm_config_nodedir'];
  const candidates = [configured, beside, '/usr', '/usr/local']
    .filter((folder) => folder !== undefined)
    .map((folder) => join(folder, 'include', 'node'));
  return candidates.find((folder) => isOpenssl3(folder)) ?? '/usr/include';
}

/** Of the library's own major version: others may have structures of other sizes. */
function isOpenssl3(folder: string): boolean {
  const file = join(folder, 'openssl', 'opensslv.h');
  return existsSync(file) && /OPENSSL_VERSION_MAJOR +3\b/.test(readFileSync(file, 'utf8'));
}

/** This file runs from test/ as well as from dist/test/. */
function rootAbove(file: string): string {
  let folder = dirname(file);
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
