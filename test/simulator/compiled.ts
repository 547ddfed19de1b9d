/** The simulator and the product as plain JavaScript in a directory of their own, whole or with a fault put in. */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformSync } from '@swc/core';

/** A change of one source file; what is searched for must be there exactly once. */
export interface Patch {
  /** Below lib/core. */
  readonly file: string;
  readonly search: string;
  readonly replace: string;
}

const folders = ['lib/core', 'lib/host', 'test/simulator', 'test/support'];

/** Compiles `root` into `out` and returns the program to run. */
export function compileSimulator(root: string, out: string): string {
  for (const folder of folders) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts') || name.endsWith('.d.ts') || name.endsWith('.test.ts')) continue;
      write(out, join(folder, name), readFileSync(join(root, folder, name), 'utf8'));
    }
  }
  writeFileSync(join(out, 'package.json'), '{ "type": "module" }\n');
  // The addon is looked for beside package.json.
  for (const name of ['node_modules', 'prebuilds']) symlinkSync(join(root, name), join(out, name));
  return join(out, 'test/simulator/run.js');
}

/**
 * Makes a second copy of what was compiled into `from`, with those changes. Returns its simulator, which
 * is made of the changed parts alone, and its engine, for the whole simulator to run beside its own.
 */
export function compileMutant(
  root: string,
  from: string,
  out: string,
  patches: readonly Patch[],
): { readonly program: string; readonly engine: string } {
  cpSync(from, out, { recursive: true, verbatimSymlinks: true });
  const sources = new Map<string, string>();
  for (const { file, search, replace } of patches) {
    const path = join('lib/core', file);
    const source = sources.get(path) ?? readFileSync(join(root, path), 'utf8');
    const parts = source.split(search);
    if (parts.length !== 2) {
      throw new Error(`${parts.length - 1} times in ${file}, not once: ${search}`);
    }
    sources.set(path, parts.join(replace));
  }
  for (const [path, source] of sources) write(out, path, source);
  return {
    program: join(out, 'test/simulator/run.js'),
    engine: join(out, 'lib/core/ike/engine.js'),
  };
}

function write(out: string, path: string, source: string): void {
  const { code } = transformSync(source, {
    filename: path,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
  });
  const target = join(out, path.replace(/\.ts$/, '.js'));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, code);
}
