/** The house rules as a test: import directions, banned calls in core, dead files, leftovers, headers. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { layerOffences, versionOffences } from './tidy/layers.js';
import {
  codeOnly,
  placesOf,
  readSources,
  type SourceFile,
  sourceFile,
} from './tidy/source-text.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const product = [...readSources(root, 'lib'), ...readSources(root, 'cli')];
const core = product.filter(({ path }) => path.startsWith('lib/core/'));
const tests = readSources(root, 'test');

/** What core must not do, and what to do instead. */
const bannedInCore: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bDate\.now\b|\bnew Date\b|\bperformance\./g, 'take the time from the input'],
  [/\bMath\.random\b/g, 'take randomness from the port'],
  [/\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/g, 'use the timer queue'],
  [/\basync\b|(?<![.#])\bawait\b|\bnew Promise\b/g, 'return an effect'],
  [/\bthrow\b/g, 'return a result; only our own bugs throw, through assert'],
  [/\bBuffer\b|\bprocess\.|\bconsole\./g, 'core knows neither Node nor a terminal'],
];

function bannedPlaces(file: SourceFile): string[] {
  return bannedInCore.flatMap(([pattern, instead]) =>
    file.path === 'lib/core/base/assert.ts' && pattern.source.includes('throw')
      ? []
      : placesOf(file, pattern).map((place) => `${place} -> ${instead}`),
  );
}

describe('the sources', () => {
  test('import only in the directions of the architecture', () => {
    expect(product.flatMap(layerOffences)).toEqual([]);
  });

  test('keep the two versions of IKE apart', () => {
    expect(product.flatMap(versionOffences)).toEqual([]);
  });

  test('of core read no clock, roll no dice, wait for nothing and throw nothing', () => {
    expect(core.length).toBeGreaterThan(0);
    expect(core.flatMap(bannedPlaces)).toEqual([]);
  });

  test('load the native addon in one place', () => {
    const loaders = product.filter(({ code }) => /\bcreateRequire\b/.test(code));
    expect(loaders.map(({ path }) => path).filter((path) => path !== 'lib/host/addon.ts')).toEqual(
      [],
    );
  });

  test('have no dead files', () => {
    const entries = new Set([
      ...['lib/index.ts', 'lib/wire.ts', 'lib/engine.ts'],
      ...['cli/ipsecctl.ts', 'cli/ipsecd.ts'],
      // Run by scripts/generate.mjs.
      'lib/core/docs/generated.ts',
    ]);
    const used = new Set(product.flatMap(({ imports }) => imports));
    const dead = product.filter(({ path }) => !entries.has(path) && !used.has(path));
    expect(dead.map(({ path }) => path)).toEqual([]);
  });

  test('carry no notes to self', () => {
    const notes = /\bTO[D]O\b|\bFIX[M]E\b|\bXX[X]\b/g;
    const found = [...product, ...tests].flatMap((file) => placesOf(file, notes, file.text));
    expect(found).toEqual([]);
  });

  test('say in a header comment what each file is responsible for', () => {
    const headless = product.filter(({ text }) => !/^(?:#!.*\n)?\/\*\*/.test(text));
    expect(headless.map(({ path }) => path)).toEqual([]);
  });
});

describe('the rules themselves', () => {
  test('see an import in the wrong direction, whatever its form', () => {
    const upward = `import type { A } from '../ike/engine.js';
export { b } from '../wire/message.js';
import {
  c,
} from 'node:fs';
import '../base/bytes.js';
const lazy = import('../../host/udp.js');
`;
    expect(layerOffences(sourceFile('lib/core/wire/x.ts', upward))).toEqual([
      'lib/core/wire/x.ts: core/wire must not import lib/core/ike/engine.ts',
      'lib/core/wire/x.ts: core/wire must not import node:fs',
      'lib/core/wire/x.ts: core/wire must not import lib/host/udp.ts',
    ]);
    expect(layerOffences(sourceFile('lib/core/novel/x.ts', ''))).toHaveLength(1);
    expect(layerOffences(sourceFile('cli/render.ts', "import '../lib/host/daemon.js';"))).toEqual([
      'cli/render.ts: cli must not import lib/host/daemon.ts',
    ]);
    expect(layerOffences(sourceFile('cli/ipsecd.ts', "import '../lib/host/daemon.js';"))).toEqual(
      [],
    );
    const crossing = sourceFile('lib/core/ike/v1/x.ts', "import '../v2/ike-auth.js';");
    expect(versionOffences(crossing)).toHaveLength(1);
  });

  test('see banned calls in code, and only there', () => {
    const text = `/** Date.now in a comment */
const text = 'throw', pattern = /await '/; // new Date
const now = Date.now();
if (now) throw new Error(\`async\`);
`;
    const places = bannedPlaces(sourceFile('lib/core/ike/x.ts', text));
    expect(places).toEqual([
      expect.stringContaining('x.ts:3: const now'),
      expect.stringContaining('x.ts:4: if (now) throw'),
    ]);
    expect(bannedPlaces(sourceFile('lib/core/base/assert.ts', 'throw x;'))).toEqual([]);
  });

  test('keep code in its lines when they blank the rest', () => {
    const text = "a /* one\ntwo */ b = 'c\\'d' / e / f; // g";
    expect(
      codeOnly(text)
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(['a', 'b =        / e / f;']);
  });
});
