import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Config } from '../../../lib/core/config/config.js';
import { addItem, emptyConfig } from '../../../lib/core/config/tables.js';
import { IpsecError } from '../../../lib/host/errors.js';
import { makeStateDirectory } from '../../../lib/host/state-directory.js';
import { ConfigStore } from '../../../lib/host/store.js';

let parent: string;
let directory: string;
let file: string;
let store: ConfigStore;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'ipsec-store-'));
  directory = join(parent, 'state');
  file = join(directory, 'config.json');
  makeStateDirectory(directory);
  store = new ConfigStore(directory);
});

afterEach(() => rmSync(parent, { recursive: true }));

const secret = 'roberkenon-7f3a';

function withSecrets(count: number): Config {
  let config = emptyConfig();
  for (let number = 1; number <= count; number += 1) {
    const values = { address: `10.0.0.${number}`, secret };
    const added = addItem(config, 'pre-shared-secret', values);
    if (!added.ok) throw new Error(added.error.text);
    config = added.value.config;
  }
  return config;
}

/** The one line a user sees when the file cannot be used. */
function complaint(): string {
  try {
    store.load();
  } catch (error) {
    if (error instanceof IpsecError && error.code === 'ERR_IPSEC_STATE') return error.message;
    throw error;
  }
  throw new Error('the file was accepted');
}

describe('the configuration file', () => {
  test('gives back what was saved, to its owner alone', () => {
    store.save(withSecrets(3));
    expect(new ConfigStore(directory).load()).toEqual(withSecrets(3));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test('is not there at first, which means empty tables, and is not made by reading', () => {
    expect(store.load()).toEqual(emptyConfig());
    expect(existsSync(file)).toBe(false);
  });

  test('keeps the three generations before it, the youngest as number 1', () => {
    for (let count = 1; count <= 6; count += 1) store.save(withSecrets(count));
    const secretsIn = (name: string) =>
      JSON.parse(readFileSync(join(directory, name), 'utf8')).tables['pre-shared-secret'].length;
    const names = ['config.json', 'config.json.1', 'config.json.2', 'config.json.3'];
    expect(names.map(secretsIn)).toEqual([6, 5, 4, 3]);
    expect(existsSync(`${file}.4`)).toBe(false);
  });

  test('is replaced in one step: a leftover of a killed writer does not disturb', () => {
    store.save(withSecrets(1));
    writeFileSync(`${file}.tmp`, '{"half');
    expect(store.load()).toEqual(withSecrets(1));
    store.save(withSecrets(2));
    expect(store.load()).toEqual(withSecrets(2));
    expect(existsSync(`${file}.tmp`)).toBe(false);
  });
});

describe('what lies under the temporary name', () => {
  test('is not written through when it is a link', () => {
    const precious = join(parent, 'precious');
    writeFileSync(precious, 'precious');
    symlinkSync(precious, `${file}.tmp`);
    store.save(withSecrets(1));
    expect(readFileSync(precious, 'utf8')).toBe('precious');
    expect(lstatSync(file).isFile()).toBe(true);
    expect(store.load()).toEqual(withSecrets(1));
  });

  test('does not lend its mode to the secrets', () => {
    writeFileSync(`${file}.tmp`, '', { mode: 0o644 });
    store.save(withSecrets(1));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

test('a state that is in place counts as saved, with a warning when the disk may lose it', () => {
  const shaky = new ConfigStore(directory, {
    syncDirectory: () => {
      throw new Error('EIO: i/o error, fsync');
    },
  });
  store.save(withSecrets(1));
  expect(shaky.save(withSecrets(2))).toMatch(new RegExp(`${file} is written.*EIO`));
  expect(store.load()).toEqual(withSecrets(2));
  expect(store.save(withSecrets(3))).toBeUndefined();
});

describe('a file that cannot be used is named with its fault and a remedy, and left as it is', () => {
  test.each<[string, (text: string) => string, RegExp]>([
    ['cut off', (text) => text.slice(0, text.length / 2), /damaged/],
    ['empty', () => '', /damaged/],
    ['of zeros', (text) => '\0'.repeat(text.length), /damaged/],
    ['something else', () => '{"hello": 1}', /no ipsecctl configuration/],
    ['a list', () => '[]', /no ipsecctl configuration/],
    ['of a later version', (text) => text.replace('"version":1', '"version":2'), /version 2/],
    ['changed in one letter', (text) => text.replace('roberkenon', 'roberkemon'), /damaged/],
    ['without its checksum', (text) => text.replace(/,"sha256":"[^"]*"/, ''), /damaged/],
    ['with an unknown table', (text) => text.replace('"peer"', '"pear"'), /damaged/],
  ])('%s', (_, damage, fault) => {
    store.save(emptyConfig());
    store.save(withSecrets(1));
    const damaged = damage(readFileSync(file, 'utf8'));
    writeFileSync(file, damaged);
    const line = complaint();
    expect(line).toMatch(fault);
    expect(line).toContain(file);
    expect(line).toContain(`${file}.1`);
    expect(line).not.toContain('\n');
    expect(line).not.toContain(secret);
    expect(readFileSync(file, 'utf8')).toBe(damaged);
  });

  test('and no earlier state is offered when there is none', () => {
    writeFileSync(file, '{');
    expect(complaint()).not.toContain(`${file}.1`);
    expect(complaint()).toContain('move the file away');
  });

  test('every single-byte change is noticed', () => {
    store.save(withSecrets(1));
    const whole = readFileSync(file);
    for (let index = 0; index < whole.length; index += 7) {
      const damaged = Buffer.from(whole);
      damaged[index] = (damaged[index] ?? 0) ^ 0x01;
      writeFileSync(file, damaged);
      let loaded: Config | undefined;
      try {
        loaded = store.load();
      } catch (error) {
        expect(error).toBeInstanceOf(IpsecError);
      }
      // White space between the values may change: then the content is still the same.
      if (loaded !== undefined) expect(loaded).toEqual(withSecrets(1));
    }
  });
});

describe('a place that cannot be written', () => {
  test('is refused with its name and the option that names another', () => {
    writeFileSync(join(parent, 'plain'), '');
    const below = join(parent, 'plain', 'state');
    expect(() => makeStateDirectory(below)).toThrow(
      expect.objectContaining({
        code: 'ERR_IPSEC_STATE',
        message: expect.stringMatching(new RegExp(`${below}.*--state-dir`)),
      }),
    );
  });

  test('makes saving fail and keeps the old state', () => {
    store.save(withSecrets(1));
    const lost = new ConfigStore(join(parent, 'gone'));
    expect(() => lost.save(withSecrets(2))).toThrow('ENOENT');
    expect(store.load()).toEqual(withSecrets(1));
  });
});
