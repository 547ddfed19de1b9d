/** At most two guests at once for a user of the machine, whatever number of test processes asks. */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const slotCount = 2;
const retryMilliseconds = 200;

export interface Slot {
  /** From 0; absent: all of them. */
  readonly number?: number;
  release(): void;
}

/**
 * Waits for a free slot and takes it. A slot is a file with the holder's pid, so one left behind by a killed
 * process is free again.
 */
export async function takeSlot(folder: string = tmpdir()): Promise<Slot> {
  for (;;) {
    for (let number = 0; number < slotCount; number += 1) {
      const release = tryToTake(folder, number);
      if (release !== undefined) return { number, release };
    }
    await delay(retryMilliseconds);
  }
}

/** All of them, for a guest that would keep the others from getting on. */
export async function takeAllSlots(folder: string = tmpdir()): Promise<Slot> {
  for (;;) {
    const releases = Array.from({ length: slotCount }, (_, slot) => tryToTake(folder, slot));
    const taken = releases.filter((release) => release !== undefined);
    const release = () => {
      for (const one of taken) one();
    };
    if (taken.length === slotCount) return { release };
    // Two that each hold a part would wait for each other.
    release();
    await delay(retryMilliseconds);
  }
}

function tryToTake(folder: string, slot: number): (() => void) | undefined {
  const file = join(folder, slotName(slot));
  return claim(file) ? () => rmSync(file, { force: true }) : undefined;
}

/** By user: nobody can free what another left behind. */
export function slotName(slot: number): string {
  return `ipsecctl-lab-slot-${userInfo().uid}-${slot}`;
}

function claim(file: string): boolean {
  const holder = readHolder(file);
  if (holder !== undefined && !isAlive(holder)) rmSync(file, { force: true });
  // Written aside and linked: the file appears with its pid in it or not at all.
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, String(process.pid));
    linkSync(draft, file);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

function readHolder(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
