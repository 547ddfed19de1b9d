import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ConfigStore } from '../../lib/host/store.js';
import { compiled } from './daemon-process.js';

jest.setTimeout(60_000);

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ipsec-crash-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

/** Saves tables of one size after the other, one row more each time, and says each size when it is saved. */
function writer(first: number): string {
  const module = (path: string) => JSON.stringify(pathToFileURL(compiled(path)).href);
  return `
    import { writeSync } from 'node:fs';
    import { ConfigStore } from ${module('lib/host/store.js')};
    import { addItem, emptyConfig } from ${module('lib/core/config/tables.js')};
    const store = new ConfigStore(${JSON.stringify(directory)});
    let config = emptyConfig();
    for (let size = 1; size <= 5000; size += 1) {
      const address = '10.0.' + (size >> 8) + '.' + (size & 255);
      config = addItem(config, 'pre-shared-secret', { address, secret: 's' }).value.config;
      if (size < ${first}) continue;
      store.save(config);
      writeSync(1, size + '\\n');
    }`;
}

test('a writer killed at any instant leaves the state it said was saved, or the next one', async () => {
  const store = new ConfigStore(directory);
  let saved = 0;
  for (let round = 0; round < 20; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', writer(saved + 1)], {
      env: { PATH: process.env['PATH'] },
    });
    let said = '';
    let complaints = '';
    child.stderr.on('data', (data) => {
      complaints += data;
    });
    child.stdout.on('data', (data) => {
      said += data;
      // Let each round die at another place of its work.
      if (said.split('\n').length > 2 + (round % 5)) child.kill('SIGKILL');
    });
    await once(child, 'close');
    expect(complaints).toBe('');
    const last = Number(said.trimEnd().split('\n').at(-1));
    expect(last).toBeGreaterThan(saved);
    saved = store.load().tables['pre-shared-secret'].length;
    expect(saved).toBeGreaterThanOrEqual(last);
    expect(saved).toBeLessThanOrEqual(last + 1);
  }
});
