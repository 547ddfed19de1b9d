/** What `explain` says of packets of a given length: in one piece, in several, or not at all. */
import { describe, expect, test } from '@jest/globals';
import { ExplainWorld } from './explain-world.js';

const ends = 'sa-src-address=1.0.0.1 sa-dst-address=1.0.0.2';
const tunnel = `add action=encrypt tunnel=yes src-address=10.1.0.0/24 dst-address=10.2.0.0/24 ${ends}`;
const ping = 'src=10.1.0.5 dst=10.2.0.7';
/** Of 1500 bytes 3des and sha1 in tunnel mode leave 1446. */
const room = 1446;

function worldOf(...policies: readonly string[]): ExplainWorld {
  const world = new ExplainWorld();
  world.run(...policies.map((line) => `/ip ipsec policy ${line}`));
  world.giveSas(...policies.keys());
  world.facts({ routeOf: () => ({ device: 'eth0', mtu: 1500 }), hasPacketFilter: true });
  return world;
}

/** The first line's verdict, and the causes of what leaves. */
function told(world: ExplainWorld, packet: string): { fate: string; causes: string[] } {
  const [out = ''] = world.explain(packet).split('\nin ');
  const [head = '', ...lines] = out.split('\n');
  return {
    fate: head.replace(/^out .*: /, ''),
    causes: lines.filter((line) => line.startsWith('  ! ')).map((line) => line.slice(4)),
  };
}

const refusal = (bytes: number, mtu: number) =>
  `it has DF and ${bytes} bytes, of which ${mtu} leave in one piece: it is refused, and its sender told so ("fragmentation needed", mtu ${mtu})`;

describe('explain of a packet with a length', () => {
  test.each(['clear', 'inherit', 'set'])('dont-fragment=%s: what fits leaves whole', (value) => {
    const world = worldOf(`${tunnel} dont-fragment=${value}`);
    for (const df of ['yes', 'no']) {
      const { fate, causes } = told(world, `${ping} packet-size=${room} df=${df}`);
      expect([fate, causes]).toEqual(['it leaves encrypted', []]);
    }
  });

  test.each([
    ['clear', 'yes', 'it leaves encrypted, in fragments'],
    ['clear', 'no', 'it leaves encrypted, in fragments'],
    ['inherit', 'yes', 'it is dropped'],
    ['inherit', 'no', 'it leaves encrypted, in fragments'],
    ['set', 'yes', 'it is dropped'],
    ['set', 'no', 'it is dropped'],
  ])('dont-fragment=%s, df=%s: a byte too long: %s', (value, df, fate) => {
    const world = worldOf(`${tunnel} dont-fragment=${value}`);
    expect(told(world, `${ping} packet-size=${room + 1} df=${df}`).fate).toBe(fate);
  });

  test('inherit: the sender is told, and the row named', () => {
    const world = worldOf(`${tunnel} dont-fragment=inherit`);
    expect(told(world, `${ping} packet-size=1500 df=yes`).causes).toEqual([
      `${refusal(1500, room)}; set dont-fragment=clear at /ip ipsec policy 0 to have it fragmented once it is encrypted`,
    ]);
  });

  test('set: what has no DF is lost without a word, and the row named', () => {
    const world = worldOf(`${tunnel} dont-fragment=set`);
    expect(told(world, `${ping} packet-size=1500`).causes).toEqual([
      'dont-fragment=set of /ip ipsec policy 0 puts DF into the encrypted packet, and of 1500 bytes only 1446 leave in one piece: it is dropped, and its sender not told; set dont-fragment=inherit or clear',
    ]);
  });

  test('without nftables clear refuses what has DF, and set does nothing', () => {
    const clear = worldOf(`${tunnel} dont-fragment=clear`);
    clear.facts({ hasPacketFilter: false });
    expect(told(clear, `${ping} packet-size=1500 df=yes`)).toEqual({
      fate: 'it is dropped',
      causes: [
        `${refusal(1500, room)}; dont-fragment=clear lets it through with nftables alone, which does not work here: the log says why`,
      ],
    });
    const set = worldOf(`${tunnel} dont-fragment=set`);
    set.facts({ hasPacketFilter: false });
    expect(told(set, `${ping} packet-size=1500`).fate).toBe('it leaves encrypted, in fragments');
  });

  test('what the router itself sends with DF is refused even with clear', () => {
    const world = worldOf(`add action=encrypt ${ends} dont-fragment=clear`);
    const packet = 'src=1.0.0.1 dst=1.0.0.2 packet-size=1500 df=yes';
    expect(told(world, packet)).toEqual({
      fate: 'it is dropped',
      causes: [
        // Transport mode adds no header of IP.
        `${refusal(1500, 1466)}; Linux lets no dont-fragment change what this router itself sends`,
      ],
    });
  });

  test('nested: the row whose SA is outermost sets DF, the one that decides clears it', () => {
    const outer = `add action=encrypt ipsec-protocols=ah ${ends}`;
    const sets = worldOf(`${tunnel} dont-fragment=clear`, `${outer} dont-fragment=set`);
    expect(told(sets, `${ping} packet-size=1500 df=yes`).causes).toEqual([
      expect.stringContaining('dont-fragment=set of /ip ipsec policy 1 puts DF'),
    ]);
    const clears = worldOf(`${tunnel} dont-fragment=inherit`, `${outer} dont-fragment=clear`);
    expect(told(clears, `${ping} packet-size=1500 df=yes`).causes).toEqual([
      expect.stringContaining('set dont-fragment=clear at /ip ipsec policy 0'),
    ]);
  });

  test('in clear the interface alone counts', () => {
    const world = new ExplainWorld();
    world.facts({ routeOf: () => ({ device: 'eth0', mtu: 1400 }) });
    expect(told(world, `${ping} packet-size=1500`).fate).toBe('it leaves in clear, in fragments');
    expect(told(world, `${ping} packet-size=1500 df=yes`)).toEqual({
      fate: 'it is dropped',
      causes: [`${refusal(1500, 1400)}; eth0 takes no more`],
    });
  });

  test('is told with what was asked, and no more where the way out is not known', () => {
    const world = worldOf(tunnel);
    world.facts({ routeOf: () => undefined });
    const [first] = world.explain(`${ping} packet-size=1500 df=yes`).split('\n');
    expect(first).toBe('out 10.1.0.5 -> 10.2.0.7 icmp, 1500 bytes with DF: it leaves encrypted');
    const { out } = world.explainJson(`${ping} packet-size=1500`);
    expect(out).not.toHaveProperty('fragmented');
  });

  test('a policy that drops it is told, and not its length', () => {
    const world = worldOf('add action=drop src-address=10.1.0.0/24 dst-address=10.2.0.0/24');
    expect(told(world, `${ping} packet-size=1500 df=yes`)).toEqual({
      fate: 'it is dropped',
      causes: [],
    });
  });

  test('in JSON', () => {
    const world = worldOf(`${tunnel} dont-fragment=inherit`);
    expect(world.explainJson(`${ping} packet-size=1500`).out).toMatchObject({
      packet: { src: '10.1.0.5', dst: '10.2.0.7', protocol: 1, size: 1500, df: false },
      fate: 'encrypted',
      mtu: room,
      fragmented: true,
    });
    const refused = world.explainJson(`${ping} packet-size=1500 df=yes`).out;
    expect(refused).toMatchObject({
      packet: { size: 1500, df: true },
      fate: 'dropped',
      mtu: room,
      causes: [{ text: expect.any(String), row: { menu: 'policy', number: 0 } }],
    });
    expect(refused).not.toHaveProperty('fragmented');
    expect(world.explainJson(ping).out).not.toHaveProperty('fragmented');
    expect(world.explainJson(ping).in).not.toHaveProperty('mtu');
  });

  test('refuses what is no length', () => {
    const { fail } = new ExplainWorld().console;
    expect(fail(`/ip ipsec explain ${ping} packet-size=19`)).toContain('packet-size');
    expect(fail(`/ip ipsec explain ${ping} packet-size=65536`)).toContain('packet-size');
    expect(fail(`/ip ipsec explain ${ping} packet-size=many`)).toContain('packet-size');
    expect(fail(`/ip ipsec explain ${ping} packet-size=1500 df=perhaps`)).toContain('df');
    expect(fail(`/ip ipsec explain ${ping} df=yes`)).toContain('df');
  });
});
