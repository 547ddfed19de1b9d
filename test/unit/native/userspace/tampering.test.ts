/** What the userspace data plane protects comes out as it went in, and nothing else comes out. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NativeSaCounters } from '../../../../lib/host/addon.js';
import { travelled, withTrueLength } from '../../../support/ipsec-reference.js';
import {
  accepted,
  anyOptions,
  anyPacket,
  authenticating,
  demandSame,
  ipv4Packet,
  modes,
  openPair,
  saSettings,
  type Transform,
  transforms,
} from '../../../support/userspace-sas.js';

function inModes(list: readonly Transform[]) {
  return list.flatMap((one) =>
    modes.map((mode) => ({ title: `${one.title}, ${mode}`, settings: saSettings(one, { mode }) })),
  );
}

test.each(inModes(transforms))('$title: opened is what was sealed', ({ settings }) => {
  const pair = openPair(settings);
  let packets = 0;
  let bytes = 0;
  fc.assert(
    fc.property(anyPacket(anyOptions), ({ packet }) => {
      const sealed = accepted(pair.out.encapsulate(packet, 1000, 1, 64));
      const opened = pair.in.decapsulate(travelled(sealed), 2000);
      // In transport mode the header that travels is the packet's own.
      demandSame(opened, settings.mode === 'tunnel' ? packet : travelled(packet));
      packets += 1;
      bytes += packet.length - (settings.mode === 'tunnel' ? 0 : ((packet[0] ?? 0) & 15) * 4);
    }),
    { numRuns: 25 },
  );
  const counters = { packets, bytes, replayErrors: 0, integrityErrors: 0 };
  expect(pair.out.counters()).toEqual({ ...counters, firstUse: 1000, lastUse: 1000 });
  expect(pair.in.counters()).toEqual({ ...counters, firstUse: 2000, lastUse: 2000 });
});

/** What changes under way without notice, by the bits of each byte of the IP header. */
const ahIgnores = new Map([
  [1, 0xff],
  [6, 0xc0],
  [8, 0xff],
  [10, 0xff],
  [11, 0xff],
]);
const espIgnores = new Map([
  ...ahIgnores,
  ...[4, 5, 12, 13, 14, 15, 16, 17, 18, 19].map((at) => [at, 0xff] as const),
]);

/** The counters that should have moved. */
function expected(before: NativeSaCounters, outcome: string): NativeSaCounters {
  const replayErrors = before.replayErrors + (outcome === 'replayed' ? 1 : 0);
  const integrityErrors = before.integrityErrors + (outcome === 'badIcv' ? 1 : 0);
  return { ...before, replayErrors, integrityErrors };
}

test.each(inModes(authenticating))(
  '$title: any flipped bit, missing or added byte is refused, and counted as what it is',
  ({ settings }) => {
    const pair = openPair(settings);
    const packet = ipv4Packet({ payload: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) });
    const sealed = accepted(pair.out.encapsulate(packet, 5, 6, 64));
    const ignored = settings.protocol === 'ah' ? ahIgnores : espIgnores;
    const faults: string[] = [];
    const refuses = (what: string, damaged: Buffer) => {
      const before = pair.in.counters();
      const outcome = pair.in.decapsulate(damaged, 5);
      if (typeof outcome !== 'string') faults.push(`${what}: accepted`);
      const after = pair.in.counters();
      if (JSON.stringify(after) !== JSON.stringify(expected(before, `${outcome}`))) {
        faults.push(`${what}: ${outcome}, ${JSON.stringify(after)}`);
      }
    };
    for (const at of sealed.keys()) {
      for (let bit = 1; bit < 256; bit <<= 1) {
        if (((ignored.get(at) ?? 0) & bit) !== 0) continue;
        const damaged = Buffer.from(sealed);
        damaged.writeUInt8(damaged.readUInt8(at) ^ bit, at);
        refuses(`bit ${bit} of byte ${at}`, damaged);
      }
    }
    for (let length = 0; length < sealed.length; length += 1) {
      const cut = Buffer.from(sealed.subarray(0, length));
      refuses(`cut to ${length}`, cut);
      if (length >= 20) refuses(`cut to ${length}, and saying so`, withTrueLength(cut));
    }
    for (let more = 1; more <= 40; more += 1) {
      const longer = withTrueLength(Buffer.concat([sealed, Buffer.alloc(more, more)]));
      refuses(`${more} bytes more`, longer);
    }
    expect(faults).toEqual([]);
    // None of it has moved the replay window.
    demandSame(pair.in.decapsulate(sealed, 5), packet);
    expect(pair.in.counters()).toMatchObject({ packets: 1 });
  },
);

test.each(inModes(authenticating))('$title: another key opens nothing', ({ settings }) => {
  const { out } = openPair(settings);
  const sealed = accepted(out.encapsulate(ipv4Packet(), 0, 1, 64));
  const other = (key: Uint8Array) => key.map((byte) => byte ^ 0x40);
  const { in: stranger } = openPair({
    ...settings,
    ...(settings.integrity === 'none'
      ? { encryptionKey: other(settings.encryptionKey) }
      : { integrityKey: other(settings.integrityKey) }),
  });
  expect(stranger.decapsulate(sealed, 0)).toBe('badIcv');
});

test('initialization vectors of CBC do not come again', () => {
  const { out } = openPair(
    saSettings(transforms.find(({ encryption }) => encryption === 'aes-128') as Transform),
  );
  const vectors = Array.from({ length: 2000 }, () =>
    accepted(out.encapsulate(ipv4Packet(), 0, 1, 64)).toString('hex', 28, 44),
  );
  expect(new Set(vectors).size).toBe(2000);
});
