/** What must hold whatever happened, and shorthands to look at a run from outside. */
import { expect } from '@jest/globals';
import type { InstalledSa } from '../../lib/core/dataplane/types.js';
import type { Datagram } from '../../lib/core/ike/input.js';
import type { EngineStatus } from '../../lib/core/ike/status.js';
import { exchangeNumber, Oracle, readHeader } from './rfc2409.js';
import type { PairOptions, Router, World } from './world.js';
import { pair } from './world.js';

type Pair = ReturnType<typeof pair>;

export interface Established extends Pair {
  /** The six messages of main mode. */
  readonly mainMode: readonly Uint8Array[];
  /** The three messages of the first quick mode. */
  readonly quickMode: readonly Uint8Array[];
}

/** Two routers with a tunnel that `a` initiated, settled. */
export function established(options: PairOptions = {}, remoteOptions = options): Established {
  const made = pair(options, remoteOptions);
  made.a.ping(made.b);
  made.world.run(2_000);
  if (made.a.sas().length < 2) throw new Error(made.a.warnings().join('\n') || 'no SAs');
  return {
    ...made,
    mainMode: messages(made.world, exchangeNumber.main),
    quickMode: messages(made.world, exchangeNumber.quick),
  };
}

export function messages(world: World, exchange: number): Uint8Array[] {
  return world.wire
    .map(({ datagram }) => datagram.bytes)
    .filter((bytes) => readHeader(bytes).exchange === exchange);
}

/** The secrets of the phase 1 that was negotiated first, from wire, PSK and captured g^xy. */
export function oracleOf(
  {
    a,
    mainMode,
  }: { readonly a: Pick<Router, 'computations'>; readonly mainMode: readonly Uint8Array[] },
  options: PairOptions = {},
): Oracle {
  const sharedSecret = a.computations.find(({ kind }) => kind === 'dhDerive')?.sharedSecret;
  if (sharedSecret === undefined) throw new Error('no Diffie-Hellman secret seen');
  return new Oracle({
    hash: options.hash === 'sha' ? 'sha1' : 'md5',
    cipher: options.encryption ?? '3des',
    preSharedKey: options.secret ?? 'roberkenon',
    sharedSecret,
    messages: mainMode,
  });
}

/** Puts a datagram into a router at once, as if it came from that address. */
export function inject(router: Router, from: string, bytes: Uint8Array, port = 500): void {
  const datagram: Datagram = {
    local: { address: from, port },
    remote: { address: router.address, port: 500 },
    bytes,
  };
  router.deliver(datagram);
}

/** Sends and counts what was put on the wire in answer. */
export function answersTo(
  world: World,
  router: Router,
  from: string,
  bytes: Uint8Array,
): readonly Datagram[] {
  const before = world.wire.length;
  inject(router, from, bytes);
  return world.wire
    .slice(before)
    .map(({ datagram }) => datagram)
    .filter(({ local }) => local.address === router.address);
}

/** No SPI exists at two routers with different keys, algorithms or modes. */
export function expectNoDisagreement(...routers: readonly Router[]): void {
  const seen = new Map<string, string>();
  for (const router of routers) {
    for (const sa of router.plane.snapshot().sas) {
      if (sa.state === 'larval') continue;
      const key = `${sa.protocol} ${sa.spi.toString(16)} ${sa.source} ${sa.destination}`;
      const value = contentOf(sa);
      expect(`${key}: ${seen.get(key) ?? value}`).toBe(`${key}: ${value}`);
      seen.set(key, value);
    }
  }
}

function contentOf({ encryption, integrity, mode, ...sa }: InstalledSa): string {
  const keys = [sa.encryptionKey, sa.integrityKey].map((key) =>
    Buffer.from(key.reveal()).toString('hex'),
  );
  return [encryption ?? 'none', integrity, mode, ...keys].join(' ');
}

/** Sizes without the timers, which a finished quick mode keeps for a while. */
export function sizesOf(router: Router): Omit<EngineStatus['sizes'], 'timers'> {
  const { timers: _timers, ...rest } = router.engine.status().sizes;
  return rest;
}

/** Reservations and SAs of every state. */
export function everySa(router: Router): readonly InstalledSa[] {
  return router.plane.snapshot().sas.filter(({ spi }) => spi !== 0);
}

/** A small generator whose runs can be repeated from the seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
