/** Our nftables table in the kernel: written by the program `nft`, its counters read from the kernel itself. */
import { spawn, spawnSync } from 'node:child_process';
import { filterTableName, removeScript } from '../core/nftables/script.js';
import { addon, isSystemError } from './addon.js';
import { systemEnvironment } from './system-environment.js';

/** What can be done with nftables; replaced in tests. */
export interface Nft {
  /** Carries out a script as one transaction: undefined, or why nothing of it was done. */
  run(script: string): Promise<string | undefined>;
  /** Removes our table, if it is there, before this returns. */
  removeTable(): void;
  /** Packets by counter name; undefined when there is no table of ours. */
  counters(): ReadonlyMap<string, number> | undefined;
}

const timeoutMs = 60_000;

export const systemNft: Nft = { run, removeTable, counters };

function run(script: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn('nft', ['-f', '-'], {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: systemEnvironment,
      timeout: timeoutMs,
    });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(0, 1000);
    });
    child.once('error', (error) => resolve(spawnFailure(error)));
    child.once('close', (status) => resolve(status === 0 ? undefined : firstLine(complaint)));
    // A program that ended without reading says so by its status.
    child.stdin.on('error', () => {});
    child.stdin.end(`${script}\n`);
  });
}

function spawnFailure(error: NodeJS.ErrnoException): string {
  return error.code === 'ENOENT'
    ? 'the program nft is not installed: "apt-get install nftables" brings it'
    : `nft cannot be run: ${error.message}`;
}

function firstLine(complaint: string): string {
  return complaint.split('\n')[0]?.replace(/^.*?Error: /, '') || 'nft failed without a word';
}

function removeTable(): void {
  if (counters() === undefined) return;
  spawnSync('nft', ['-f', '-'], {
    input: removeScript,
    env: systemEnvironment,
    timeout: timeoutMs,
  });
}

function counters(): ReadonlyMap<string, number> | undefined {
  let list: readonly (string | number)[];
  try {
    list = addon().nftCounters(filterTableName);
  } catch (error) {
    // A kernel without nftables, or one that does not let us.
    if (isSystemError(error)) return undefined;
    throw error;
  }
  if (list.length === 0) return undefined;
  const found = new Map<string, number>();
  for (let index = 0; index < list.length; index += 2) {
    found.set(String(list[index]), Number(list[index + 1]));
  }
  return found;
}
