/**
 * whatever is sent, and whatever is edited in between, the counters of each policy add up to the packets
 * that met it, and the global ones to their sum. The packets are counted by captures at both sides of router 1.
 */

import type { CapturedPacket } from '../../lab/guest/pcap.js';
import { waitUntil } from '../../lab/guest/wait.js';
import type { Machine, Router } from '../../lab/guest.js';
import { scenario } from '../../lab/guest.js';
import { Random } from '../../simulator/random.js';
import { hosts, markedRow, ports, rowOfSpi, type Side, Tables } from '../conservation/tables.js';
import { globalCounters, type PrintedCounters, policyCounters } from '../counter-printouts.js';

export interface ConservationArguments {
  readonly seed: number;
  readonly rounds: number;
  readonly packetsPerRound: number;
}

const editsPerRound = 3;

export default scenario(async (lab) => {
  const { seed, rounds, packetsPerRound } = lab.args as ConservationArguments;
  const random = new Random(seed);
  const { r1, r2, h1, h2, wire } = await lab.twoRouters();
  await silence(h1);
  await silence(h2);
  await h2.ip(hosts.map((host) => `route add local 10.2.0.${host}/32 dev lo`).join('\n'));
  await r1.ip('addr add 1.0.0.11/24 dev eth0');
  await r2.ip('addr add 1.0.0.12/24 dev eth0');
  await Promise.all([r1.startDaemon(), r2.startDaemon()]);
  const tables = new Tables();
  await r1.configure(tables.text(1));
  await r2.configure(tables.text(2));
  const look = async () => ({
    // A move changes places: the counters belong to rows.
    rows: new Map(
      (await policyCounters(r1)).map((counters, place) => [tables.rows[place]?.index, counters]),
    ),
    all: await globalCounters(r1),
  });
  const lengths = { sent: 0, encrypted: 0, decrypted: 0, dropped: 0 };

  for (let round = 0; round < rounds; round += 1) {
    const edits: string[] = [];
    for (let count = 0; round > 0 && count < editsPerRound; count += 1) {
      const { 1: one, 2: two } = tables.edit(random);
      if (one !== '') await r1.configure(one);
      if (two !== '') await r2.configure(two);
      edits.push(`${one}|${two}`.replaceAll('/ip ipsec ', '').replaceAll('\n', ''));
    }
    await settled([r1, r2], `198.51.100.${round + 1}`);
    const before = await look();
    const [atWire, atLan] = [await wire.capture('r1'), await h1.captureAt('eth0')];
    await Promise.all([
      send(h1, 1, random.fork(`one ${round}`), packetsPerRound),
      send(h2, 2, random.fork(`two ${round}`), packetsPerRound),
    ]);
    const [outside, inside] = [await atWire.stop(), await atLan.stop()];
    const after = await look();
    const seen = tally(tables, outside, inside);
    const wrong = differences(before, after, seen);
    lab.check(
      `round ${round}: policies and totals add up to what was captured`,
      wrong.length === 0 && atWire.dropped === 0 && atLan.dropped === 0,
      { wrong, edits, ...(wrong.length > 0 && { seen: { ...seen, rows: [...seen.rows] } }) },
    );
    lengths.sent += seen.fromLan + seen.clearIn + seen.encryptedIn;
    for (const row of seen.rows.values()) {
      lengths.encrypted += row.encrypted;
      lengths.decrypted += row.decrypted;
      lengths.dropped += row.out - row.clearOut - row.encrypted;
    }
  }
  lab.check(
    'packets of every kind were among them',
    Object.values(lengths).every((n) => n > 20),
    lengths,
  );
});

/** It says nothing of ports that nobody listens at. */
async function silence(host: Machine): Promise<void> {
  await host.nft(`table ip quiet {
    chain input { type filter hook input priority 0; meta l4proto udp drop; }
  }`);
}

/** No edit is still on its way into the nftables tables: what was typed last is there. */
async function settled(routers: readonly Router[], mark: string): Promise<void> {
  for (const router of routers) {
    await router.configure(`/ip ipsec policy set ${markedRow} dst-address=${mark}/32\n`);
    await waitUntil('the nftables table to follow', 120, async () =>
      (await router.must(['nft', 'list', 'table', 'ip', 'ipsecctl'])).includes(mark),
    );
  }
}

async function send(host: Machine, side: Side, random: Random, packets: number): Promise<void> {
  const datagrams = Array.from({ length: packets }, () => {
    const port = random.pick(ports);
    const far = `10.${3 - side}.0.${random.pick(hosts)}`;
    // From router 1's side the far end has host and port; to it, the source has.
    return side === 1
      ? { from: '10.1.0.2:3000', to: `${far}:${port}` }
      : { from: `10.2.0.${random.pick(hosts)}:${port}`, to: '10.1.0.2:3000' };
  });
  await host.sendDatagrams(...datagrams);
}

interface RowTally {
  /** From the LAN, by the first row that matches. */
  out: number;
  clearOut: number;
  encrypted: number;
  clearIn: number;
  decrypted: number;
}

interface Tally {
  readonly rows: ReadonlyMap<number, RowTally>;
  readonly fromLan: number;
  readonly toLan: number;
  readonly clearOut: number;
  readonly clearIn: number;
  readonly encryptedOut: number;
  readonly encryptedIn: number;
}

function tally(
  tables: Tables,
  outside: readonly CapturedPacket[],
  inside: readonly CapturedPacket[],
): Tally {
  const rows = new Map(
    tables.rows.map(({ index }) => [
      index,
      { out: 0, clearOut: 0, encrypted: 0, clearIn: 0, decrypted: 0 },
    ]),
  );
  const add = (index: number | undefined, name: keyof RowTally) => {
    const row = index === undefined ? undefined : rows.get(index);
    if (row !== undefined) row[name] += 1;
  };
  const all = { fromLan: 0, toLan: 0, clearOut: 0, clearIn: 0, encryptedOut: 0, encryptedIn: 0 };
  const lastOf = (address: string) => Number(address.split('.')[3]);
  const isOut = ({ source }: CapturedPacket) => /^(1\.0\.0\.1?1$|10\.1\.)/.test(source);
  const outRow = ({ destination, destinationPort }: CapturedPacket) =>
    tables.match(1, lastOf(destination), destinationPort);
  for (const packet of inside) {
    if (packet.protocol !== 'udp') continue;
    all[isOut(packet) ? 'fromLan' : 'toLan'] += 1;
    if (isOut(packet)) add(outRow(packet), 'out');
  }
  for (const packet of outside) {
    const out = isOut(packet);
    if (packet.protocol === 'udp') {
      all[out ? 'clearOut' : 'clearIn'] += 1;
      if (out) add(outRow(packet), 'clearOut');
      else add(tables.match(1, lastOf(packet.source), packet.sourcePort), 'clearIn');
    } else if (packet.protocol === 'esp' || packet.protocol === 'ah') {
      all[out ? 'encryptedOut' : 'encryptedIn'] += 1;
      for (const index of rowsOf(packet)) {
        // Without the row there are no SAs, and it belongs to no policy.
        if (out) add(index, 'encrypted');
        else if (tables.isOn(1, index)) add(index, 'decrypted');
      }
    }
  }
  return { rows, ...all };
}

/** Each policy that this packet went through: within AH there may be ESP of the same one, or of another. */
function rowsOf({ protocol, spi, payload }: CapturedPacket): ReadonlySet<number> {
  const found = new Set([rowOfSpi(spi)]);
  const esp = 50;
  if (protocol === 'ah' && payload[0] === esp) {
    const after = ((payload[1] ?? 0) + 2) * 4;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    found.add(rowOfSpi(view.getUint32(after)));
  }
  return found;
}

interface Counters {
  readonly rows: ReadonlyMap<number | undefined, PrintedCounters>;
  readonly all: PrintedCounters;
}

/** What does not add up, in words. */
function differences(before: Counters, after: Counters, seen: Tally): string[] {
  const wrong: string[] = [];
  const expect = (what: string, told: number, captured: number) => {
    if (told !== captured) wrong.push(`${what}: told ${told}, captured ${captured}`);
  };
  const sums = new Map<string, number>();
  for (const [index, row] of seen.rows) {
    const grown = (...names: string[]) =>
      names.reduce(
        (sum, name) =>
          sum + Number(after.rows.get(index)?.[name]) - Number(before.rows.get(index)?.[name]),
        0,
      );
    for (const name of ['out-dropped', 'in-dropped', 'in-accepted', 'encrypted', 'decrypted']) {
      sums.set(name, (sums.get(name) ?? 0) + grown(name));
    }
    expect(`row ${index} encrypted`, grown('encrypted'), row.encrypted);
    expect(`row ${index} decrypted`, grown('decrypted', 'not-decrypted'), row.decrypted);
    expect(`row ${index} in clear, inbound`, grown('in-accepted', 'in-dropped'), row.clearIn);
    // The ESP of nested rows meets the outer one; nothing from the LAN does.
    if (row.out === 0) continue;
    expect(`row ${index} out-accepted`, grown('out-accepted'), row.clearOut);
    const names = ['out-accepted', 'out-dropped', 'encrypted', 'not-encrypted'];
    expect(`row ${index} outbound`, grown(...names), row.out);
  }
  const total = (name: string) => Number(after.all[name]) - Number(before.all[name]);
  const sum = (name: string) => sums.get(name) ?? 0;
  expect('out-accept', total('out-accept'), seen.clearOut + seen.encryptedOut + seen.toLan);
  expect('out-encrypt', total('out-encrypt'), sum('encrypted'));
  expect('out-drop', total('out-drop'), sum('out-dropped'));
  expect('in-decrypted', total('in-decrypted'), sum('decrypted'));
  expect('in-drop', total('in-drop') + total('in-drop-encrypted-expected'), sum('in-dropped'));
  // What came in clear and was not dropped: from the LAN all, from the wire the rest.
  expect('in-accept', total('in-accept'), seen.fromLan + seen.clearIn - sum('in-dropped'));
  return wrong;
}
