/** Writes a file so that whoever reads it, at whatever instant, finds the old or the new text whole. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface AtomicWriteOptions {
  /** Survives a power failure as well, at the price of waiting for the disk. */
  readonly durable: boolean;
  /** Runs when the new text is complete beside the file, just before it takes the file's place. */
  readonly beforeRename?: () => void;
}

/** The temporary name is fixed: one writer per file, and a leftover of a killed one is overwritten. */
export function temporaryNameOf(path: string): string {
  return `${path}.tmp`;
}

/** Creates the file readable by its owner alone. Throws the error of the failing system call. */
export function writeAtomically(path: string, text: string, options: AtomicWriteOptions): void {
  const temporary = temporaryNameOf(path);
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeFileSync(file, text);
    if (options.durable) fsyncSync(file);
  } finally {
    closeSync(file);
  }
  options.beforeRename?.();
  renameSync(temporary, path);
  if (options.durable) syncDirectory(dirname(path));
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
