/** The files that console commands name: one folder of the state directory, its owner's alone (C-42, C-44, C-45). */
import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../core/base/result.js';
import { err, ok } from '../core/base/result.js';
import { textFromBytes, textToBytes } from '../core/config/quoting.js';
import type { FileRefusal } from '../core/console/console-host.js';
import { writeAtomically } from './atomic-file.js';

/** A name and no path: a command must not reach any other file of the router. */
const fileName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Of what was typed instead of a name no more is shown. */
const shownLength = 64;

/** An export of 100,000 policies is half of it. */
const fileMebibytes = 64;

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

export class ConsoleFiles {
  readonly #directory: string;

  constructor(stateDirectory: string) {
    this.#directory = join(stateDirectory, 'files');
  }

  /** The text of a file, or the words for the user. */
  read(name: string): Result<string, FileRefusal> {
    const read = this.#attempt('read', name, readText);
    if (!read.ok) return err({ text: read.error });
    if (read.value !== undefined) return ok(read.value);
    const hint = `files to import are in ${this.#directory}: put it there`;
    return err({ text: `there is no file ${name}`, hint });
  }

  /** Replaces a file, or says why not. */
  write(name: string, text: string): Result<undefined, string> {
    return this.#attempt('write', name, (path) => {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      writeAtomically(path, textToBytes(text), { durable: false });
      return undefined;
    });
  }

  #attempt<T>(verb: string, name: string, action: (path: string) => T): Result<T, string> {
    if (!fileName.test(name)) {
      return err(
        `"${name.slice(0, shownLength)}" is no file name here: letters, digits, dot, underscore and hyphen, without a path; files are in ${this.#directory}`,
      );
    }
    const path = join(this.#directory, name);
    try {
      return ok(action(path));
    } catch (error) {
      return err(`cannot ${verb} ${path}: ${(error as Error).message}`);
    }
  }
}

/** Bytes that are not UTF-8 are kept. Undefined when there is no such file. */
function readText(path: string): string | undefined {
  const file = openRegular(path);
  if (file === undefined) return undefined;
  try {
    return textFromBytes(readWhole(file));
  } finally {
    closeSync(file);
  }
}

/** Never waits for another process, as opening a pipe would, and never leaves the directory by a link. */
function openRegular(path: string): number | undefined {
  try {
    return openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw new Error('it is a link: put the file itself there');
    throw error;
  }
}

function readWhole(file: number): Uint8Array {
  const status = fstatSync(file);
  if (!status.isFile()) throw new Error('it is no regular file');
  if (status.size > fileMebibytes * 1024 * 1024) {
    throw new Error(`it is larger than ${fileMebibytes} MiB: import it in parts`);
  }
  const bytes = new Uint8Array(status.size);
  let length = 0;
  // No further than its size was: it may grow meanwhile.
  for (let read = -1; read !== 0 && length < bytes.length; length += read) {
    read = readSync(file, bytes, length, bytes.length - length, null);
  }
  return bytes.subarray(0, length);
}
