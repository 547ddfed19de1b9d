/** The examples in JavaScript of what is published, run as they stand against a daemon of their own. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, jest, test } from '@jest/globals';
import { Host } from './daemon-process.js';
import { ProgramFolder } from './program.js';

jest.setTimeout(60_000);

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Example {
  readonly place: string;
  readonly source: string;
}

function examplesOf(file: string): readonly Example[] {
  const text = readFileSync(join(root, file), 'utf8');
  return Array.from(text.matchAll(/^```js\n([\s\S]*?)^```$/gm), ({ 1: source = '', index }) => ({
    place: `${file}:${text.slice(0, index).split('\n').length}`,
    source,
  }));
}

const documents = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const examples = ['README.md', ...documents.map((name) => `docs/${name}`)].flatMap(examplesOf);

test('there are examples', () => {
  expect(examples.map(({ place }) => place)).toContainEqual(expect.stringMatching(/^README\.md:/));
});

test.each(examples)('the example at $place runs to its end', async ({ source }) => {
  const host = new Host();
  const folder = new ProgramFolder();
  try {
    await host.start();
    // A reader's daemon is at the default path; this one is not.
    const here = source.replaceAll(
      'connect()',
      `connect({ socketPath: ${JSON.stringify(host.socketPath)} })`,
    );
    const { code, stderr } = await folder.run(here);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  } finally {
    folder.close();
    await host.close();
  }
});
