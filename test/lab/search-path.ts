/** Where the programs of the lab are found. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** PATH, with the folders of administration programs that Debian leaves out for ordinary users. */
export function searchPath(): string[] {
  const given = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...new Set([...given, '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'])];
}

/** The file of a program, or undefined. */
export function findProgram(name: string): string | undefined {
  return searchPath()
    .map((folder) => join(folder, name))
    .find(existsSync);
}
