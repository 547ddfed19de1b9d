/** The IPv4 addresses of this host and their changes, from rtnetlink. */
import type { Address } from '../core/base/address.js';
import { addressFromBytes } from '../core/base/address.js';

export interface LocalAddresses {
  /** In the kernel's order, each once. */
  current(): readonly Address[];
  close(): void;
}

export interface AddressWatcher {
  /** Called after the set of addresses changed; `current()` is up to date by then. */
  readonly onChange: () => void;
  /** Called when the kernel could not be asked; the last known addresses stay in force. */
  readonly onError: (error: Error) => void;
}

/** Several changes come together (an interface going down): they are looked at once. */
const settleMs = 50;
const retryMs = 1_000;
const requestTimeoutMs = 5_000;
const inet = 2;
/** Room for the events of some thousand addresses; the package's types want both sizes named. */
const bufferSizes = { recvBufferSize: 1024 * 1024, sendBufferSize: 64 * 1024 };

/** Opens two netlink sockets. Rejects when they cannot be opened or asked. */
export async function watchAddresses({
  onChange,
  onError,
}: AddressWatcher): Promise<LocalAddresses> {
  const { createRtNetlink } = await import('netlink');
  // Two sockets: an event in the middle of a dump would end the dump with an error.
  const requests = createRtNetlink(bufferSizes);
  const events = createRtNetlink({ ...bufferSizes, ref: true });

  const list = async (): Promise<readonly Address[]> => {
    const rows = await requests.getAddresses({ family: inet }, {}, { timeout: requestTimeoutMs });
    const found = rows.flatMap(({ attrs }) => attrs.local ?? attrs.address ?? []);
    return [...new Set(found.map(addressFromBytes))];
  };

  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const refresh = async () => {
    timer = undefined;
    try {
      const next = await list();
      if (closed || next.join() === addresses.join()) return;
      addresses = next;
      onChange();
    } catch (error) {
      if (closed) return;
      schedule(retryMs);
      onError(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const schedule = (delayMs: number) => {
    if (!closed) timer ??= setTimeout(refresh, delayMs);
  };

  // Subscribe first, list second: a change in between is seen by one of the two.
  events.addMembership('IPV4_IFADDR');
  events.on('message', () => schedule(settleMs));
  // Overrun of the event socket: events were lost, so look.
  events.socket.on('error', () => schedule(settleMs));
  let addresses = await list();
  return {
    current: () => addresses,
    close: () => {
      closed = true;
      clearTimeout(timer);
      events.socket.close();
      requests.socket.close();
    },
  };
}
