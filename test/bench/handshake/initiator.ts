/**
 * The initiator of `npm run bench handshake`, a process of its own: thousands of peers in one engine, each
 * with its own address, memory in place of a data plane. Orders come on standard input, reports go out.
 */
import { createInterface } from 'node:readline';
import { type Address, prefixOf } from '../../../lib/core/base/address.js';
import { Secret } from '../../../lib/core/base/secret.js';
import { MemoryDataPlane } from '../../../lib/core/dataplane/memory/memory-data-plane.js';
import type { EngineEvent } from '../../../lib/core/ike/effect.js';
import { Engine } from '../../../lib/core/ike/engine.js';
import type { IkeConfig, PolicyConfig, ProposalConfig } from '../../../lib/core/ike/ike-config.js';
import type { Datagram } from '../../../lib/core/ike/input.js';
import { systemClock } from '../../../lib/host/clock.js';
import { createCryptoProvider, startJob } from '../../../lib/host/crypto.js';
import { EngineRunner } from '../../../lib/host/engine-runner.js';
import { openUdpSocket, type UdpSocket } from '../../../lib/host/udp.js';
import { median } from '../support/report.js';
import {
  ciphers,
  initiatorAddress,
  lifetimeSeconds,
  type Order,
  pfsGroupOf,
  type Report,
  responderAddress,
  type Suite,
  secret,
} from './job.js';

const suite = JSON.parse(process.argv[2] ?? '{}') as Suite;
const count = Number(process.argv[3]);
/** A responder may say something after the last message of a handshake. */
const lingerMs = 500;

const remote = responderAddress as Address;
const crypto = createCryptoProvider();
const pfsGroup = pfsGroupOf(suite);
const proposal: ProposalConfig = {
  label: 'proposal',
  encryptions: [ciphers.encryption],
  integrities: [ciphers.integrity],
  lifetimeSeconds,
  lifetimeBytes: 0,
  ...(pfsGroup && { pfsGroup }),
};

function policyOf(number: number): PolicyConfig {
  const local = initiatorAddress(number) as Address;
  return {
    id: number + 1,
    label: `policy ${number}`,
    reqid: number + 1,
    selector: {
      source: prefixOf(local, 32),
      destination: prefixOf(remote, 32),
      protocol: 0,
      sourcePorts: 'any',
      destinationPorts: 'any',
    },
    local,
    remote,
    mode: 'transport',
    clearsDf: true,
    protocols: ['esp'],
    level: 'require',
    proposal,
  };
}

const config: IkeConfig = {
  peers: [
    {
      id: 1,
      label: 'peer',
      address: prefixOf(remote, 32),
      port: 500,
      exchangeMode: 'main',
      sendInitialContact: false,
      proposalCheck: 'obey',
      hash: ciphers.hash,
      encryption: ciphers.encryption,
      group: suite.group,
    },
  ],
  secrets: [
    { id: 1, label: 'secret', address: remote, preSharedKey: new Secret(Buffer.from(secret)) },
  ],
  policies: Array.from({ length: count }, (_, number) => policyOf(number)),
};

const dataPlane = new MemoryDataPlane({
  random: (length) => crypto.random(length),
  epochAtZero: 0,
  now: systemClock.now(),
});

const sockets = new Map<Address, UdpSocket>();
let finished: (policyId: number, failure?: string) => void = () => {};

function onEvent({ name, policyId, message, level }: EngineEvent): void {
  if (policyId !== undefined && name === 'phase2Established') finished(policyId);
  else if (policyId !== undefined && name === 'phase2Failed') finished(policyId, message);
  else if (level === 'warn' || level === 'error') process.stderr.write(`${message}\n`);
}

function send({ local, remote: to, bytes }: Datagram): void {
  let socket = sockets.get(local.address);
  if (socket === undefined) {
    socket = openUdpSocket({
      address: local.address,
      onDatagram: (datagram) => runner.enqueue({ kind: 'datagram', datagram }),
      onError: () => {},
    });
    sockets.set(local.address, socket);
  }
  socket.send(to, bytes);
}

const runner = new EngineRunner(new Engine({ crypto }), {
  clock: systemClock,
  send,
  apply: (operations) => dataPlane.apply(operations),
  compute: startJob,
  onEvent,
  onSettled: () => {},
  onFatal: (error) => {
    throw error;
  },
});

function closeLater(policyId: number): void {
  const local = initiatorAddress(policyId - 1) as Address;
  setTimeout(() => {
    sockets.get(local)?.close();
    sockets.delete(local);
  }, lingerMs);
}

function carryOut({ first, end, window }: Order): Promise<Report> {
  return new Promise((resolve) => {
    const begun = performance.now();
    const beganAt = new Map<number, number>();
    const latencies: number[] = [];
    let failure: string | undefined;
    let next = first;
    let open = 0;
    const start = () => {
      if (next >= end) return;
      const policyId = next + 1;
      next += 1;
      open += 1;
      beganAt.set(policyId, performance.now());
      runner.enqueue({ kind: 'command', command: { kind: 'initiate', policyId } });
    };
    finished = (policyId, words) => {
      const at = beganAt.get(policyId);
      if (at === undefined) return;
      beganAt.delete(policyId);
      open -= 1;
      if (words === undefined) latencies.push(performance.now() - at);
      else failure ??= words;
      closeLater(policyId);
      // Not from within the engine's own event.
      setImmediate(start);
      if (open === 0 && next >= end) resolve(report(latencies, failure, begun));
    };
    while (next < end && open < window) start();
  });
}

function report(latencies: readonly number[], failure: string | undefined, begun: number): Report {
  const sorted = [...latencies].sort((a, b) => a - b);
  return {
    established: latencies.length,
    ...(failure === undefined ? {} : { failure }),
    seconds: (performance.now() - begun) / 1000,
    latencyMs: { median: median(sorted), p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0 },
  };
}

runner.enqueue({ kind: 'configured', config });
for await (const line of createInterface({ input: process.stdin })) {
  const result = await carryOut(JSON.parse(line) as Order);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
process.exit(0);
