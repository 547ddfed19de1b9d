/** The memory data plane: what happens to packets, policies and SAs, as Linux would have it. */
import { describe, expect, test } from '@jest/globals';
import { type Instant, instant } from '../../../../../lib/core/base/instant.js';
import { Secret } from '../../../../../lib/core/base/secret.js';
import { reverseSelector, type TrafficSelector } from '../../../../../lib/core/base/selector.js';
import {
  MemoryDataPlane,
  type MemoryDataPlaneOptions,
} from '../../../../../lib/core/dataplane/memory/memory-data-plane.js';
import type { EncryptedPacket, Packet } from '../../../../../lib/core/dataplane/memory/packet.js';
import type {
  DataPlaneEvent,
  DataPlaneOperation,
  DataPlanePolicy,
  DataPlaneResult,
  IpsecSa,
  PolicyTemplate,
  SaLifetime,
} from '../../../../../lib/core/dataplane/types.js';

const [a, b] = ['1.0.0.1', '1.0.0.2'];
const epochAtZero = 1_000_000_000;
const at = (seconds: number): Instant => instant(seconds * 1000);

const lan: TrafficSelector = {
  source: { address: '10.1.0.0', length: 24 },
  destination: { address: '10.2.0.0', length: 24 },
  protocol: 0,
  sourcePorts: 'any',
  destinationPorts: 'any',
};
const ping: Packet = { source: '10.1.0.5', destination: '10.2.0.5', protocol: 1, bytes: 84 };
const pong: Packet = { ...ping, source: ping.destination, destination: ping.source };

const template: PolicyTemplate = {
  protocol: 'esp',
  mode: 'tunnel',
  source: a,
  destination: b,
  reqid: 7,
  optional: false,
};
const outPolicy: DataPlanePolicy = {
  direction: 'out',
  selector: lan,
  priority: 1000,
  action: 'protect',
  templates: [template],
};
/** The inbound half of `outPolicy` as the other end has it, for packets that go on into its LAN. */
const forwardPolicy: DataPlanePolicy = { ...outPolicy, direction: 'fwd' };

const noLifetime: SaLifetime = { softSeconds: 0, hardSeconds: 0, softBytes: 0, hardBytes: 0 };

function sa(fields: Partial<IpsecSa> = {}): IpsecSa {
  return {
    protocol: 'esp',
    spi: 0x1000,
    source: a,
    destination: b,
    direction: 'out',
    reqid: 7,
    mode: 'tunnel',
    encryption: 'aes-128',
    integrity: 'sha1',
    encryptionKey: new Secret(new Uint8Array(16).fill(1)),
    integrityKey: new Secret(new Uint8Array(20).fill(2)),
    replayWindow: 32,
    lifetime: noLifetime,
    ...fields,
  };
}

const withLifetime = (lifetime: Partial<SaLifetime>) =>
  sa({ lifetime: { ...noLifetime, ...lifetime } });

/** A data plane, its events with the second they came in, and shorthands. */
function create(options: Partial<MemoryDataPlaneOptions> = {}) {
  let counter = 0;
  const plane = new MemoryDataPlane({
    random: (length) => {
      counter += 1;
      return Uint8Array.from({ length }, (_, index) => (index === length - 1 ? counter : 1));
    },
    epochAtZero,
    now: at(0),
    ...options,
  });
  const events: DataPlaneEvent[] = [];
  plane.onEvent((event) => events.push(event));
  return {
    plane,
    events,
    apply: (...operations: readonly DataPlaneOperation[]) => plane.apply(operations),
    install: (...sas: readonly IpsecSa[]) =>
      plane.apply(sas.map((one) => ({ kind: 'installSa', sa: one }))),
    policies: (...policies: readonly DataPlanePolicy[]) =>
      plane.apply(policies.map((policy) => ({ kind: 'installPolicy', policy }))),
    spis: () => plane.snapshot().sas.map(({ spi, state }) => `${spi.toString(16)} ${state}`),
  };
}

function encrypted(result: ReturnType<MemoryDataPlane['sendPacket']>): EncryptedPacket {
  if (result.kind !== 'encrypted') throw new Error(`not encrypted: ${JSON.stringify(result)}`);
  return result.packet;
}

const codes = (results: readonly DataPlaneResult[]) =>
  results.map((result) => (result.kind === 'ok' ? 'ok' : result.code));

describe('policies', () => {
  test('are keyed by direction and selector, not by priority (E-03)', () => {
    const { policies, plane } = create();
    const results = policies(
      outPolicy,
      { ...outPolicy, priority: 1 },
      { ...outPolicy, direction: 'in' },
      { ...outPolicy, selector: { ...lan, protocol: 6 } },
    );
    expect(codes(results)).toEqual(['ok', 'EEXIST', 'ok', 'ok']);
    expect(plane.snapshot().policies).toHaveLength(3);
  });

  test('are changed in place and removed by their key, or refused when they are not there', () => {
    const { apply, policies, plane } = create();
    const changed = { ...outPolicy, priority: 3000, action: 'discard', templates: [] } as const;
    const other = { ...outPolicy, selector: reverseSelector(lan) };
    policies(outPolicy);
    expect(codes(apply({ kind: 'updatePolicy', policy: changed }))).toEqual(['ok']);
    expect(plane.snapshot().policies).toEqual([changed]);
    const missing = apply(
      { kind: 'updatePolicy', policy: other },
      { kind: 'removePolicy', policy: other },
      { kind: 'removePolicy', policy: outPolicy },
      { kind: 'removePolicy', policy: outPolicy },
    );
    expect(codes(missing)).toEqual(['ENOENT', 'ENOENT', 'ok', 'ENOENT']);
    expect(plane.snapshot().policies).toEqual([]);
  });

  test('of lower priority number win, whatever their order (E-02)', () => {
    const bypass = { ...outPolicy, selector: { ...lan, protocol: 1 }, priority: 999 };
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const { policies, plane } = create();
      const both = [outPolicy, { ...bypass, action: 'bypass', templates: [] } as const];
      for (const index of order) policies(both[index] ?? outPolicy);
      expect(plane.sendPacket(ping, at(0))).toEqual({ kind: 'clear' });
      expect(plane.sendPacket({ ...ping, protocol: 17 }, at(0)).kind).toBe('dropped');
    }
  });

  test('match by prefix, protocol and ports', () => {
    const { policies, plane } = create();
    const selector = {
      ...lan,
      protocol: 17,
      sourcePorts: { first: 1000, last: 1999 },
      destinationPorts: { first: 53, last: 53 },
    };
    policies({ ...outPolicy, selector, action: 'discard', templates: [] });
    const dns = { ...ping, protocol: 17, ports: { source: 1999, destination: 53 } };
    const fate = (packet: Packet) => plane.sendPacket(packet, at(0)).kind;
    expect(fate(dns)).toBe('dropped');
    expect(fate({ ...dns, ports: { source: 2000, destination: 53 } })).toBe('clear');
    expect(fate({ ...dns, ports: { source: 1000, destination: 54 } })).toBe('clear');
    expect(fate({ ...dns, protocol: 6 })).toBe('clear');
    expect(fate({ ...dns, source: '10.1.1.5' })).toBe('clear');
    expect(fate({ ...ping, protocol: 17 })).toBe('clear');
  });

  test('that no kernel takes are refused: optional tunnel outbound, seven templates (E-13, E-14)', () => {
    const { policies } = create();
    const optional = [{ ...template, optional: true }];
    const results = policies(
      { ...outPolicy, templates: optional },
      { ...outPolicy, direction: 'in', templates: optional },
      { ...outPolicy, templates: Array.from({ length: 7 }, () => template) },
      { ...outPolicy, templates: [] },
    );
    expect(codes(results)).toEqual(['EINVAL', 'ok', 'EINVAL', 'EINVAL']);
  });
});

describe('reserved SPIs', () => {
  const reserve = {
    kind: 'allocateSpi',
    protocol: 'esp',
    mode: 'tunnel',
    source: b,
    destination: a,
    reqid: 7,
  } as const;

  test('are at least 256, differ, and stand as larval until the SA comes', () => {
    const drawn = ['000000ff', '00000000', '00000100', '00000100', '00000101'];
    const { apply, install, spis } = create({
      random: () => Uint8Array.from(Buffer.from(drawn.shift() ?? '', 'hex')),
    });
    expect(apply(reserve, reserve)).toEqual([
      { kind: 'ok', spi: 0x100 },
      { kind: 'ok', spi: 0x101 },
    ]);
    expect(spis()).toEqual(['100 larval', '101 larval']);
    const inbound = sa({ spi: 0x100, source: b, destination: a, direction: 'in' });
    expect(codes(install(inbound, inbound))).toEqual(['ok', 'EEXIST']);
    expect(spis()).toEqual(['101 larval', '100 mature']);
  });

  test('are given up after 30 seconds', () => {
    const { apply, plane, events, spis } = create();
    apply(reserve);
    plane.advance(at(29));
    expect([events, spis().length]).toEqual([[], 1]);
    expect(plane.nextTimeout()).toBe(at(30));
    plane.advance(at(30));
    expect(events).toMatchObject([{ kind: 'expire', reqid: 7, hard: true }]);
    expect(spis()).toEqual([]);
  });

  test('are refused when the random source gives no free one', () => {
    const { apply } = create({ random: (length) => new Uint8Array(length) });
    expect(codes(apply(reserve))).toEqual(['ENOENT']);
  });
});

describe('SAs', () => {
  test('are refused with wrong key lengths, without algorithm, twice, or when not there', () => {
    const { apply, install } = create();
    const short = new Secret(new Uint8Array(15));
    const { encryption: _, ...withoutEncryption } = sa();
    const results = install(
      sa({ encryptionKey: short }),
      sa({ integrityKey: short }),
      withoutEncryption,
      sa({ protocol: 'ah' }),
      sa({ spi: 0 }),
      sa(),
      sa({ source: '1.0.0.9' }),
    );
    expect(codes(results)).toEqual([
      'EINVAL',
      'EINVAL',
      'EINVAL',
      'EINVAL',
      'EINVAL',
      'ok',
      'EEXIST',
    ]);
    const remove = { kind: 'removeSa', id: sa() } as const;
    expect(codes(apply(remove, remove))).toEqual(['ok', 'ESRCH']);
  });

  test('are refused where the capabilities lack them (E-10)', () => {
    const { install, plane } = create({ capabilities: { esp: false, encryption: ['3des'] } });
    expect(codes(install(sa()))).toEqual(['EPROTONOSUPPORT']);
    expect(plane.capabilities).toMatchObject({ name: 'memory', esp: false, ah: true });
    const withoutAes = create({ capabilities: { encryption: ['3des'], integrity: ['md5'] } });
    const tripleDes = {
      encryption: '3des',
      encryptionKey: new Secret(new Uint8Array(24)),
    } as const;
    expect(codes(withoutAes.install(sa(), sa(tripleDes)))).toEqual(['ENOSYS', 'ENOSYS']);
  });

  test('count bytes, packets and the time of first use (E-32)', () => {
    const { install, policies, plane } = create();
    policies(outPolicy);
    plane.advance(at(5));
    install(sa());
    plane.sendPacket(ping, at(9));
    plane.sendPacket({ ...ping, bytes: 100 }, at(12));
    expect(plane.snapshot().sas[0]?.counters).toEqual({
      bytes: 184,
      packets: 2,
      addTime: epochAtZero + 5,
      useTime: epochAtZero + 9,
      replayErrors: 0,
      integrityErrors: 0,
    });
  });
});

describe('an outbound packet', () => {
  test('leaves in clear where no policy or a bypass matches, and is dropped by a discard', () => {
    const { policies, plane } = create();
    expect(plane.sendPacket(ping, at(0))).toEqual({ kind: 'clear' });
    policies({ ...outPolicy, action: 'discard', templates: [] });
    expect(plane.sendPacket(ping, at(0))).toEqual({ kind: 'dropped', reason: 'OutPolBlock' });
  });

  test('without an SA is dropped and asks once until 30 seconds have passed (E-11)', () => {
    const { policies, plane, events, spis } = create();
    policies(outPolicy);
    for (const second of [0, 1, 29]) {
      expect(plane.sendPacket(ping, at(second))).toEqual({
        kind: 'dropped',
        reason: 'OutNoStates',
      });
    }
    const acquire = { kind: 'acquire', reqid: 7, protocol: 'esp', source: a, destination: b };
    expect(events).toEqual([acquire]);
    expect(spis()).toEqual(['0 larval']);
    plane.sendPacket(ping, at(30));
    expect(events.map(({ kind }) => kind)).toEqual(['acquire', 'expire', 'acquire']);
  });

  test('asks for each template by itself', () => {
    const { policies, plane, events } = create();
    policies(outPolicy, {
      ...outPolicy,
      selector: { ...lan, protocol: 6 },
      priority: 1,
      templates: [{ ...template, reqid: 8 }],
    });
    plane.sendPacket(ping, at(0));
    plane.sendPacket({ ...ping, protocol: 6 }, at(0));
    expect(events).toMatchObject([{ reqid: 7 }, { reqid: 8 }]);
  });

  test('no longer asks once the SA is there, and the pending question is gone', () => {
    const { policies, install, plane, events, spis } = create();
    policies(outPolicy);
    plane.sendPacket(ping, at(0));
    install(sa());
    expect(spis()).toEqual(['1000 mature']);
    expect(encrypted(plane.sendPacket(ping, at(1)))).toMatchObject({
      source: a,
      destination: b,
      protocol: 'esp',
      mode: 'tunnel',
      spi: 0x1000,
      sequenceNumber: 1,
      inner: ping,
    });
    plane.advance(at(100));
    expect(events.map(({ kind }) => kind)).toEqual(['acquire']);
  });

  test('with an optional transport template passes in clear and still asks (E-12)', () => {
    const { policies, plane, events } = create();
    policies({ ...outPolicy, templates: [{ ...template, mode: 'transport', optional: true }] });
    expect(plane.sendPacket(ping, at(0))).toEqual({ kind: 'clear' });
    expect(events).toMatchObject([{ kind: 'acquire', reqid: 7 }]);
  });

  test.each([
    ['reqid', { reqid: 8 }],
    ['mode', { mode: 'transport' }],
    ['destination', { destination: '1.0.0.3' }],
    ['source', { source: '1.0.0.3' }],
    ['direction', { direction: 'in' }],
  ] as const)('does not use an SA of another %s (E-05)', (_, fields) => {
    const { policies, install, plane } = create();
    policies(outPolicy);
    install(sa(fields));
    expect(plane.sendPacket(ping, at(0))).toEqual({ kind: 'dropped', reason: 'OutNoStates' });
  });

  test('uses the newest mature SA, and a dying one only if there is no other (R-68)', () => {
    const { policies, install, apply, plane } = create();
    policies(outPolicy);
    const dying = { ...noLifetime, softSeconds: 10, hardSeconds: 100 };
    install(sa({ spi: 0x1001, lifetime: noLifetime }));
    plane.advance(at(1));
    install(sa({ spi: 0x1002, lifetime: dying }));
    const used = (second: number) => encrypted(plane.sendPacket(ping, at(second))).spi;
    expect(used(2)).toBe(0x1002);
    expect(used(11)).toBe(0x1001);
    apply({ kind: 'removeSa', id: sa({ spi: 0x1001 }) });
    expect(used(12)).toBe(0x1002);
  });

  test('uses the later of two SAs that were installed at the same instant', () => {
    const { policies, install, plane } = create();
    policies(outPolicy);
    install(sa({ spi: 0x1002 }), sa({ spi: 0x1001 }));
    expect(encrypted(plane.sendPacket(ping, at(0))).spi).toBe(0x1001);
  });

  test('goes through a bundle of templates innermost first (E-07)', () => {
    const { policies, install, plane } = create();
    policies({ ...outPolicy, templates: [template, { ...template, protocol: 'ah' }] });
    const { encryption: _, ...noEncryption } = sa();
    const none = new Secret(new Uint8Array(0));
    install(sa(), { ...noEncryption, protocol: 'ah', spi: 0x2000, encryptionKey: none });
    expect(encrypted(plane.sendPacket(ping, at(0)))).toMatchObject({
      protocol: 'ah',
      spi: 0x2000,
      inner: { protocol: 'esp', spi: 0x1000, inner: ping },
    });
  });
});

/** Two data planes, a sending and a receiving one, with the same SA on both. */
function createPair(fields: Partial<IpsecSa> = {}, receiver: Partial<IpsecSa> = fields) {
  const [left, right] = [create(), create()];
  left.policies(outPolicy);
  left.install(sa(fields));
  right.policies(forwardPolicy);
  right.install(sa({ ...receiver, direction: 'in' }));
  const send = (second = 0) => encrypted(left.plane.sendPacket(ping, at(second)));
  const receive = (packet: Packet | EncryptedPacket, second = 0) =>
    right.plane.receivePacket(packet, at(second));
  return { left, right, send, receive };
}

describe('an inbound packet', () => {
  test('is delivered as it was sent, and counted', () => {
    const { send, receive, right } = createPair();
    expect(receive(send())).toEqual({ kind: 'delivered', packet: ping });
    expect(right.plane.snapshot().sas[0]?.counters).toMatchObject({ bytes: 84, packets: 1 });
  });

  test('is dropped when its SA is not there, or is one for sending', () => {
    const { send, receive, right } = createPair();
    const packet = send();
    expect(receive({ ...packet, spi: 0x9999 })).toEqual({ kind: 'dropped', reason: 'InNoStates' });
    right.apply({ kind: 'removeSa', id: sa() });
    right.install(sa());
    expect(receive(packet)).toEqual({ kind: 'dropped', reason: 'InNoStates' });
  });

  test.each([
    ['encryption key', { encryptionKey: new Secret(new Uint8Array(16).fill(9)) }],
    ['integrity key', { integrityKey: new Secret(new Uint8Array(20).fill(9)) }],
  ])('is dropped and counted when the two ends have another %s', (_, fields) => {
    const { send, receive, right } = createPair({}, fields);
    expect(receive(send())).toEqual({ kind: 'dropped', reason: 'InStateProtoError' });
    expect(right.plane.snapshot().sas[0]?.counters).toMatchObject({
      bytes: 0,
      integrityErrors: 1,
    });
  });

  test('is accepted once, and not when it is older than the window (RFC 4303 3.4.3)', () => {
    const { send, receive, right } = createPair();
    const packets = Array.from({ length: 40 }, () => send());
    const fate = (number: number) => {
      const packet = packets[number - 1];
      if (!packet) throw new Error(`packet ${number}`);
      return receive(packet).kind;
    };
    const order = [2, 1, 1, 2, 40, 9, 8, 39, 40];
    expect(order.map(fate)).toEqual([
      'delivered',
      'delivered',
      'dropped',
      'dropped',
      'delivered',
      'delivered',
      'dropped',
      'delivered',
      'dropped',
    ]);
    expect(right.plane.snapshot().sas[0]?.counters).toMatchObject({ packets: 5, replayErrors: 4 });
  });

  test('may come twice when there is no window', () => {
    const { send, receive } = createPair({ replayWindow: 0 });
    const packet = send();
    expect([receive(packet).kind, receive(packet).kind]).toEqual(['delivered', 'delivered']);
  });

  test("is dropped when the SA it came through is not the policy's (R-23)", () => {
    const { send, receive } = createPair({}, { reqid: 8 });
    expect(receive(send())).toEqual({ kind: 'dropped', reason: 'InTmplMismatch' });
  });

  test('out of a tunnel is dropped when no policy or a bypass is for it', () => {
    const { send, receive, right } = createPair();
    right.apply({ kind: 'removePolicy', policy: forwardPolicy });
    expect(receive(send())).toEqual({ kind: 'dropped', reason: 'InNoPols' });
    right.policies({ ...forwardPolicy, action: 'bypass', templates: [] });
    expect(receive(send())).toEqual({ kind: 'dropped', reason: 'InTmplMismatch' });
  });

  test('in clear is dropped where an SA is required, and passes where it is optional (E-16)', () => {
    const inbound: DataPlanePolicy = { ...outPolicy, direction: 'in' };
    const { policies, apply, plane } = create();
    expect(plane.receivePacket(ping, at(0)).kind).toBe('delivered');
    policies(inbound);
    const mismatch = { kind: 'dropped', reason: 'InTmplMismatch' };
    expect(plane.receivePacket(ping, at(0))).toEqual(mismatch);
    expect(plane.receivePacket(pong, at(0)).kind).toBe('delivered');
    const optional = { ...inbound, templates: [{ ...template, optional: true }] };
    apply({ kind: 'updatePolicy', policy: optional });
    expect(plane.receivePacket(ping, at(0)).kind).toBe('delivered');
    apply({ kind: 'updatePolicy', policy: { ...inbound, action: 'discard', templates: [] } });
    expect(plane.receivePacket(ping, at(0))).toEqual({ kind: 'dropped', reason: 'InPolBlock' });
  });

  test('of transport mode is judged by the in policy', () => {
    const hosts = {
      ...lan,
      source: { address: a, length: 32 },
      destination: { address: b, length: 32 },
    };
    const transport = { ...template, mode: 'transport' } as const;
    const policy = { ...outPolicy, selector: hosts, templates: [transport] };
    const [left, right] = [create(), create()];
    left.policies(policy);
    left.install(sa({ mode: 'transport' }));
    right.policies({ ...policy, direction: 'in' });
    right.install(sa({ mode: 'transport', direction: 'in' }));
    const packet = { ...ping, source: a, destination: b };
    const sent = encrypted(left.plane.sendPacket(packet, at(0)));
    expect(right.plane.receivePacket(sent, at(0))).toEqual({ kind: 'delivered', packet });
  });

  test("of a bundle is delivered only when both of its SAs are the policy's", () => {
    const [left, right] = [create(), create()];
    const templates = [template, { ...template, protocol: 'ah' } as const];
    left.policies({ ...outPolicy, templates });
    right.policies({ ...forwardPolicy, templates });
    const { encryption: _, ...noEncryption } = sa();
    const none = new Secret(new Uint8Array(0));
    const ah: IpsecSa = { ...noEncryption, protocol: 'ah', spi: 0x2000, encryptionKey: none };
    left.install(sa(), ah);
    right.install(sa({ direction: 'in' }), { ...ah, direction: 'in' });
    const both = encrypted(left.plane.sendPacket(ping, at(0)));
    expect(right.plane.receivePacket(both, at(0))).toEqual({ kind: 'delivered', packet: ping });
    const next = encrypted(left.plane.sendPacket(ping, at(0)));
    expect(right.plane.receivePacket(next.inner, at(0))).toEqual({
      kind: 'dropped',
      reason: 'InTmplMismatch',
    });
  });
});

describe('lifetimes', () => {
  test('in seconds give a soft expiry, then a hard one that removes the SA (R-67..R-69, E-31)', () => {
    const { install, plane, events, spis } = create();
    plane.advance(at(3));
    install(withLifetime({ softSeconds: 16, hardSeconds: 20 }));
    expect(plane.nextTimeout()).toBe(at(19));
    plane.advance(at(18.999));
    expect(events).toEqual([]);
    plane.advance(at(19));
    const id = { protocol: 'esp', spi: 0x1000, source: a, destination: b };
    expect(events).toEqual([{ kind: 'expire', id, reqid: 7, hard: false }]);
    expect([spis(), plane.nextTimeout()]).toEqual([['1000 dying'], at(23)]);
    plane.advance(at(23));
    expect(events[1]).toEqual({ kind: 'expire', id, reqid: 7, hard: true });
    expect([spis(), plane.nextTimeout()]).toEqual([[], undefined]);
  });

  test('of several SAs come in the order of their instants in one long advance', () => {
    const { install, plane, events } = create();
    install(
      sa({ spi: 0x1001, lifetime: { ...noLifetime, softSeconds: 5, hardSeconds: 30 } }),
      sa({ spi: 0x1002, lifetime: { ...noLifetime, softSeconds: 10, hardSeconds: 20 } }),
    );
    plane.advance(at(1000));
    const told = events.map((event) =>
      event.kind === 'expire' ? `${event.id.spi.toString(16)} ${event.hard}` : event.kind,
    );
    expect(told).toEqual(['1001 false', '1002 false', '1002 true', '1001 true']);
  });

  test('count from the instant of an expiry for an SA that its listener installs', () => {
    const { install, plane } = create();
    plane.onEvent((event) => {
      if (event.kind === 'expire' && event.id.spi === 0x1000) install(sa({ spi: 0x1001 }));
    });
    install(withLifetime({ hardSeconds: 20 }));
    plane.advance(at(500));
    expect(plane.snapshot().sas).toMatchObject([
      { spi: 0x1001, counters: { addTime: epochAtZero + 20 } },
    ]);
  });

  test('in bytes are judged before each packet: soft once, hard drops it (R-67)', () => {
    const { install, policies, plane, events, spis } = create();
    policies(outPolicy);
    install(withLifetime({ softBytes: 160, hardBytes: 250 }));
    const fates = [0, 1, 2, 3].map((second) => plane.sendPacket(ping, at(second)).kind);
    expect(fates).toEqual(['encrypted', 'encrypted', 'encrypted', 'dropped']);
    expect(events).toMatchObject([
      { kind: 'expire', hard: false },
      { kind: 'expire', hard: true },
    ]);
    expect(spis()).toEqual([]);
  });

  test('in bytes hold for received packets as well', () => {
    const { send, receive, right } = createPair(
      {},
      { lifetime: { ...noLifetime, softBytes: 84, hardBytes: 168 } },
    );
    expect([0, 1, 2].map((second) => receive(send(second), second))).toEqual([
      { kind: 'delivered', packet: ping },
      { kind: 'delivered', packet: ping },
      { kind: 'dropped', reason: 'InStateExpired' },
    ]);
    expect(right.events).toMatchObject([
      { kind: 'expire', hard: false },
      { kind: 'expire', hard: true },
    ]);
  });

  test('give one soft expiry only, even if seconds and bytes both run out (R-68)', () => {
    const { install, policies, plane, events } = create();
    policies(outPolicy);
    install(withLifetime({ softSeconds: 10, softBytes: 84 }));
    for (const second of [0, 1, 2, 11, 12]) plane.sendPacket(ping, at(second));
    expect(events).toHaveLength(1);
  });
});

describe('the rest of the port', () => {
  test('tells of SAs that somebody else removed, and of lost events', () => {
    const { install, plane, events, spis } = create();
    install(sa());
    plane.flushSas();
    plane.overrun();
    expect(events).toEqual([
      {
        kind: 'removed',
        id: { protocol: 'esp', spi: 0x1000, source: a, destination: b },
        reqid: 7,
      },
      { kind: 'overrun' },
    ]);
    expect(spis()).toEqual([]);
  });

  test('says nothing of an SA that was removed through it', () => {
    const { install, apply, events } = create();
    install(sa());
    apply({ kind: 'removeSa', id: sa() });
    expect(events).toEqual([]);
  });

  test('is silent when closed and keeps what is installed', () => {
    const { install, plane, events } = create();
    install(withLifetime({ softSeconds: 1, hardSeconds: 10 }));
    plane.close();
    plane.advance(at(2));
    expect(events).toEqual([]);
    expect(plane.snapshot().sas).toHaveLength(1);
  });

  test('does not let time go back', () => {
    const { install, plane } = create();
    plane.advance(at(50));
    plane.advance(at(10));
    install(sa());
    expect(plane.snapshot().sas[0]?.counters.addTime).toBe(epochAtZero + 50);
  });

  test('shows no key in JSON', () => {
    const { install, plane } = create();
    install(sa());
    expect(JSON.stringify(plane.snapshot())).toContain('"encryptionKey":"***"');
  });
});
