/** Writes a file so that whoever reads it, at whatever instant, finds the old or the new text whole. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface AtomicWriteOptions {
  /** Survives a power failure as well, at the price of waiting for the disk. */
  readonly durable: boolean;
  /** Runs when the new text is complete beside the file, just before it takes the file's place. */
  readonly beforeRename?: () => void;
  /** Replaced in tests. */
  readonly syncDirectory?: (path: string) => void;
}

/** The temporary name is fixed: one writer per file, and a leftover of a killed one is removed. */
export function temporaryNameOf(path: string): string {
  return `${path}.tmp`;
}

/**
 * Creates the file readable by its owner alone. Throws the error of the failing system call, and then
 * the old text is in place, and no part of the new one on the disk. Returns an error when the new text is in place, but perhaps not for good:
 * what cannot be taken back must not count as failed.
 */
export function writeAtomically(
  path: string,
  text: string | Uint8Array,
  options: AtomicWriteOptions,
): Error | undefined {
  const temporary = temporaryNameOf(path);
  // Whatever has the name, be it a link to somewhere else or a file others may read, is not written to.
  rmSync(temporary, { force: true });
  try {
    writeWhole(temporary, text, options);
    options.beforeRename?.();
    renameSync(temporary, path);
  } catch (error) {
    removeLeftover(temporary);
    throw error;
  }
  if (!options.durable) return undefined;
  try {
    (options.syncDirectory ?? syncDirectory)(dirname(path));
  } catch (error) {
    return error as Error;
  }
  return undefined;
}

function writeWhole(
  path: string,
  text: string | Uint8Array,
  { durable }: Pick<AtomicWriteOptions, 'durable'>,
): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    if (durable) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** It may hold secrets, and keeps a full disk full. */
function removeLeftover(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Why the file could not be written says more than why this cannot be removed.
  }
}

/** Without this the rename itself may be lost when the power fails. */
function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
