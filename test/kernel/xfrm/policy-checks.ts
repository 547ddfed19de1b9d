/**
 * Checks the XFRM data plane as far as a kernel without ESP goes: policies, reserved SPIs, acquires,
 * overrun, other people's entries. Run as root in an empty network namespace; prints one JSON line
 * for each check.
 */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { toHex } from '../../../lib/core/base/bytes.js';
import { reqidOf } from '../../../lib/core/dataplane/ownership.js';
import type {
  DataPlaneEvent,
  DataPlaneOperation,
  DataPlanePolicy,
  PolicyTemplate,
} from '../../../lib/core/dataplane/types.js';
import { openXfrm } from '../../../lib/host/dataplane/xfrm.js';
import { openUdpSocket } from '../../../lib/host/udp.js';
import { report, reportEqual } from './check-reporter.js';
import { hostSelector, protectPolicy } from './sample.js';

const here = '192.0.2.1';
const there = '192.0.2.2';
const template: PolicyTemplate = {
  protocol: 'esp',
  mode: 'tunnel',
  source: here,
  destination: there,
  reqid: reqidOf(1),
  optional: false,
};
const spiRequest = {
  kind: 'allocateSpi',
  protocol: 'esp',
  mode: 'tunnel',
  source: there,
  destination: here,
  reqid: reqidOf(1),
} as const;

function ip(...words: string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8' });
}

function ipBatch(lines: readonly string[]): void {
  execFileSync('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n` });
}

ipBatch([
  'link set lo up',
  'link add here type veth peer name there',
  `addr add ${here}/24 dev here`,
  'link set here up',
  'link set there up',
  `neigh add ${there} lladdr 02:00:00:00:00:02 dev here`,
]);

const dataPlane = openXfrm();
const events: DataPlaneEvent[] = [];
dataPlane.onEvent((event) => events.push(event));

const install = (policy: DataPlanePolicy) =>
  dataPlane.apply([{ kind: 'installPolicy', policy }])[0];
const remove = (policy: DataPlanePolicy) => dataPlane.apply([{ kind: 'removePolicy', policy }])[0];
const codeOf = (result: ReturnType<typeof install>) =>
  result?.kind === 'refused' ? result.code : result?.kind;
const detailOf = (result: ReturnType<typeof install>) =>
  result?.kind === 'refused' ? result.detail : '';
const key = ({ direction, selector }: DataPlanePolicy) => JSON.stringify([direction, selector]);
const sorted = (policies: readonly DataPlanePolicy[]) =>
  [...policies].sort((a, b) => (key(a) < key(b) ? -1 : 1));

async function eventsWithin(seconds: number, count: number): Promise<DataPlaneEvent[]> {
  for (let waited = 0; waited < seconds * 50 && events.length < count; waited += 1) await pause(20);
  return events.splice(0);
}

function sendPacket(): Promise<void> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    // Refused while there is no SA, which is the point.
    socket.send(new Uint8Array(10), 9, there, () => socket.close(() => resolve()));
  });
}

function roundTrip(): void {
  const any = hostSelector(here, there);
  const network = {
    ...any,
    source: { address: '10.0.0.0', length: 8 },
    destination: { address: '0.0.0.0', length: 0 },
  };
  const ah: PolicyTemplate = { ...template, protocol: 'ah', mode: 'transport' };
  const policies: DataPlanePolicy[] = [
    protectPolicy('out', any, template),
    protectPolicy('in', any, { ...template, optional: true }, { ...ah, optional: true }),
    protectPolicy('fwd', any, template, ah, template, ah, template, ah),
    { direction: 'out', selector: network, priority: 7, action: 'discard', templates: [] },
    {
      direction: 'in',
      selector: { ...network, protocol: 17, destinationPorts: { first: 500, last: 500 } },
      priority: 1,
      action: 'bypass',
      templates: [],
    },
    {
      direction: 'out',
      selector: { ...any, protocol: 6, sourcePorts: { first: 1024, last: 2047 } },
      priority: 0xffffffff,
      action: 'bypass',
      templates: [],
    },
  ];
  const results = dataPlane.apply(policies.map((policy) => ({ kind: 'installPolicy', policy })));
  reportEqual(
    'policies of every shape are installed',
    results.map(codeOf),
    policies.map(() => 'ok'),
  );
  reportEqual(
    'they are listed as installed',
    sorted(dataPlane.snapshot().policies),
    sorted(policies),
  );
  const removals = policies.map(remove);
  reportEqual(
    'they are removed',
    removals.map(codeOf),
    policies.map(() => 'ok'),
  );
  reportEqual('none is left', dataPlane.snapshot().policies, []);
}

function updateInPlace(): void {
  const policy = protectPolicy('out', hostSelector(here, there), template);
  const index = () => /index (\d+)/.exec(ip('-s', 'xfrm', 'policy'))?.[1];
  install(policy);
  const before = index();
  const again = install({ ...policy, priority: 2 });
  reportEqual('E-03 the same selector again is refused', codeOf(again), 'EEXIST');
  const updated: DataPlanePolicy = { ...policy, priority: 5, action: 'discard', templates: [] };
  dataPlane.apply([{ kind: 'updatePolicy', policy: updated }]);
  reportEqual(
    'E-01 an update changes priority, action and templates',
    dataPlane.snapshot().policies,
    [updated],
  );
  reportEqual('E-01 an update keeps the index', index(), before);
  reportEqual('a removal', codeOf(remove(policy)), 'ok');
  reportEqual('a second removal is refused', codeOf(remove(policy)), 'ENOENT');
}

function refusals(): void {
  const selector = hostSelector(here, there);
  const seven = install(protectPolicy('out', selector, ...new Array(7).fill(template)));
  report(
    'E-14 seven templates are refused in the words of the kernel',
    detailOf(seven).includes('XFRM_MAX_DEPTH'),
    seven,
  );
  const optional = install(protectPolicy('out', selector, { ...template, optional: true }));
  report(
    'E-13 an optional tunnel template is refused outbound, in the words of the kernel',
    detailOf(optional).includes('optional template'),
    optional,
  );
  const ports = { ...selector, protocol: 17, sourcePorts: { first: 1000, last: 2000 } };
  reportEqual(
    'E-04 a range that is no block is refused',
    codeOf(install(protectPolicy('out', ports, template))),
    'EINVAL',
  );
  reportEqual(
    'protect without templates is refused',
    codeOf(install(protectPolicy('out', selector))),
    'EINVAL',
  );
  reportEqual('nothing of this is installed', dataPlane.snapshot().policies, []);
  const operations: DataPlaneOperation[] = Array.from({ length: 2000 }, (_, index) => ({
    kind: 'installPolicy',
    policy: protectPolicy('out', hostSelector(here, `10.1.${index >> 7}.${index % 100}`), template),
  }));
  const seen = new Set<string>();
  const expected = operations.map((operation) => {
    const text = operation.kind === 'installPolicy' ? key(operation.policy) : '';
    const isNew = !seen.has(text);
    seen.add(text);
    return isNew ? 'ok' : 'EEXIST';
  });
  reportEqual(
    'in a large batch every refusal has its place',
    dataPlane.apply(operations).map(codeOf),
    expected,
  );
  reportEqual('the others are removed', dataPlane.removeOurs(), { policies: seen.size, sas: 0 });
}

function reservedSpis(): void {
  const results = dataPlane.apply(new Array<DataPlaneOperation>(300).fill(spiRequest));
  const spis = results.map((result) => (result.kind === 'ok' ? (result.spi ?? 0) : 0));
  report(
    'E-30 three hundred SPIs are reserved',
    spis.every((spi) => spi >= 0x1000),
    results,
  );
  reportEqual('no SPI twice', new Set(spis).size, spis.length);
  const larval = dataPlane.snapshot().sas;
  report(
    'R-6D they are listed as larval, inbound, with our reqid',
    larval.length === 300 &&
      larval.every(
        ({ state, direction, reqid }) =>
          state === 'larval' && direction === 'in' && reqid === reqidOf(1),
      ),
    larval.length,
  );
  const { protocol, source, destination } = spiRequest;
  const removals = spis.map(
    (spi): DataPlaneOperation => ({
      kind: 'removeSa',
      id: { protocol, spi, source, destination },
    }),
  );
  reportEqual(
    'they are given back',
    dataPlane.apply(removals).filter(({ kind }) => kind !== 'ok'),
    [],
  );
  reportEqual('none is left', dataPlane.snapshot().sas, []);
}

async function acquires(): Promise<void> {
  events.length = 0;
  const policy = protectPolicy('out', hostSelector(here, there), template);
  install(policy);
  await sendPacket();
  const { protocol, source, destination, reqid } = template;
  reportEqual('E-11 a packet without an SA asks for one', await eventsWithin(3, 1), [
    { kind: 'acquire', reqid, protocol, source, destination },
  ]);
  await sendPacket();
  reportEqual('E-11 a second packet does not ask again', await eventsWithin(0.3, 1), []);
  remove(policy);
  ip('xfrm', 'state', 'flush');
  const foreign = `src ${here} dst ${there} dir out tmpl src ${here} dst ${there} proto esp mode tunnel reqid 7`;
  ip('xfrm', 'policy', 'add', ...foreign.split(' '));
  events.length = 0;
  await sendPacket();
  reportEqual("an acquire of somebody else's policy is not told", await eventsWithin(0.3, 1), []);
  ip('xfrm', 'policy', 'flush');
  ip('xfrm', 'state', 'flush');
  await eventsWithin(0.1, 1);
  await nestedAcquire();
  ip('xfrm', 'policy', 'flush');
  ip('xfrm', 'state', 'flush');
  await eventsWithin(0.1, 1);
}

/** The kernel names the first missing template by protocol and addresses, which both may share. */
async function nestedAcquire(): Promise<void> {
  const inner = { ...template, reqid: reqidOf(1) };
  const outer: PolicyTemplate = { ...template, mode: 'transport', reqid: reqidOf(2) };
  const last: PolicyTemplate = { ...template, protocol: 'ah', reqid: reqidOf(3) };
  const chain = [inner, outer, { ...outer, protocol: 'ah' as const }, last];
  events.length = 0;
  install(protectPolicy('out', hostSelector(here, there), ...chain));
  await sendPacket();
  const told = [inner, outer, last].map(({ protocol, source, destination, reqid }) => ({
    kind: 'acquire' as const,
    ...{ reqid, protocol, source, destination },
  }));
  reportEqual(
    'E-14 an acquire of nested templates asks once for each of their reqids',
    await eventsWithin(3, told.length),
    told,
  );
}

/** Bypass and discard policies bear no reqid: only the caller knows that an earlier run made them. */
async function inheritedPolicies(): Promise<void> {
  const selector = {
    ...hostSelector(here, there),
    protocol: 17,
    destinationPorts: { first: 500, last: 500 },
  };
  const exemption: DataPlanePolicy = {
    ...{ direction: 'in', selector, priority: 1, action: 'bypass', templates: [] },
  };
  const earlier = openXfrm();
  earlier.apply([{ kind: 'installPolicy', policy: exemption }]);
  earlier.close();
  const deleted = `src ${here} dst ${there} proto udp dport 500 dir in`.split(' ');
  const next = openXfrm();
  const told: DataPlaneEvent[] = [];
  next.onEvent((event) => told.push(event));
  next.snapshot();
  ip('xfrm', 'policy', 'delete', ...deleted);
  await pause(300);
  reportEqual('a removed exemption that nobody claimed is not told', told, []);
  ip('xfrm', 'policy', 'add', ...deleted, 'priority', '1');
  next.watchPolicies([exemption]);
  await pause(300);
  told.length = 0;
  ip('xfrm', 'policy', 'delete', ...deleted);
  await pause(300);
  reportEqual('E-34 a removed exemption that was taken over asks for a resync', told, [
    { kind: 'overrun' },
  ]);
  next.close();
}

/** The direction of SAs that somebody else installed follows from the addresses of this host. */
function directions(): void {
  const elsewhere = '198.51.100.7';
  ipBatch(
    [elsewhere, there].map(
      (destination) =>
        `xfrm state allocspi src ${here} dst ${destination} proto esp reqid ${reqidOf(1)} min 0x1000 max 0x1fff`,
    ),
  );
  let asked = 0;
  const informed = openXfrm({
    localAddresses: () => {
      asked += 1;
      return [elsewhere];
    },
  });
  const found = informed.snapshot().sas;
  reportEqual(
    'an SA towards one of the given addresses is inbound, whatever interfaces are up',
    found.map(({ destination, direction }) => [destination, direction]).sort(),
    [
      [there, 'out'],
      [elsewhere, 'in'],
    ],
  );
  reportEqual('the addresses are asked for once in a listing', asked, 1);
  ip('xfrm', 'state', 'flush');
  informed.apply([spiRequest]);
  reportEqual(
    'SAs of its own it knows without asking',
    [informed.snapshot().sas.map(({ direction }) => direction), asked],
    [['in'], 1],
  );
  informed.close();
  ip('xfrm', 'state', 'flush');
}

/** Needs to come last: from here on this process can open nothing. */
function withoutDescriptors(): void {
  ip(
    ...`xfrm state allocspi src ${there} dst ${here} proto esp reqid ${reqidOf(1)} min 0x1000 max 0x1fff`.split(
      ' ',
    ),
  );
  execFileSync('prlimit', ['--pid', `${process.pid}`, '--nofile=3:3']);
  let systemTells = true;
  try {
    networkInterfaces();
  } catch {
    systemTells = false;
  }
  const { sas } = dataPlane.snapshot();
  reportEqual('SAs are listed although the system cannot name its addresses', systemTells, false);
  const direct = sas[0] && dataPlane.getSa(sas[0]);
  reportEqual(
    'so they are one by one',
    [sas.length, direct?.destination, direct?.reqid],
    [1, here, reqidOf(1)],
  );
}

async function othersEntries(): Promise<void> {
  const ours = protectPolicy('out', hostSelector(here, there), template);
  const selector = 'src 10.9.0.0/16 dst 10.8.0.0/16';
  ipBatch([
    `xfrm policy add ${selector} dir out priority 3 tmpl src ${here} dst ${there} proto esp mode tunnel reqid 7`,
    `xfrm policy add ${selector} dir in priority 3`,
    `xfrm policy add ${selector} dir fwd mark 5`,
    'xfrm policy add src 2001:db8::/32 dst ::/0 dir out',
    `xfrm policy add src ${here} dst ${there} dir out mark 9`,
  ]);
  const socket = openUdpSocket({
    ...{ address: here, port: 4510, bypassPolicy: true },
    onDatagram: () => undefined,
    onError: () => undefined,
  });
  report('a socket of ours bypasses all policies', socket.bypassesPolicy);
  report('ip lists the policies of the socket', /socket (in|out)/.test(ip('xfrm', 'policy')));
  install(ours);
  const { policies, unlisted } = dataPlane.snapshot();
  reportEqual(
    'the listing has ours and foreign ones, not those of sockets, marks and IPv6',
    policies.map(({ direction, action, priority }) => [direction, action, priority]).sort(),
    [
      ['in', 'bypass', 3],
      ['out', 'protect', 1000],
      ['out', 'protect', 3],
    ],
  );
  report('what is left out is counted', unlisted >= 3, unlisted);
  const [reserved] = dataPlane.apply([spiRequest]);
  report('an SPI is reserved', reserved?.kind === 'ok', reserved);
  const before = ip('xfrm', 'policy');
  reportEqual('E-34 the removal of ours removes one of each', dataPlane.removeOurs(), {
    policies: 1,
    sas: 1,
  });
  const after = ip('xfrm', 'policy');
  const heads = (text: string) => text.split('\n').filter((line) => line.startsWith('src')).length;
  reportEqual("E-34 nobody else's policy is touched", heads(after), heads(before) - 1);
  socket.close();
  events.length = 0;
  install(ours);
  ip('xfrm', 'policy', 'delete', ...`${selector} dir in`.split(' '));
  reportEqual("a change of somebody else's policy is not told", await eventsWithin(0.3, 1), []);
  ip('xfrm', 'policy', 'delete', ...`src ${here} dst ${there} dir out`.split(' '));
  reportEqual('a foreign removal of ours asks for a resync', await eventsWithin(2, 1), [
    { kind: 'overrun' },
  ]);
  const [second] = dataPlane.apply([spiRequest]);
  ip('xfrm', 'state', 'flush');
  const { protocol, source, destination, reqid } = spiRequest;
  const spi = second?.kind === 'ok' ? second.spi : 0;
  const id = { protocol, spi, source, destination };
  reportEqual('a foreign flush names what it removed of ours', await eventsWithin(2, 1), [
    { kind: 'removed', id, reqid },
  ]);
  ip('xfrm', 'policy', 'flush');
  await eventsWithin(0.2, 1);
}

async function overrun(): Promise<void> {
  const small = openXfrm({ eventQueueBytes: 4096 });
  const told: DataPlaneEvent[] = [];
  small.onEvent((event) => told.push(event));
  const lines = (verb: string) =>
    Array.from(
      { length: 500 },
      (_, index) =>
        `xfrm policy ${verb} src 10.${index >> 8}.${index & 255}.1 dst ${there} dir out`,
    );
  ipBatch([...lines('add'), ...lines('delete')]);
  await pause(300);
  report(
    'lost events are told',
    told.some(({ kind }) => kind === 'overrun'),
    told,
  );
  told.length = 0;
  const [reserved] = small.apply([spiRequest]);
  ip('xfrm', 'state', 'flush');
  await pause(300);
  reportEqual(
    'after that events come again',
    [reserved?.kind, told.map(({ kind }) => kind)],
    ['ok', ['removed']],
  );
  small.close();
}

async function closing(): Promise<void> {
  const short = openXfrm();
  const told: DataPlaneEvent[] = [];
  short.onEvent((event) => {
    told.push(event);
    short.close();
  });
  const spis = new Array<DataPlaneOperation>(5).fill(spiRequest);
  short.apply(spis);
  ip('xfrm', 'state', 'flush');
  await pause(300);
  reportEqual('no event after close, not even of the same batch', told.length, 1);
  short.close();
  let closedCode: unknown;
  try {
    short.snapshot();
  } catch (error) {
    closedCode = (error as { code?: unknown }).code;
  }
  reportEqual('a closed data plane refuses to work', closedCode, 'ERR_IPSEC_DATAPLANE');
}

/** Sockets with the options dgram lacks. */
async function sockets(): Promise<void> {
  const got: string[] = [];
  const failures: string[] = [];
  const receiver = openUdpSocket({
    ...{ address: here, port: 4500, encapsulateEsp: true },
    onDatagram: ({ bytes }) => got.push(toHex(bytes)),
    onError: ({ code }) => failures.push(code),
  });
  const sender = openUdpSocket({
    ...{ address: here, port: 4501 },
    onDatagram: () => undefined,
    onError: ({ code }) => failures.push(code),
  });
  const remote = { address: here, port: 4500 };
  const keepalive = Uint8Array.of(0xff);
  const esp = new Uint8Array(40).fill(7);
  const ike = Uint8Array.of(0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8);
  for (const bytes of [keepalive, esp, ike]) sender.send(remote, bytes);
  for (let i = 0; i < 100 && got.length === 0; i += 1) await pause(20);
  reportEqual('RFC 3948: the kernel keeps keepalives and ESP, IKE comes through', got, [
    toHex(ike),
  ]);

  const before = fragmentsCreated();
  sender.send({ address: there, port: 500 }, new Uint8Array(4000));
  reportEqual(
    'a message above the MTU leaves in fragments',
    [failures, fragmentsCreated() - before],
    [[], 3],
  );
  receiver.close();
  sender.close();
}

/** The counter FragCreates of this network namespace. */
function fragmentsCreated(): number {
  const [names = '', values = ''] = readFileSync('/proc/net/snmp', 'utf8').split('\n');
  return Number(values.split(' ')[names.split(' ').indexOf('FragCreates')]);
}

function missingEsp(): void {
  const { esp, encryption } = dataPlane.capabilities;
  let code: unknown;
  try {
    openXfrm({ requireEsp: true }).close();
  } catch (error) {
    code = (error as { code?: unknown }).code;
  }
  reportEqual('E-10 a kernel without ESP is told', [code], [esp ? undefined : 'ERR_IPSEC_NO_ESP']);
  reportEqual('E-10 without ESP there is no cipher', encryption.length > 0, esp);
}

missingEsp();
roundTrip();
updateInPlace();
refusals();
reservedSpis();
await acquires();
await othersEntries();
await inheritedPolicies();
directions();
await overrun();
await closing();
await sockets();
const thresholds = dataPlane.setPolicyHashThresholds({ localBits: 16, remoteBits: 24 });
reportEqual('the hash thresholds are set', thresholds, { kind: 'ok' });
const beyond = dataPlane.setPolicyHashThresholds({ localBits: 33, remoteBits: 24 });
reportEqual('impossible ones are refused', beyond.kind, 'refused');
withoutDescriptors();
// The process ends by itself only if close() leaves nothing on the event loop.
dataPlane.close();
