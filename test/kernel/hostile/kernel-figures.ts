/** What the kernel counts of UDP in the network namespace of a process (proc(5)). */
import { readFileSync } from 'node:fs';

/** Bytes that wait in the receive queues of all UDP sockets on port 500 there. */
export function queuedBytes(pid: number): number {
  let sum = 0;
  for (const line of readFileSync(`/proc/${pid}/net/udp`, 'utf8').split('\n').slice(1)) {
    const [, local, , , queues] = line.trim().split(/\s+/);
    if (local?.endsWith(':01F4') !== true) continue;
    sum += Number.parseInt(queues?.split(':')[1] ?? '0', 16);
  }
  return sum;
}

export interface UdpCounters {
  /** Delivered to programs. */
  readonly received: number;
  /** Lost because a receive queue was full. */
  readonly overflowed: number;
  readonly sent: number;
}

export function udpCounters(pid: number): UdpCounters {
  const [names = '', values = ''] = readFileSync(`/proc/${pid}/net/snmp`, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('Udp:'));
  const numbers = values.split(' ');
  const value = (name: string) => Number(numbers[names.split(' ').indexOf(name)]);
  return {
    received: value('InDatagrams'),
    overflowed: value('RcvbufErrors'),
    sent: value('OutDatagrams'),
  };
}
