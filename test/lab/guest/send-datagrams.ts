/** Sends datagrams from a network namespace: `node send-datagrams.js JSON`, JSON being a list of `Datagram`. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Datagram } from './machine.js';

for (const { from, to, bytes = 8 } of JSON.parse(process.argv[2] ?? '[]') as Datagram[]) {
  const [near, far] = [endOf(from), endOf(to)];
  const socket = createSocket('udp4');
  socket.bind(near.port, near.address);
  await once(socket, 'listening');
  // The kernel refuses what a policy of this host discards: then it is just not there.
  await new Promise<void>((resolve) => {
    socket.send(new Uint8Array(bytes), far.port, far.address, () => resolve());
  });
  socket.close();
}

function endOf(text: string): { readonly address: string; readonly port: number } {
  const [address = '', port = ''] = text.split(':');
  return { address, port: Number(port) };
}
