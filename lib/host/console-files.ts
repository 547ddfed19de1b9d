/** The files that console commands name: one folder of the state directory, its owner's alone (C-42, C-44, C-45). */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../core/base/result.js';
import { err, ok } from '../core/base/result.js';
import { writeAtomically } from './atomic-file.js';

/** A name and no path: a command must not reach any other file of the router. */
const fileName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

export class ConsoleFiles {
  readonly #directory: string;

  constructor(stateDirectory: string) {
    this.#directory = join(stateDirectory, 'files');
  }

  /** The text of a file, or the words for the user. */
  read(name: string): Result<string, string> {
    return this.#attempt('read', name, (path) => readFileSync(path, 'utf8'));
  }

  /** Replaces a file, or says why not. */
  write(name: string, text: string): Result<undefined, string> {
    return this.#attempt('write', name, (path) => {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      writeAtomically(path, text, { durable: false });
      return undefined;
    });
  }

  #attempt<T>(verb: string, name: string, action: (path: string) => T): Result<T, string> {
    if (!fileName.test(name)) {
      return err(
        `"${name}" is no file name here: letters, digits, dot, underscore and hyphen, without a path; files are in ${this.#directory}`,
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
