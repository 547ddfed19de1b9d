/** The version of this package. */
import { readFileSync } from 'node:fs';

/** This file runs from `dist/cli`. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
