/** The generated documents of the repository are what the menus and options give now. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { clientOptions } from '../cli/ipsecctl-options.js';
import { daemonOptions } from '../cli/ipsecd-options.js';
import { generatedFiles } from '../lib/core/docs/generated.js';

const files = generatedFiles({ ipsecctl: clientOptions, ipsecd: daemonOptions });

function inRepository(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

describe('generated files', () => {
  test.each(files.map((file) => [file.path, file.text] as const))('%s is current', (path, text) => {
    if (inRepository(path) === text) return;
    throw new Error(`${path} is not what the menus and options say now: run "npm run generate"`);
  });

  test('there are some of each kind', () => {
    const folders = new Set(files.map(({ path }) => path.split('/')[0]));
    expect([...folders]).toEqual(expect.arrayContaining(['completions', 'docs', 'man', 'schema']));
  });
});
