/** Ways for the wire of a `World` to misbehave. */
import type { Datagram } from '../../lib/core/ike/input.js';
import { exchangeNumber, readHeader } from './rfc2409.js';
import type { Fate } from './world.js';

const once: Fate = [{ delayMs: 5 }];

/**
 * Numbers the messages of main and quick mode 1 to 9 as they first appear; copies keep the number.
 * Informational messages have number 0.
 */
export function numbered(
  fate: (message: number, copy: number, datagram: Datagram) => Fate,
): (datagram: Datagram) => Fate {
  const numbers = new Map<string, number>();
  const copies = new Map<number, number>();
  return (datagram) => {
    const { exchange } = readHeader(datagram.bytes);
    if (exchange === exchangeNumber.informational) return fate(0, 0, datagram);
    const key = Buffer.from(datagram.bytes).toString('hex');
    const number = numbers.get(key) ?? numbers.size + 1;
    numbers.set(key, number);
    const copy = (copies.get(number) ?? 0) + 1;
    copies.set(number, copy);
    return fate(number, copy, datagram);
  };
}

/** Loses the first `times` copies of each of the given messages. */
export function losing(messages: readonly number[], times: number) {
  return numbered((number, copy) => (messages.includes(number) && copy <= times ? [] : once));
}
