/**
 * Sends mutated datagrams to UDP port 500 from many addresses, as a process of its own:
 * `node sender.js JOB`, JOB being a file with a `SenderJob`. Prints a line of `SenderFigures` from time to time.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import type { Address } from '../../../lib/core/base/address.js';
import { openUdpSocket, type UdpSocket } from '../../../lib/host/udp.js';
import { mutations } from '../../support/mutate.js';
import type { SenderFigures, SenderJob } from './job.js';
import { queuedBytes } from './kernel-figures.js';

/** Between two looks at the receiver's queue; below what its socket holds (1 MiB) even in large datagrams. */
const burst = { datagrams: 32, bytes: 128 * 1024 };
/** The queue is filled up to here, so that the receiver never waits for the sender. */
const queueBytes = 512 * 1024;
const batch = 1000;
const reports = 20;

const job = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as SenderJob;
const corpus = job.corpus.map(fromHex);
const openings = job.openings.map(fromHex);
const target = { address: job.target as Address, port: 500 };
const figures = { sent: 0, sentBytes: 0, answers: 0, answerBytes: 0, refused: 0 };
const start = performance.now();

function open(address: string): UdpSocket {
  return openUdpSocket({
    address: address as Address,
    onDatagram: ({ bytes }) => {
      figures.answers += 1;
      figures.answerBytes += bytes.length;
    },
    onError: () => {
      figures.refused += 1;
    },
  });
}

/** One group of sockets for each unit of share, so that a plain draw keeps the shares. */
const groups = job.sources.flatMap(({ addresses, share }) => {
  const sockets = addresses.map(open);
  return Array.from({ length: share }, () => sockets);
});

/** A draw is a number of 32 bits. */
function socketFor(draw: number): UdpSocket {
  const group = groups[draw % groups.length] ?? [];
  const socket = group[(draw >>> 8) % group.length];
  if (socket === undefined) throw new Error('no source address');
  return socket;
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** The mutated datagram, or in its place a whole first message with a cookie never seen. */
function chosen(mutated: Uint8Array, draw: number): Uint8Array {
  const opening = draw % 8 === 0 ? openings[(draw >>> 4) % openings.length] : undefined;
  // What IP can carry, less its header and UDP's.
  if (opening === undefined) return mutated.subarray(0, 65_507);
  const copy = opening.slice();
  new DataView(copy.buffer).setUint32(0, draw);
  return copy;
}

/** A datagram this host refused, for want of buffers, is sent again. */
async function send(socket: UdpSocket, bytes: Uint8Array): Promise<void> {
  for (;;) {
    const { refused } = figures;
    socket.send(target, bytes);
    if (figures.refused === refused) return;
    await delay(1);
  }
}

function report(): void {
  const line: SenderFigures = { ...figures, seconds: (performance.now() - start) / 1000 };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function room(): Promise<void> {
  await turn();
  while (job.pacedBy !== 0 && queuedBytes(job.pacedBy) > queueBytes) await delay(1);
}

let sinceLook = { datagrams: 0, bytes: 0 };
for (let first = 0; first < job.datagrams; first += batch) {
  const count = Math.min(batch, job.datagrams - first);
  const drawn = fc.sample(fc.tuple(mutations(corpus), fc.nat(0xffffffff)), {
    seed: job.seed + first,
    numRuns: count,
  });
  for (const [mutated, draw] of drawn) {
    const bytes = chosen(mutated, draw >>> 2);
    await send(socketFor(draw), bytes);
    figures.sent += 1;
    figures.sentBytes += bytes.length;
    sinceLook.datagrams += 1;
    sinceLook.bytes += bytes.length;
    if (sinceLook.datagrams >= burst.datagrams || sinceLook.bytes >= burst.bytes) {
      sinceLook = { datagrams: 0, bytes: 0 };
      await room();
    }
    if (figures.sent % Math.ceil(job.datagrams / reports) === 0) report();
  }
}
// The last answers are still on their way.
await delay(300);
report();
process.exit(0);
