/** What `explain` says of packets: who decides, what becomes of them, and what to change (D.1, D.2). */
import { describe, expect, test } from '@jest/globals';
import { ExplainWorld, now } from './explain-world.js';

const ends = 'sa-src-address=1.0.0.1 sa-dst-address=1.0.0.2';
const nets = 'src-address=10.1.0.0/24 dst-address=10.2.0.0/24';
const tunnel = `add action=encrypt tunnel=yes ${nets} ${ends}`;
const keyed = [
  '/ip ipsec peer add address=1.0.0.2',
  '/ip ipsec pre-shared-secret add address=1.0.0.2 secret="nobody guesses this"',
];
const ping = 'src=10.1.0.5 dst=10.2.0.7';

function tunnelWorld(level = 'require'): ExplainWorld {
  const world = new ExplainWorld();
  world.run(...keyed, `/ip ipsec policy ${tunnel} level=${level}`);
  return world;
}

describe('explain of a packet', () => {
  test('R-05 tells the SA it leaves in, both ways', () => {
    const world = tunnelWorld();
    world.giveSas(0);
    expect(world.explain(ping)).toBe(
      [
        'out 10.1.0.5 -> 10.2.0.7 icmp: it leaves encrypted',
        '  /ip ipsec policy 0 decides: action=encrypt level=require ipsec-protocols=esp tunnel=yes sa-src-address=1.0.0.1 sa-dst-address=1.0.0.2',
        '    esp tunnel 1.0.0.1 -> 1.0.0.2 spi=1001 (3des, sha1), of /ip ipsec policy 0',
        'in 10.2.0.7 -> 10.1.0.5 icmp: the answer, through this router, must come encrypted',
        '  /ip ipsec policy 0 decides: action=encrypt level=require ipsec-protocols=esp tunnel=yes sa-src-address=1.0.0.1 sa-dst-address=1.0.0.2',
        '    esp tunnel 1.0.0.2 -> 1.0.0.1 spi=1002 (3des, sha1), of /ip ipsec policy 0',
      ].join('\n'),
    );
  });

  test('R-02 R-03 R-31 says of each earlier row why it does not decide', () => {
    const world = new ExplainWorld();
    world.run(
      '/ip ipsec policy',
      'add disabled=yes action=drop src-address=10.1.0.0/24 dst-address=10.2.0.0/24 protocol=gre',
      'add action=drop src-address=10.1.0.0/24 dst-address=10.9.0.0/24',
      'add action=drop src-address=10.1.0.0/24 dst-address=10.2.0.0/24 protocol=udp',
      'add action=drop src-address=10.1.0.0/24 dst-address=10.2.0.0/24:25 protocol=tcp',
      `add action=encrypt src-address=0.0.0.0/0 dst-address=0.0.0.0/0 ${ends}`,
      'add action=encrypt sa-src-address=1.0.0.1',
      'add action=accept src-address=10.1.0.0/24 dst-address=10.2.0.0/24 protocol=tcp',
    );
    const told = world.explain(`${ping} protocol=tcp dst-port=80 src-port=1024`);
    expect(told.split('\nin ')[0]).toBe(
      [
        'out 10.1.0.5:1024 -> 10.2.0.7:80 tcp: it leaves in clear',
        '  /ip ipsec policy 0 does not decide: it is disabled',
        '  /ip ipsec policy 1 does not decide: its dst-address 10.9.0.0/24 does not contain 10.2.0.7',
        "  /ip ipsec policy 2 does not decide: its protocol is udp, the packet's tcp",
        "  /ip ipsec policy 3 does not decide: its dst-address names port 25, and the packet's is 80",
        '  /ip ipsec policy 4 does not decide: tunnel=no serves the ends of its SAs alone, and 10.1.0.5 is not 1.0.0.1; tunnel=no serves the ends of its SAs alone, and 10.2.0.7 is not 1.0.0.2',
        '  /ip ipsec policy 5 does not decide: it is invalid: sa-dst-address is not set: action=encrypt needs both ends of the SAs; it is invalid: dst-address is not set: give it (0.0.0.0/0 matches every address), or give the SA address it follows',
        '  /ip ipsec policy 6 decides: action=accept',
      ].join('\n'),
    );
  });

  test('R-02 without a match it leaves in clear', () => {
    expect(new ExplainWorld().explain(ping)).toBe(
      [
        'out 10.1.0.5 -> 10.2.0.7 icmp: it leaves in clear',
        '  no policy matches, so it passes as it is',
        'in 10.2.0.7 -> 10.1.0.5 icmp: the answer, through this router, may come in clear',
        '  no policy matches, so it passes as it is',
      ].join('\n'),
    );
  });

  test.each([
    ['require', 'it is dropped', 'must come encrypted'],
    ['acquire', 'it leaves in clear', 'may come in clear while there are no SAs'],
    ['use', 'it leaves in clear', 'may come in clear while there are no SAs'],
  ])('R-06 R-25 level=%s without SAs: %s', (level, out, back) => {
    const told = tunnelWorld(level).explain(ping);
    expect(told).toContain(`icmp: ${out}`);
    expect(told).toContain(back);
    expect(told).toContain(
      level === 'use'
        ? 'level=use never asks for them itself'
        : 'the next packet asks IKE for them',
    );
  });

  test('R-07 R-50 R-53 without SAs says which row is missing', () => {
    const world = new ExplainWorld();
    world.run(`/ip ipsec policy ${tunnel}`);
    expect(world.explain(ping)).toContain('no enabled /ip ipsec peer row has 1.0.0.2: add one');
    world.run('/ip ipsec peer add address=1.0.0.2');
    expect(world.explain(ping)).toContain('no enabled /ip ipsec pre-shared-secret row has 1.0.0.2');
  });

  test('without SAs says why the last negotiation failed', () => {
    const world = tunnelWorld();
    world.facts({
      failureOf: () => 'phase 1 with 1.0.0.2 failed: it does not answer (3 s ago)',
    });
    expect(world.explain(ping)).toContain(
      '! the last negotiation failed: phase 1 with 1.0.0.2 failed: it does not answer (3 s ago)',
    );
  });

  test('R-16 IKE itself passes', () => {
    const world = new ExplainWorld();
    world.run(...keyed, `/ip ipsec policy add action=encrypt ${ends}`);
    const told = world.explain('src=1.0.0.1 dst=1.0.0.2 protocol=udp src-port=500 dst-port=500');
    expect(told).toContain('out 1.0.0.1:500 -> 1.0.0.2:500 udp: it leaves in clear');
    expect(told).toContain('the packets of IKE itself pass');
    expect(world.explain('src=1.0.0.1 dst=1.0.0.2')).toContain('it is dropped');
  });

  test('R-11 R-14 tells the SAs of a nested policy in the order they are applied', () => {
    const world = tunnelWorld();
    world.run(`/ip ipsec policy add action=encrypt ipsec-protocols=ah ${ends}`);
    world.giveSas(0, 1);
    const [, , first, second] = world.explain(ping).split('\n');
    expect(first).toMatch(/^ {4}esp tunnel 1\.0\.0\.1 -> 1\.0\.0\.2 .*, of \/ip ipsec policy 0$/);
    expect(second).toMatch(
      /^ {4}ah transport 1\.0\.0\.1 -> 1\.0\.0\.2 .*, of \/ip ipsec policy 1$/,
    );
  });

  test('R-13 a nested policy without SAs drops it, and is named', () => {
    const world = tunnelWorld();
    world.run(`/ip ipsec policy add action=encrypt ipsec-protocols=ah ${ends}`);
    world.giveSas(0);
    expect(world.explain(ping)).toContain(
      '! /ip ipsec policy 1 requires an SA ah 1.0.0.1 -> 1.0.0.2, and there is none',
    );
  });

  test('a policy of another program that stands before ours is told', () => {
    const world = tunnelWorld();
    world.giveSas(0);
    world.installForeign({
      direction: 'out',
      selector: {
        source: { address: '10.1.0.0', length: 16 },
        destination: { address: '10.2.0.0', length: 16 },
        protocol: 0,
        sourcePorts: 'any',
        destinationPorts: 'any',
      },
      priority: 10,
      action: 'bypass',
      templates: [],
    });
    const told = world.explain(ping);
    expect(told).toContain('it leaves in clear');
    expect(told).toContain('stands before /ip ipsec policy 0: remove it there');
    expect(told).toContain('ip xfrm policy list dir out');
  });

  test('a row the kernel does not hold is told', () => {
    const world = tunnelWorld();
    const [policy] = world.plane
      .snapshot()
      .policies.filter(({ direction, priority }) => direction === 'out' && priority > 1);
    if (policy === undefined) throw new Error('no policy');
    world.plane.apply([{ kind: 'removePolicy', policy }]);
    world.look();
    expect(world.explain(ping)).toContain('the kernel does not hold /ip ipsec policy 0');
  });

  test('E-15 source NAT is told, and the policies look at what it makes of the packet', () => {
    const world = tunnelWorld();
    world.facts({
      sourceNatOf: () => ({ rule: 'oifname "eth0" masquerade', source: '1.0.0.1' }),
    });
    // Linux looks before as well.
    expect(world.explain(ping)).toContain('out 10.1.0.5 -> 10.2.0.7 icmp: it is dropped');
    world.giveSas(0);
    const told = world.explain(ping);
    expect(told).toContain('out 1.0.0.1 -> 10.2.0.7 icmp: it leaves in clear');
    expect(told).toContain(
      '! source NAT makes 10.1.0.5 1.0.0.1 before policies look at the packet (oifname "eth0" masquerade)',
    );
    expect(told).toContain('its src-address 10.1.0.0/24 does not contain 1.0.0.1');
  });

  test('a packet that goes out while nothing comes back is told', () => {
    const world = tunnelWorld();
    world.giveSas(0);
    const packet = { source: '10.1.0.5', destination: '10.2.0.7', protocol: 1, bytes: 84 };
    const sent = [1, 2, 3].map(() => world.plane.sendPacket(packet, now));
    world.look();
    expect(world.explain(ping)).toContain('! 3 packets were sent and none came back');
    expect(sent.map(({ kind }) => kind)).toEqual(['encrypted', 'encrypted', 'encrypted']);
  });

  test('R-34 the room is what is left under ESP and AH', () => {
    const world = tunnelWorld();
    world.giveSas(0);
    world.facts({ routeOf: () => ({ device: 'eth0', mtu: 1500 }) });
    // What Linux says for 3des and sha1 in tunnel mode (E-33): 1446.
    expect(world.explain(ping)).toContain('packets of up to 1446 bytes leave in one piece');
  });

  test('R-34 the way to the other router may be narrower than that of the packet', () => {
    const world = tunnelWorld();
    world.giveSas(0);
    world.facts({
      routeOf: ({ destination }) => ({
        device: 'eth0',
        mtu: destination === '1.0.0.2' ? 1300 : 1500,
      }),
    });
    // 1300 less 20 of IP, 8 and 2 of ESP, 8 of vector, 12 of ICV, in whole blocks of 8 (RFC 4303 2).
    expect(world.explain(ping)).toContain('packets of up to 1246 bytes leave in one piece');
  });

  test('a packet without a route is dropped', () => {
    const world = tunnelWorld();
    world.giveSas(0);
    world.facts({ routeOf: () => 'noRoute' });
    expect(world.explain(ping)).toContain('out 10.1.0.5 -> 10.2.0.7 icmp: it is dropped');
    expect(world.explain(ping)).toContain('! this router has no route to 10.2.0.7');
  });

  test('R-22 replayed packets of the other side are told', () => {
    const world = tunnelWorld();
    world.giveSas(0);
    const { sas, policies } = world.plane.snapshot();
    const replayed = sas.map((sa) =>
      sa.direction === 'in' ? { ...sa, counters: { ...sa.counters, replayErrors: 4 } } : sa,
    );
    world.facts({ snapshot: { policies, sas: replayed } });
    expect(world.explain(ping)).toContain('! 4 packets of the other side were dropped as replayed');
  });

  describe('R-25 packets of the other side that come in clear', () => {
    const refused = 'the other side must encrypt what it sends from 10.2.0.7 to 10.1.0.5';

    test('are told by the row that dropped them', () => {
      const world = tunnelWorld();
      const { host } = world.console;
      const [row] = host.current.tables.policy;
      const counts = {
        ...{ inAccepted: 0, inDropped: 3, outAccepted: 0, outDropped: 0 },
        ...{ encrypted: 0, notEncrypted: 0, decrypted: 0, notDecrypted: 0 },
      };
      const policies = new Map([[row?.id ?? 0, { state: 'established' as const, ...counts }]]);
      host.live = { ...host.live, policies };
      // Without SAs of its own the row drops them for want of SAs.
      expect(world.explain(ping)).not.toContain(refused);
      world.giveSas(0);
      expect(world.explain(ping)).toContain(
        `! so far /ip ipsec policy 0 has dropped 3 packets that came in clear (in-dropped): ${refused}`,
      );
    });

    test('are told by the count of all rows as long as nothing came by the SAs', () => {
      const world = tunnelWorld();
      world.giveSas(0);
      world.facts({ refusedInClear: 2 });
      expect(world.explain(ping)).toContain(
        `! nothing came by these SAs, and 2 packets that policies want encrypted came in clear and were dropped lately (in-drop-encrypted-expected): ${refused}`,
      );
      const { sas, policies } = world.plane.snapshot();
      const used = sas.map((sa) => ({ ...sa, counters: { ...sa.counters, packets: 1 } }));
      world.facts({ snapshot: { policies, sas: used } });
      expect(world.explain(ping)).not.toContain(refused);
    });
  });

  test('R-57 a peer that does not answer the first message is told, and where to look', () => {
    const world = tunnelWorld();
    const { host } = world.console;
    const [peer] = host.current.tables.peer;
    host.live = { ...host.live, peers: new Map([[peer?.id ?? 0, { state: 'message-1-sent' }]]) };
    expect(world.explain(ping)).toContain(
      '; phase 1 with 1.0.0.2 is at ph1-state=message-1-sent, and it has not answered: see whether it is up, takes UDP port 500, and has this router as a peer with exchange-mode=main',
    );
    host.live = { ...host.live, peers: new Map([[peer?.id ?? 0, { state: 'message-3-sent' }]]) };
    expect(world.explain(ping)).toContain('compare /ip ipsec pre-shared-secret of both sides');
  });

  test('what is in the way of a phase 1 under way is told before an earlier failure', () => {
    const world = tunnelWorld();
    world.facts({
      failureOf: () => 'phase 1 with 1.0.0.2 failed: it does not answer (70 s ago)',
      troubleOf: () => '1.0.0.2 refuses phase 1 with NO-PROPOSAL-CHOSEN (1 s ago)',
    });
    const { host } = world.console;
    const [peer] = host.current.tables.peer;
    const refused = '; 1.0.0.2 refuses phase 1 with NO-PROPOSAL-CHOSEN (1 s ago)';
    for (const [state, isUnderWay] of [
      ['message-1-sent', true],
      ['established', false],
    ] as const) {
      host.live = { ...host.live, peers: new Map([[peer?.id ?? 0, { state }]]) };
      const told = world.explain(ping);
      expect([state, told.includes(refused)]).toEqual([state, isUnderWay]);
      expect([state, told.includes('70 s ago')]).toEqual([state, !isUnderWay]);
    }
  });

  test('refuses what is no packet', () => {
    const { fail } = new ExplainWorld().console;
    expect(fail('/ip ipsec explain src=10.1.0.5')).toContain('dst');
    expect(fail('/ip ipsec explain src=10.1.0.5 dst=hello')).toContain('dst');
    expect(fail('/ip ipsec explain src=1.0.0.1 dst=1.0.0.2 dst-port=80')).toContain('dst-port');
    expect(fail('/ip ipsec explain src=1.0.0.1 dst=1.0.0.2 protocol=tcp dst-port=0')).toContain(
      'dst-port',
    );
  });

  test('in JSON: fate, decider, SAs and causes of both directions', () => {
    const world = tunnelWorld();
    world.giveSas(0);
    expect(world.explainJson(ping)).toEqual({
      out: {
        packet: { src: '10.1.0.5', dst: '10.2.0.7', protocol: 1 },
        fate: 'encrypted',
        decider: {
          kind: 'row',
          number: 0,
          id: expect.stringMatching(/^\*/),
          text: expect.stringContaining('action=encrypt'),
        },
        passedOver: [],
        sas: [
          {
            protocol: 'esp',
            mode: 'tunnel',
            source: '1.0.0.1',
            destination: '1.0.0.2',
            spi: 0x1001,
            algorithms: '3des, sha1',
            number: 0,
          },
        ],
        causes: [],
      },
      in: expect.objectContaining({ fate: 'encrypted', inClear: 'dropped', local: false }),
    });
  });
});
