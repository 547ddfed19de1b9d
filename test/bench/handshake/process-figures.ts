/** CPU time and memory of a running process, all of its threads together (proc(5)). */
import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second on every architecture (USER_HZ). */
const ticksPerSecond = 100;
const bytesPerKilobyte = 1024;

/** utime and stime so far. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may contain blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** VmRSS. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * bytesPerKilobyte;
}
