/** What is sent at the daemon: the corpus, the addresses it comes from, and the sender at work. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clear, goodOffer, hostileDatagrams } from '../../exchange/hostile-datagrams.js';
import { BackgroundProcess, type CapturedPacket, type Machine } from '../../lab/guest.js';
import type { SenderFigures, SenderJob, SourceShare } from './job.js';

/** Whose peer and secret rows the daemon has, by exchange mode: these can open exchanges. */
export const configured = {
  main: { network: '9.8.0.0/16', addresses: addressesIn('9.8.0', 8) },
  aggressive: { network: '9.7.0.0/16', addresses: addressesIn('9.7.0', 8) },
  base: { network: '9.6.0.0/16', addresses: addressesIn('9.6.0', 8) },
} as const;

const strangers = addressesIn('9.9.0', 200);

/** A quarter under the name of the tunnel's other end. */
export function sourcesOf(peer: string): SourceShare[] {
  const rows = Object.values(configured).flatMap(({ addresses }) => addresses);
  return [
    { addresses: [peer], share: 1 },
    { addresses: rows, share: 1 },
    { addresses: strangers, share: 2 },
  ];
}

/** All networks the sender has addresses in. */
export const senderNetworks = ['9.6.0.0/16', '9.7.0.0/16', '9.8.0.0/16', '9.9.0.0/16'];

function addressesIn(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}.${index + 1}`);
}

/** The IKE messages of the wire, each once. */
export function ikeMessages(packets: readonly CapturedPacket[]): Uint8Array[] {
  return packets
    .filter(({ protocol, destinationPort }) => protocol === 'udp' && destinationPort === 500)
    .map(({ payload }) => payload.subarray(8));
}

/** What the negotiation said, and every class of hostile datagram under its cookies. */
export function corpusOf(recorded: readonly Uint8Array[]): Uint8Array[] {
  const answer = recorded.find((bytes) => bytes.subarray(8, 16).some((byte) => byte !== 0));
  if (answer === undefined) throw new Error('no IKE message with both cookies was recorded');
  const shape = { cookieI: answer.slice(0, 8), cookieR: answer.slice(8, 16) };
  const hostile = hostileDatagrams(shape).map(({ bytes }) => bytes);
  // Real messages are few and get furthest: as many of them as of all else.
  const times = Math.ceil(hostile.length / recorded.length);
  return [...Array.from({ length: times }, () => recorded).flat(), ...hostile];
}

/** First messages of all modes: offer, and as the mode wants it public value, nonce, identity. */
export function openings(): Uint8Array[] {
  const shape = { cookieI: Buffer.alloc(8, 0x41), cookieR: Buffer.alloc(8) };
  const offer = [1, goodOffer] as const;
  const nonce = [10, Buffer.alloc(16, 0x42)] as const;
  const publicValue = [4, Buffer.alloc(128, 0x43)] as const;
  const name = Buffer.concat([Buffer.from([2, 17, 1, 244]), Buffer.from('router.example')]);
  const identity = [5, name] as const;
  return [
    clear(shape, [offer], { exchange: 2 }),
    clear(shape, [offer, publicValue, nonce, identity], { exchange: 4 }),
    clear(shape, [offer, nonce, identity], { exchange: 1 }),
  ];
}

const senderProgram = fileURLToPath(new URL('sender.js', import.meta.url));

/** Runs the sender on that machine; `onFigures` with each of its lines. Returns the last of them. */
export async function bombard(
  machine: Machine,
  job: SenderJob,
  onFigures: (figures: SenderFigures) => void,
  timeoutSeconds: number,
): Promise<SenderFigures> {
  const { outDirectory } = machine.lab;
  const file = join('/run/lab', `sender-${job.seed}.json`);
  writeFileSync(file, JSON.stringify(job));
  const sender = new BackgroundProcess(
    'the sender',
    [...machine.enter, process.execPath, senderProgram, file],
    join(outDirectory, 'sender.log'),
  );
  machine.lab.onEnd('stop the sender', () => sender.stop(1));
  let last: SenderFigures | undefined;
  sender.onLine((line) => {
    if (!line.startsWith('{')) return;
    last = JSON.parse(line) as SenderFigures;
    onFigures(last);
  });
  const { code } = await sender.exited(timeoutSeconds);
  if (code !== 0 || last === undefined) throw new Error(`the sender failed:\n${sender.tail()}`);
  return last;
}
