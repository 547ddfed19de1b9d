/**
 * Counters and DF of packets that are encrypted, on a kernel with ESP and nftables (R-34, R-70, R-73,
 * two routers with manual keys, every packet counted by who sent it.
 */
import type { Lab, Router, TwoRouters } from '../../lab/guest.js';
import { scenario } from '../../lab/guest.js';
import { globalCounters, policyCounters } from '../counter-printouts.js';
import { same, words } from '../support.js';

const keys = `esp-enc-algorithm=aes-128 esp-auth-algorithm=sha1
    esp-enc-key=00112233445566778899aabbccddeeff/00112233445566778899aabbccddeeff
    esp-auth-key=000102030405060708090a0b0c0d0e0f10111213/000102030405060708090a0b0c0d0e0f10111213`.replace(
  /\s+/g,
  ' ',
);

function tablesOf(side: 1 | 2): string {
  const other = 3 - side;
  const spis = side === 1 ? '1001/1002' : '1002/1001';
  const ends = `sa-src-address=1.0.0.${side} sa-dst-address=1.0.0.${other}`;
  return `/ip ipsec
manual-sa add name=keys ${keys} esp-spi=${spis}
policy add src-address=10.${side}.0.0/24 dst-address=10.${other}.0.0/24 action=encrypt tunnel=yes ${ends} manual-sa=keys
`;
}

export default scenario(async (lab) => {
  const two = await lab.twoRouters();
  const { r1, r2, h1 } = two;
  await Promise.all([r1.startDaemon(), r2.startDaemon()]);
  await r1.configure(tablesOf(1));
  await r2.configure(tablesOf(2));
  const look = async () => {
    const [policy] = await policyCounters(r1);
    return { policy: policy ?? {}, all: await globalCounters(r1) };
  };
  await lab.waitUntil('the rules', 60, async () =>
    /set out_clear_df_plain_0 \{[^}]*elements/.test(await filterTableOf(r1)),
  );
  const before = await look();
  const grown = async () => {
    const now = await look();
    const difference = (name: string, which: 'policy' | 'all') =>
      Number(now[which][name]) - Number(before[which][name]);
    return difference;
  };

  const { received } = await h1.ping('10.2.0.2', {
    count: 5,
    intervalSeconds: 0.5,
    waitSeconds: 5,
  });
  const encrypted = await grown();
  same(lab, 'all answered', received, 5);
  same(
    lab,
    'R-79 five requests encrypted, five answers decrypted, none passed or dropped in clear',
    ['encrypted', 'decrypted', 'in-accepted', 'in-dropped', 'out-accepted', 'out-dropped'].map(
      (name) => encrypted(name, 'policy'),
    ),
    [5, 5, 0, 0, 0, 0],
  );
  same(
    lab,
    // The requests come in clear from the host, and leave once more as ESP; the answers leave to the host.
    'R-73 R-77 together; R-70 R-74 and what matches no policy before and after passes',
    ['out-encrypt', 'in-decrypted', 'out-accept', 'in-accept', 'out-drop', 'in-drop'].map((name) =>
      encrypted(name, 'all'),
    ),
    [5, 5, 10, 5, 0, 0],
  );
  await refused(lab, two, grown);
  await lost(lab, two, grown);
  await dontFragment(lab, two);
});

/** The other router forgets its policy: what comes in clear is refused (R-25 a). */
async function refused(
  lab: Lab,
  { r1, r2, h2 }: TwoRouters,
  grown: () => Promise<(name: string, which: 'policy' | 'all') => number>,
) {
  await r2.configure('/ip ipsec policy disable 0\n');
  await h2.ping('10.1.0.2', { count: 4, waitSeconds: 1 });
  const difference = await grown();
  same(
    lab,
    'R-78 R-79 four packets in clear are refused, for their policy has its SAs',
    [
      difference('in-drop-encrypted-expected', 'all'),
      difference('in-drop', 'all'),
      difference('in-dropped', 'policy'),
      difference('in-accepted', 'policy'),
    ],
    [4, 0, 4, 0],
  );
  const told = words(await r1.configure('/ip ipsec explain src=10.1.0.2 dst=10.2.0.2\n'));
  lab.check(
    'R-25 explain says so, and that the other side must encrypt',
    told.includes(
      'so far /ip ipsec policy 0 has dropped 4 packets that came in clear (in-dropped)',
    ),
    told,
  );
  await r2.configure('/ip ipsec policy enable 0\n');
}

/** Without a way to the other end of the SA nothing can be encrypted. */
async function lost(
  lab: Lab,
  { r1, h1 }: TwoRouters,
  grown: () => Promise<(name: string, which: 'policy' | 'all') => number>,
) {
  const names = ['not-encrypted', 'encrypted', 'out-dropped', 'out-accepted'] as const;
  const values = async () => {
    const difference = await grown();
    return names.map((name) => difference(name, 'policy'));
  };
  const before = await values();
  await r1.ip('route add unreachable 1.0.0.2/32');
  await h1.ping('10.2.0.2', { count: 3, waitSeconds: 1 });
  const after = await values();
  await r1.ip('route delete unreachable 1.0.0.2/32');
  same(
    lab,
    'R-79 three packets are lost while they are encrypted, and counted so',
    after.map((count, index) => count - (before[index] ?? 0)),
    [3, 0, 0, 0],
  );
}

/** A packet of 1500 bytes with DF does not fit into the tunnel. */
async function dontFragment(lab: Lab, { r1, h1, wire }: TwoRouters) {
  const big = { count: 3, size: 1472, dontFragment: true, intervalSeconds: 0.5, waitSeconds: 5 };
  const capture = await wire.capture();
  const small = { ...big, size: 56 };
  const sets = async (value: string) => {
    await r1.configure(`/ip ipsec policy set 0 dont-fragment=${value}\n`);
    await lab.waitUntil('the rules', 60, async () => {
      const rules = await filterTableOf(r1);
      return (
        /set outer_set_df \{[^}]*elements/.test(rules) === (value === 'set') &&
        /set out_clear_df_plain_0 \{[^}]*elements/.test(rules) === (value === 'clear')
      );
    });
  };
  const foretold = async (df: 'yes' | 'no') => {
    const packet = `src=10.1.0.2 dst=10.2.0.2 packet-size=1500 df=${df}`;
    return words(await r1.configure(`/ip ipsec explain ${packet}\n`));
  };
  const fragmented = /^out [^:]*: it leaves encrypted, in fragments/;
  const clear = await h1.ping('10.2.0.2', big);
  same(lab, 'R-34 clear lets them pass, in fragments', clear.received, 3);
  const clearTold = await foretold('yes');
  lab.check('R-34 clear: explain foretells it', fragmented.test(clearTold), clearTold);
  await sets('inherit');
  const inherit = await h1.ping('10.2.0.2', big);
  lab.check(
    'R-34 R-35 inherit refuses them and says what fits',
    inherit.received === 0 &&
      inherit.tooLong.some(({ by, mtu }) => by === '10.1.0.1' && mtu < 1500),
    JSON.stringify(inherit),
  );
  const inheritTold = await foretold('yes');
  lab.check(
    'R-34 R-35 inherit: explain foretells it, and what fits',
    /^out [^:]*: it is dropped/.test(inheritTold) &&
      inherit.tooLong.every(({ mtu }) => inheritTold.includes(`mtu ${mtu})`)),
    inheritTold,
  );
  await h1.must(['ip', 'route', 'flush', 'cache']);
  const free = { ...big, dontFragment: false };
  const split = await h1.ping('10.2.0.2', free);
  const splitTold = await foretold('no');
  lab.check(
    'R-34 inherit lets pass what is too long without DF, in fragments, and explain foretells it',
    split.received === 3 && fragmented.test(splitTold),
    [split, splitTold],
  );
  await h1.ping('10.2.0.2', small);
  await sets('set');
  await h1.ping('10.2.0.2', { ...small, dontFragment: false });
  const lost = await h1.ping('10.2.0.2', free);
  const lostTold = await foretold('no');
  lab.check(
    'R-34 set loses what is too long without DF, the sender is not told, and explain foretells it',
    lost.received === 0 &&
      lost.tooLong.length === 0 &&
      /^out [^:]*: it is dropped .* sender not told/.test(lostTold),
    [lost, lostTold],
  );
  const outer = (await capture.stop()).filter(
    ({ protocol, source }) => protocol === 'esp' && source === '1.0.0.1',
  );
  // The second bit of the flags (RFC 791 3.1).
  const df = outer.map(({ bytes }) => ((bytes[6] ?? 0) & 0x40) !== 0);
  lab.check(
    'R-34 the DF bit of the ESP packets: never with clear, as the packet has it, always with set',
    df.slice(0, 3).every((bit) => !bit) && df.slice(-6).every((bit) => bit),
    JSON.stringify(df),
  );
}

async function filterTableOf(router: Router): Promise<string> {
  const { stdout } = await router.run(['nft', 'list', 'table', 'ip', 'ipsecctl']);
  return stdout;
}
