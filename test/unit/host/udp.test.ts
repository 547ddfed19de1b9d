/** The UDP sockets of the addon, on loopback. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Datagram } from '../../../lib/core/ike/input.js';
import { IpsecError } from '../../../lib/host/errors.js';
import {
  openUdpSocket,
  type UdpFailure,
  type UdpSocket,
  type UdpSocketOptions,
} from '../../../lib/host/udp.js';

const opened: UdpSocket[] = [];

afterEach(() => {
  for (const socket of opened.splice(0)) socket.close();
});

/** A socket with what it received and what failed; `received(n)` waits for the nth datagram. */
function open(options: Partial<UdpSocketOptions> = {}) {
  const datagrams: Datagram[] = [];
  const failures: UdpFailure[] = [];
  const waiting: { count: number; done: () => void }[] = [];
  const socket = openUdpSocket({
    address: '127.0.0.1',
    port: 0,
    onDatagram: (datagram) => {
      datagrams.push(datagram);
      for (const { count, done } of waiting) if (datagrams.length >= count) done();
    },
    onError: (failure) => failures.push(failure),
    ...options,
  });
  opened.push(socket);
  const received = (count: number) =>
    new Promise<Datagram[]>((resolve) => {
      const done = () => resolve(datagrams);
      if (datagrams.length >= count) done();
      else waiting.push({ count, done });
    });
  return { socket, datagrams, failures, received };
}

function openingError(options: Partial<UdpSocketOptions>): IpsecError {
  try {
    open(options);
  } catch (error) {
    if (error instanceof IpsecError) return error;
    throw error;
  }
  throw new Error('the socket opened');
}

function sample(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + length) & 0xff);
}

describe('a UDP socket', () => {
  test('carries datagrams of every size with both endpoints, in order', async () => {
    const [one, other] = [open(), open({ address: '127.0.0.2' })];
    const sizes = [0, 1, 28, 1400, 9000, 65_507];
    const remote = { address: '127.0.0.2', port: other.socket.port };
    for (const size of sizes) one.socket.send(remote, sample(size));
    const datagrams = await other.received(sizes.length);
    expect(datagrams).toEqual(
      sizes.map((size) => ({
        local: remote,
        remote: { address: '127.0.0.1', port: one.socket.port },
        bytes: sample(size),
      })),
    );
    expect([one.failures, other.failures]).toEqual([[], []]);
  });

  test('answers to where a datagram came from', async () => {
    const [one, other] = [open(), open()];
    one.socket.send({ address: '127.0.0.1', port: other.socket.port }, sample(5));
    const [question] = await other.received(1);
    if (question === undefined) throw new Error('no datagram');
    other.socket.send(question.remote, sample(6));
    const [answer] = await one.received(1);
    expect(answer?.bytes).toEqual(sample(6));
  });

  test('loses nothing when more datagrams wait than it reads in one turn', async () => {
    const [one, other] = [open(), open()];
    const remote = { address: '127.0.0.1', port: other.socket.port };
    for (let i = 0; i < 300; i += 1) one.socket.send(remote, Uint8Array.of(i >> 8, i & 0xff));
    const datagrams = await other.received(300);
    expect(datagrams.map(({ bytes }) => ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0))).toEqual(
      Array.from({ length: 300 }, (_, index) => index),
    );
  });

  test('tells a datagram that cannot leave, and goes on', async () => {
    const [one, other] = [open(), open()];
    const local = { address: '127.0.0.1', port: one.socket.port };
    const broadcast = { address: '255.255.255.255', port: 500 };
    one.socket.send(broadcast, sample(10));
    expect(one.failures).toEqual([{ operation: 'send', code: 'EACCES', local, remote: broadcast }]);
    const remote = { address: '127.0.0.1', port: other.socket.port };
    one.socket.send(remote, sample(65_508));
    expect(one.failures[1]).toEqual({ operation: 'send', code: 'EMSGSIZE', local, remote });
    one.socket.send(remote, sample(3));
    expect((await other.received(1))[0]?.bytes).toEqual(sample(3));
  });

  test('gives each datagram memory of its own', async () => {
    const [one, other] = [open(), open()];
    const remote = { address: '127.0.0.1', port: other.socket.port };
    one.socket.send(remote, sample(8));
    one.socket.send(remote, sample(8).fill(9));
    const [first] = await other.received(2);
    expect(first?.bytes).toEqual(sample(8));
  });

  test('is silent after close, even in the middle of what has arrived', async () => {
    const one = open();
    let count = 0;
    const other = openUdpSocket({
      address: '127.0.0.1',
      port: 0,
      onDatagram: () => {
        count += 1;
        other.close();
      },
      onError: () => undefined,
    });
    const remote = { address: '127.0.0.1', port: other.port };
    for (let i = 0; i < 10; i += 1) one.socket.send(remote, sample(4));
    const witness = open();
    one.socket.send({ address: '127.0.0.1', port: witness.socket.port }, sample(1));
    await witness.received(1);
    one.socket.send({ address: '127.0.0.1', port: witness.socket.port }, sample(1));
    await witness.received(2);
    expect(count).toBe(1);
    other.close();
  });

  test('closed, it fails with EBADF and leaves its port to others', () => {
    const one = open();
    const { port } = one.socket;
    one.socket.close();
    one.socket.send({ address: '127.0.0.1', port: 9 }, sample(1));
    expect(one.failures.map(({ code }) => code)).toEqual(['EBADF']);
    expect(open({ port }).socket.port).toBe(port);
  });
});

describe('opening a UDP socket', () => {
  test('on a taken port names the port, the address and what to do', () => {
    const { port } = open().socket;
    const error = openingError({ port });
    expect(error.code).toBe('ERR_IPSEC_PORT_TAKEN');
    expect(error.message).toContain(`UDP port ${port} of 127.0.0.1 is taken`);
    expect(error.message).toContain('stop the other IKE daemon');
  });

  test('on the same port of another address is no conflict', () => {
    const { port } = open().socket;
    expect(open({ address: '127.0.0.3', port }).socket.port).toBe(port);
  });

  test('on an address of somebody else says so', () => {
    // 192.0.2.0/24 is for documentation (RFC 5737).
    const error = openingError({ address: '192.0.2.77' });
    expect(error.code).toBe('ERR_IPSEC_NO_ADDRESS');
    expect(error.message).toContain('192.0.2.77 is not an address of this host');
  });
});
