/** A peer that has the keys of an established ISAKMP SA and says with them what it likes. */
import { established, everySa, oracleOf } from './checks.js';
import { number32, type Oracle } from './rfc2409.js';
import type { PairOptions } from './world.js';

/** A tunnel and the keys of its ISAKMP SA; `b` is the target, messages are forged as if from `a`. */
export function captured(options: PairOptions = {}) {
  const run = established(options);
  run.world.run(70_000);
  return { ...run, oracle: oracleOf(run, options) };
}

export const deleteBody = (
  protocol: number,
  spiBytes: number,
  count: number,
  ...spis: Uint8Array[]
) =>
  Buffer.concat([number32(1), Buffer.from([protocol, spiBytes, count >> 8, count & 255]), ...spis]);

export const notifyBody = (
  type: number,
  spi: Uint8Array = Buffer.alloc(0),
  data: Uint8Array = Buffer.alloc(0),
  protocol = 1,
) =>
  Buffer.concat([
    number32(1),
    Buffer.from([protocol, spi.length, type >> 8, type & 255]),
    spi,
    data,
  ]);

export const bothCookies = ({ cookieI, cookieR }: Oracle) => Buffer.concat([cookieI, cookieR]);

/** The SPI of the pair that `b` sends with: what `a` would delete. */
export const outboundSpi = (run: ReturnType<typeof captured>) =>
  number32(everySa(run.b).find(({ direction }) => direction === 'out')?.spi ?? 0);
