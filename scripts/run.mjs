/**
 * Every task of a developer behind one entry: `node scripts/run.mjs JOB [ARGUMENT...]`.
 * Brings what the job needs first (Debian packages, npm packages, addon, TypeScript), saying so.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDebianPackages } from './setup/debian.mjs';
import { ensureLibreswan } from './setup/libreswan.mjs';
import { ensureNpmPackages } from './setup/npm-packages.mjs';
import { suitesWithoutData } from './setup/shared-data.mjs';
import { elapsed, root, runSteps, runVisibly, SetupError, say } from './setup/steps.mjs';
import { ensureStockKernel } from './setup/stock-kernel.mjs';
import { ensureStrongswan } from './setup/strongswan.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);

const debian = (...purposes) => ({
  name: 'Debian packages',
  run: () => ensureDebianPackages(purposes),
});
const npm = { name: 'npm packages', run: ensureNpmPackages };
const libreswan = { name: 'Libreswan for the tests', run: ensureLibreswan };
const strongswan = { name: 'strongSwan for the tests', run: ensureStrongswan };
const stockKernel = { name: 'Debian kernel for the tests', run: ensureStockKernel };
const addon = {
  name: 'native addon',
  run: () => visibly([process.execPath, 'scripts/build-native.mjs']),
};
const typescript = { name: 'TypeScript', run: () => visibly([bin('tsc'), '-b']) };
const lint = {
  name: 'format and lint',
  run: () => visibly([bin('biome'), 'check', '--error-on-warnings']),
};

/**
 * What the jobs are. `steps` bring the job about, `main` is its program, given the arguments.
 * @type {Record<string, { help: string, steps: { name: string, run: () => Promise<string | undefined> }[],
 *   main?: (args: string[]) => Promise<number> }>}
 */
const jobs = {
  test: {
    help: 'lint, type check and all tests; an argument picks test files by pattern',
    steps: [
      debian('addon', 'lab', 'firewall', 'nftables', 'shell'),
      ...[npm, strongswan, libreswan, stockKernel, addon, typescript, lint],
    ],
    main: jest,
  },
  demo: {
    help: 'two routers negotiate keys and carry a ping inside ESP',
    steps: [debian('addon', 'lab'), npm, addon, typescript],
    main: (args) => runVisibly([process.execPath, 'dist/test/demo/demo.js', ...args]),
  },
  bench: {
    help: 'NAME [--json]: one measurement; without a name it lists them',
    steps: [debian('addon', 'lab', 'nftables'), npm, strongswan, stockKernel, addon, typescript],
    main: bench,
  },
  build: {
    help: 'addon and TypeScript',
    steps: [debian('addon'), npm, addon, typescript],
  },
  lint: { help: 'format and lint', steps: [npm, lint] },
  format: {
    help: 'rewrite the sources as the formatter wants them',
    steps: [npm],
    main: (args) => runVisibly([bin('biome'), 'check', '--write', ...args]),
  },
  interop: {
    help: 'every combination as a real tunnel, against ourselves, strongSwan and Libreswan; writes docs/interop.md',
    steps: [debian('addon', 'lab'), npm, strongswan, libreswan, addon, typescript],
    main: () => runVisibly([process.execPath, 'dist/test/interop/write-document.js']),
  },
  simulate: {
    help: '--seed N [--count K] [--peers P]: whole lives of routers on a bad network, watched by checkers',
    steps: [npm, typescript],
    main: (args) => runVisibly([process.execPath, 'dist/test/simulator/run.js', ...args]),
  },
  generate: {
    help: 'rewrite the files made from the menus: docs/menus.md, man, completions, schema',
    steps: [npm, typescript],
    main: (args) => runVisibly([process.execPath, 'scripts/generate.mjs', ...args]),
  },
  setup: {
    help: 'bring everything the other jobs need',
    steps: [
      debian('addon', 'lab', 'firewall', 'nftables', 'shell'),
      ...[npm, strongswan, libreswan, stockKernel, addon, typescript],
    ],
  },
};

async function visibly(argv) {
  // Standard output belongs to the job: a program may be reading it.
  const code = await runVisibly(argv, {}, 2);
  if (code !== 0) throw new SetupError(`${argv.join(' ')} failed with exit ${code}`);
  return undefined;
}

/** Two workers: the lab runs two guests at once, a third test file would only wait for its turn. */
async function jest(args) {
  const program = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const left = suitesWithoutData();
  const ignored = ['/node_modules/', ...left].map((path) => `--testPathIgnorePatterns=${path}`);
  const code = await runVisibly(
    // The patterns come last: jest takes every word after one of them for another.
    [process.execPath, program, '--maxWorkers=2', ...args, ...ignored],
    { NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning' },
  );
  if (left.length > 0) {
    const list = left.map((file) => `  ${file}`).join('\n');
    say(
      `NOT RUN: these ${left.length} test files need test vectors that others made and that are no part of this\nrepository. Put them at ../shared, or set IPSECCTL_SHARED to the folder that holds vectors/ and golden/:\n${list}`,
    );
  }
  return code;
}

async function bench([name, ...args]) {
  const folder = join(root, 'dist', 'test', 'bench');
  const file = join(folder, `${name}.js`);
  if (name !== undefined && existsSync(file)) return runVisibly([process.execPath, file, ...args]);
  const names = (existsSync(folder) ? readdirSync(folder) : [])
    .filter((entry) => entry.endsWith('.js'))
    .map((entry) => entry.replace(/\.js$/, ''));
  say(`npm run bench NAME, where NAME is one of: ${names.join(' ')}`);
  return 1;
}

async function main([name = '', ...args]) {
  const job = jobs[name];
  if (job === undefined) {
    const lines = Object.entries(jobs).map(([key, { help }]) => `  ${key.padEnd(8)}${help}`);
    say(`node scripts/run.mjs JOB [ARGUMENT...]\n${lines.join('\n')}`);
    return 1;
  }
  const start = Date.now();
  const main = job.main;
  let code = 0;
  await runSteps(job.steps);
  if (main !== undefined) {
    say(`${name}:`);
    code = await main(args);
  }
  say(`${name}: ${code === 0 ? 'done' : `failed with exit ${code}`}, ${elapsed(start)} in all`);
  return code;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
