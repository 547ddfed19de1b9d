/** A packet capture in one namespace: started before the traffic, read after it. */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type CapturedPacket, readPcap } from './pcap.js';
import { BackgroundProcess } from './process.js';
import { pause, waitUntil } from './wait.js';

// Longer than a packet needs from one namespace to tcpdump on a busy one-processor guest.
const settleSeconds = 0.3;

// Written where root owns the disk, copied out afterwards: the out directory may belong to another user.
const draftFolder = '/run/lab/captures';

export class Capture {
  /** Libpcap file, there once the capture has stopped. */
  readonly file: string;
  readonly #draft: string;
  readonly #process: BackgroundProcess;
  #packets: readonly CapturedPacket[] | undefined;

  private constructor(file: string, draft: string, process: BackgroundProcess) {
    this.file = file;
    this.#draft = draft;
    this.#process = process;
  }

  /**
   * Returns when packets are being seen. `enter` is the command prefix that enters the namespace, `filter` an
   * expression of pcap-filter(7).
   */
  static async start(
    enter: readonly string[],
    device: string,
    file: string,
    filter: string,
  ): Promise<Capture> {
    mkdirSync(draftFolder, { recursive: true });
    const draft = join(draftFolder, basename(file));
    const argv = [
      ...enter,
      // Immediate and unbuffered, or the last packets are missing from the file.
      ...['tcpdump', '-i', device, '-n', '-s', '0', '-U', '--immediate-mode', '-Z', 'root'],
      // IGMP is the kernel's own noise, now and then.
      ...['-w', draft, `ip and not igmp and (${filter})`],
    ];
    const log = file.replace(/\.pcap$/, '-tcpdump.log');
    const process = new BackgroundProcess(`tcpdump on ${device}`, argv, log);
    await waitUntil(`tcpdump on ${device}`, 60, () => {
      if (process.exit !== undefined) throw new Error(`tcpdump on ${device}: ${process.tail()}`);
      return process.lines.some((line) => line.includes('listening on'));
    });
    return new Capture(file, draft, process);
  }

  /** What it has seen until now; it goes on. */
  async soFar(): Promise<readonly CapturedPacket[]> {
    await pause(settleSeconds);
    return readPcap(readFileSync(this.#draft));
  }

  /** Ends the capture and reads it; a second call returns the same packets. */
  async stop(): Promise<readonly CapturedPacket[]> {
    if (this.#packets === undefined) {
      await pause(settleSeconds);
      await this.#process.stop();
      copyFileSync(this.#draft, this.file);
      this.#packets = readPcap(readFileSync(this.file));
    }
    return this.#packets;
  }

  /** Packets that are missing from the stopped capture: with some, it proves nothing about the rest. */
  get dropped(): number {
    const said = /^(\d+) packets? dropped by kernel$/m.exec(this.#process.lines.join('\n'));
    return Number(said?.[1] ?? Number.NaN);
  }

  /** Packets of the stopped capture for which `filter` holds. */
  count(filter: (packet: CapturedPacket) => boolean): number {
    if (this.#packets === undefined) throw new Error('count() before stop()');
    return this.#packets.filter(filter).length;
  }

  /** How many packets of each kind, such as `{ esp: 6, 'udp/500': 9 }`; for messages and equality. */
  summary(): Record<string, number> {
    if (this.#packets === undefined) throw new Error('summary() before stop()');
    const counts: Record<string, number> = {};
    for (const { protocol, destinationPort } of this.#packets) {
      const kind =
        protocol === 'udp' || protocol === 'tcp' ? `${protocol}/${destinationPort}` : protocol;
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  }
}
