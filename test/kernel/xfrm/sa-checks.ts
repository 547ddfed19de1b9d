/**
 * Checks the XFRM data plane with real SAs, between 1.0.0.1 (here) and 1.0.0.2: run in a namespace
 * that has both, the second somewhere else. Prints one JSON line for each check.
 */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { setTimeout as pause } from 'node:timers/promises';
import { toHex } from '../../../lib/core/base/bytes.js';
import { reqidOf } from '../../../lib/core/dataplane/ownership.js';
import type {
  DataPlaneEvent,
  DataPlaneOperation,
  InstalledSa,
  IpsecSa,
} from '../../../lib/core/dataplane/types.js';
import { openXfrm, type XfrmDataPlane } from '../../../lib/host/dataplane/xfrm.js';
import { report, reportEqual } from './check-reporter.js';
import {
  type Combination,
  combinations,
  hostSelector,
  nameOf,
  protectPolicy,
  sampleSa,
  templateOf,
  unlimited,
} from './sample.js';

const here = '1.0.0.1';
const there = '1.0.0.2';
const outward = { source: here, destination: there, direction: 'out' } as const;
const inward = { source: there, destination: here, direction: 'in' } as const;
const aes: Combination = { number: 1, protocol: 'esp', encryption: 'aes-128', integrity: 'sha1' };

const dataPlane = openXfrm({ requireEsp: true });
const events: DataPlaneEvent[] = [];
dataPlane.onEvent((event) => events.push(event));

/** What is comparable of an SA: everything but its counters, state and class instances. */
function plain(sa: IpsecSa | InstalledSa | undefined) {
  if (sa === undefined) return undefined;
  const { protocol, spi, source, destination, direction, reqid, mode, encryption, integrity } = sa;
  const { replayWindow, lifetime, clearsDf = false } = sa;
  const encryptionKey = toHex(sa.encryptionKey.reveal());
  const integrityKey = toHex(sa.integrityKey.reveal());
  return {
    ...{ protocol, spi, source, destination, direction, reqid, mode, encryption, integrity },
    ...{ encryptionKey, integrityKey, replayWindow, lifetime, clearsDf },
  };
}

function install(sa: IpsecSa): void {
  const [result] = dataPlane.apply([{ kind: 'installSa', sa }]);
  if (result?.kind !== 'ok') report(`installs SPI ${sa.spi}`, false, result);
}

async function eventWithin(seconds: number, wanted: (event: DataPlaneEvent) => boolean) {
  for (let waited = 0; waited < seconds * 20; waited += 1) {
    const found = events.find(wanted);
    if (found !== undefined) return found;
    await pause(50);
  }
  return undefined;
}

function ip(...words: string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8' });
}

function everyAlgorithm(): void {
  const pairs = combinations.flatMap((combination) => [
    sampleSa(combination, outward, 0x2000 + combination.number),
    sampleSa(combination, inward, 0x3000 + combination.number),
  ]);
  const results = dataPlane.apply(pairs.map((sa) => ({ kind: 'installSa', sa })));
  const listed = dataPlane.snapshot().sas;
  for (const combination of combinations) {
    const [outbound, inbound] = pairs.filter(({ reqid }) => reqid === reqidOf(combination.number));
    const outcome = results.filter((_, i) => pairs[i]?.reqid === reqidOf(combination.number));
    const name = nameOf(combination);
    reportEqual(`${name}: both SAs are installed`, outcome, [{ kind: 'ok' }, { kind: 'ok' }]);
    for (const sa of [outbound, inbound]) {
      const found = listed.find(({ spi }) => spi === sa?.spi);
      reportEqual(
        `${name}: the ${sa?.direction} SA is listed as installed`,
        plain(found),
        plain(sa),
      );
      reportEqual(`${name}: the ${sa?.direction} SA is mature`, found?.state, 'mature');
      const got = sa && dataPlane.getSa(sa);
      reportEqual(`${name}: the ${sa?.direction} SA is found by its SPI`, plain(got), plain(sa));
    }
  }
  const printed = ip('xfrm', 'state');
  const unseen = pairs.filter(
    ({ integrityKey }) =>
      integrityKey.length > 0 && !printed.includes(`0x${toHex(integrityKey.reveal())} 96`),
  );
  reportEqual('ip xfrm state prints every integrity key with a truncation of 96 bits', unseen, []);
  const removals = dataPlane.apply(pairs.map((id) => ({ kind: 'removeSa', id })));
  report(
    'every SA is removed',
    removals.every(({ kind }) => kind === 'ok'),
  );
  reportEqual('no SA is left', dataPlane.snapshot().sas, []);
}

function capabilities(): void {
  const { esp, ah, encryption, integrity } = dataPlane.capabilities;
  reportEqual('E-10 the probe finds ESP and AH', [esp, ah], [true, true]);
  reportEqual('E-10 the probe finds every cipher', encryption, [
    ...['des', '3des', 'aes-128', 'aes-192', 'aes-256', 'null'],
  ]);
  reportEqual('E-10 the probe finds every integrity algorithm', integrity, ['md5', 'sha1', 'null']);
}

function reservedSpi(): void {
  const request = { protocol: 'esp', mode: 'tunnel', source: there, destination: here } as const;
  const [reserved] = dataPlane.apply([{ kind: 'allocateSpi', ...request, reqid: reqidOf(1) }]);
  const spi = reserved?.kind === 'ok' ? (reserved.spi ?? 0) : 0;
  report('E-30 an SPI is reserved', spi >= 0x1000, reserved);
  const larval = dataPlane.snapshot().sas;
  reportEqual(
    'R-6D the reserved SPI is a larval SA',
    [larval.length, larval[0]?.state],
    [1, 'larval'],
  );
  const sa = sampleSa(aes, inward, spi);
  install(sa);
  const sas = dataPlane.snapshot().sas;
  reportEqual('E-30 the SA takes the place of the reservation', sas.map(plain), [plain(sa)]);
  const [again] = dataPlane.apply([{ kind: 'installSa', sa }]);
  report(
    'the same SA a second time is refused with EEXIST',
    again?.kind === 'refused' && again.code === 'EEXIST',
    again,
  );
  dataPlane.apply([{ kind: 'removeSa', id: sa }]);
}

async function lapsedReservation(): Promise<void> {
  const setting = '/proc/sys/net/core/xfrm_acq_expires';
  execFileSync('sh', ['-c', `echo 1 >${setting}`]);
  const request = { protocol: 'esp', mode: 'tunnel', source: there, destination: here } as const;
  const [reserved] = dataPlane.apply([{ kind: 'allocateSpi', ...request, reqid: reqidOf(1) }]);
  execFileSync('sh', ['-c', `echo 30 >${setting}`]);
  const spi = reserved?.kind === 'ok' ? (reserved.spi ?? 0) : 0;
  const other = openXfrm();
  for (let i = 0; i < 100 && other.getSa({ ...request, spi }) !== undefined; i += 1)
    await pause(50);
  other.close();
  const sa = sampleSa(aes, inward, spi);
  // Before the event of the lapse is read: nothing has told the data plane yet.
  const results = dataPlane.apply([{ kind: 'installSa', sa }]);
  reportEqual('an SA whose reservation lapsed is installed all the same', results, [
    { kind: 'ok' },
  ]);
  reportEqual('it is there', plain(dataPlane.getSa(sa)), plain(sa));
  dataPlane.apply([{ kind: 'removeSa', id: sa }]);
}

function refusals(): void {
  const sa = sampleSa(aes, outward, 0x4000);
  const shortKey = { ...sa, encryptionKey: sampleSa(aes, outward, 1).integrityKey };
  const missing = { ...sa, spi: 0x4001 };
  const results = dataPlane.apply([
    { kind: 'installSa', sa: shortKey },
    { kind: 'installSa', sa },
    { kind: 'removeSa', id: missing },
    { kind: 'removeSa', id: sa },
  ] satisfies DataPlaneOperation[]);
  reportEqual(
    'each operation of a batch has its own outcome, in order',
    results.map((result) => (result.kind === 'ok' ? 'ok' : result.code)),
    ['EINVAL', 'ok', 'ESRCH', 'ok'],
  );
}

function outerHeadersWithoutDf(): void {
  const sa = { ...sampleSa(aes, outward, 0x4200), mode: 'tunnel' as const, clearsDf: true };
  install(sa);
  reportEqual(
    'E-33 an SA that clears DF is listed as it is',
    plain(dataPlane.getSa(sa)),
    plain(sa),
  );
  dataPlane.apply([{ kind: 'removeSa', id: sa }]);
}

function replayWindows(): void {
  for (const replayWindow of [0, 1, 32, 33, 64, 4096]) {
    const sa = { ...sampleSa(aes, inward, 0x4100), replayWindow };
    install(sa);
    reportEqual(
      `a replay window of ${replayWindow} is installed`,
      plain(dataPlane.getSa(sa)),
      plain(sa),
    );
    dataPlane.apply([{ kind: 'removeSa', id: sa }]);
  }
  const tooLarge = { ...sampleSa(aes, inward, 0x4100), replayWindow: 4097 };
  const [result] = dataPlane.apply([{ kind: 'installSa', sa: tooLarge }]);
  reportEqual('a larger one is refused', result?.kind, 'refused');
}

async function expiryBySeconds(): Promise<void> {
  const lifetime = { ...unlimited, softSeconds: 1, hardSeconds: 3 };
  const sa = { ...sampleSa(aes, outward, 0x5000), lifetime };
  install(sa);
  const isOurs = (event: DataPlaneEvent) => event.kind === 'expire' && event.id.spi === sa.spi;
  const soft = await eventWithin(4, isOurs);
  const id = { protocol: 'esp', spi: sa.spi, source: here, destination: there };
  const expected = { kind: 'expire', id, reqid: sa.reqid };
  reportEqual('E-31 soft expiry by seconds is told', soft, { ...expected, hard: false });
  reportEqual('R-68 after it the SA is dying', dataPlane.getSa(sa)?.state, 'dying');
  const hard = await eventWithin(5, (event) => isOurs(event) && event !== soft);
  reportEqual('E-31 hard expiry by seconds is told', hard, { ...expected, hard: true });
  reportEqual('R-69 after it the SA is gone', dataPlane.getSa(sa), undefined);
  report(
    'an expired SA does not count as removed by somebody',
    events.every(({ kind }) => kind !== 'removed'),
  );
}

async function expiryByBytes(): Promise<void> {
  const lifetime = { ...unlimited, softBytes: 1000, hardBytes: 3000 };
  const sa = { ...sampleSa(aes, outward, 0x6000), lifetime };
  const policy = protectPolicy('out', hostSelector(here, there), templateOf(sa));
  dataPlane.apply([
    { kind: 'installSa', sa },
    { kind: 'installPolicy', policy },
  ]);
  const isOurs = (event: DataPlaneEvent) => event.kind === 'expire' && event.id.spi === sa.spi;
  const socket = createSocket('udp4');
  // 1000 bytes with the headers; the packet that meets a used-up SA cannot be sent.
  const send = () =>
    new Promise<void>((resolve) => {
      socket.send(new Uint8Array(972), 9, there, () => resolve());
    });
  await send();
  const { counters } = dataPlane.getSa(sa) ?? {};
  reportEqual('E-32 bytes and packets count', [counters?.bytes, counters?.packets], [1000, 1]);
  report(
    'R-6E first use is stamped',
    (counters?.useTime ?? 0) >= (counters?.addTime ?? 1),
    counters,
  );
  await send();
  const soft = await eventWithin(3, isOurs);
  report('R-67 soft expiry by bytes is told', soft?.kind === 'expire' && !soft.hard, soft);
  reportEqual('R-68 after it the SA is dying', dataPlane.getSa(sa)?.state, 'dying');
  await send();
  await send();
  const hard = await eventWithin(3, (event) => isOurs(event) && event !== soft);
  report('R-67 hard expiry by bytes is told', hard?.kind === 'expire' && hard.hard, hard);
  reportEqual('R-69 after it the SA is gone', dataPlane.getSa(sa), undefined);
  socket.close();
  dataPlane.apply([{ kind: 'removePolicy', policy }]);
}

async function foreignRemovals(): Promise<void> {
  const [first, second, third] = [0x7001, 0x7002, 0x7003].map((spi) => sampleSa(aes, outward, spi));
  if (!first || !second || !third) return;
  for (const sa of [first, second, third]) install(sa);
  events.length = 0;
  dataPlane.apply([{ kind: 'removeSa', id: first }]);
  const place = ['src', here, 'dst', there, 'proto', 'esp'];
  ip('xfrm', 'state', 'delete', ...place, 'spi', String(second.spi));
  await eventWithin(2, ({ kind }) => kind === 'removed');
  const removed = (sa: IpsecSa) => ({
    kind: 'removed',
    id: { protocol: 'esp', spi: sa.spi, source: here, destination: there },
    reqid: sa.reqid,
  });
  reportEqual('a deletion by somebody else is told, our own is not', events, [removed(second)]);
  events.length = 0;
  ip('xfrm', 'state', 'flush');
  await eventWithin(2, ({ kind }) => kind === 'removed');
  reportEqual('what a foreign flush removed is told by name', events, [removed(third)]);
}

const foreignSa = [
  ...['src', here, 'dst', there, 'proto', 'esp', 'spi', '0x9001', 'mode', 'tunnel', 'reqid', '7'],
  ...['aead', 'rfc4106(gcm(aes))', `0x${'0a'.repeat(20)}`, '128'],
];
const plainForeignSa = [
  ...['src', here, 'dst', there, 'proto', 'ah', 'spi', '0x9002', 'mode', 'transport', 'reqid', '8'],
  ...['auth-trunc', 'hmac(sha1)', `0x${'0b'.repeat(20)}`, '96'],
];

function removalOfOurs(): void {
  ip('xfrm', 'state', 'add', ...foreignSa);
  ip('xfrm', 'state', 'add', ...plainForeignSa);
  ip('xfrm', 'policy', 'add', 'src', '10.9.0.0/16', 'dst', '10.8.0.0/16', 'dir', 'out');
  const sas = [0x8001, 0x8002].map((spi) => sampleSa(aes, outward, spi));
  for (const sa of sas) install(sa);
  const policies = sas.map((sa, index) =>
    protectPolicy('out', hostSelector(`10.7.0.${index}`, there), templateOf(sa)),
  );
  dataPlane.apply(policies.map((policy) => ({ kind: 'installPolicy', policy })));
  const before = dataPlane.snapshot();
  reportEqual(
    'a foreign SA with an algorithm of no name here is left out and counted, the rest is listed',
    [before.sas.map(({ spi }) => spi).sort(), before.unlisted],
    [[0x8001, 0x8002, 0x9002], 1],
  );
  const other: XfrmDataPlane = openXfrm();
  reportEqual('E-34 what an earlier process left is removed', other.removeOurs(), {
    policies: 2,
    sas: 2,
  });
  other.close();
  const states = ip('xfrm', 'state');
  report(
    'E-34 foreign SAs stay',
    states.includes('0x00009001') && states.includes('0x00009002'),
    states,
  );
  report('E-34 foreign policies stay', ip('xfrm', 'policy').includes('10.9.0.0/16'));
  reportEqual('E-34 none of ours is left', [...states.matchAll(/spi 0x0000800/g)].length, 0);
  ip('xfrm', 'state', 'flush');
  ip('xfrm', 'policy', 'flush');
}

function largeBatch(): void {
  const count = 5000;
  const sas = Array.from({ length: count }, (_, index) => ({
    ...sampleSa(aes, outward, 0x100000 + index),
    reqid: reqidOf(index),
  }));
  const operations: DataPlaneOperation[] = sas.map((sa) => ({ kind: 'installSa', sa }));
  const doubled = [...operations, ...operations];
  const results = dataPlane.apply(doubled);
  const refused = results.filter(
    (result, index) => (result.kind === 'ok') !== index < count,
  ).length;
  reportEqual(
    `of ${2 * count} SAs in one batch the first half is installed, each repetition refused`,
    refused,
    0,
  );
  reportEqual('all are listed', dataPlane.snapshot().sas.length, count);
  reportEqual('all are removed', dataPlane.removeOurs().sas, count);
}

capabilities();
everyAlgorithm();
reservedSpi();
await lapsedReservation();
refusals();
replayWindows();
outerHeadersWithoutDf();
await expiryBySeconds();
await expiryByBytes();
await foreignRemovals();
removalOfOurs();
await pause(100);
events.length = 0;
largeBatch();
await pause(100);
reportEqual('a large batch of our own causes no event', events, []);
// The process ends by itself only if close() leaves nothing on the event loop.
dataPlane.close();
