/**
 * The counters of packets that pass in clear or are dropped, on a kernel that needs no
 * ESP for them: one router between two hosts, every packet counted by who sent it.
 */
import type { Daemon, Lab, Machine, Router } from '../../lab/guest.js';
import { scenario } from '../../lab/guest.js';
import { globalCounters, policyCounters } from '../counter-printouts.js';
import { same } from '../support.js';

/** Hosts .2 to .9 of the left network; each sends its own number of packets. */
const tables = `/ip ipsec
policy add src-address=10.2.0.2/32 dst-address=10.1.0.2/32 action=accept
policy add src-address=10.2.0.2/32 dst-address=10.1.0.3/32 action=drop
policy add src-address=10.2.0.2/32 dst-address=10.1.0.4/32 action=encrypt tunnel=yes level=use sa-src-address=10.2.0.1 sa-dst-address=9.9.9.9
policy add src-address=10.2.0.2/32 dst-address=10.1.0.5/32 action=encrypt tunnel=yes level=require sa-src-address=10.2.0.1 sa-dst-address=9.9.9.9
policy add src-address=10.2.0.0/24 dst-address=10.1.0.0/29 action=accept
policy add src-address=10.1.0.1/32 dst-address=10.1.0.9/32 action=drop
`;

export default scenario(async (lab) => {
  const { router, left, right } = await network(lab);
  const daemon = await router.startDaemon({ dataplane: 'xfrm' });
  await following(daemon, async () => {}, 0);
  await following(daemon, () => router.configure(tables));

  await left.ping('10.2.0.2', { count: 3, from: '10.1.0.2' });
  await left.ping('10.2.0.2', { count: 4, from: '10.1.0.3', waitSeconds: 0.3 });
  await left.ping('10.2.0.2', { count: 5, from: '10.1.0.4' });
  await left.ping('10.2.0.2', { count: 6, from: '10.1.0.5', waitSeconds: 0.3 });
  await left.ping('10.2.0.2', { count: 7, from: '10.1.0.6' });
  await left.ping('10.2.0.2', { count: 8, from: '10.1.0.8' });
  const policies = await policyCounters(router);
  const none = {
    ...{ 'in-accepted': 0, 'in-dropped': 0, 'out-accepted': 0, 'out-dropped': 0 },
    ...{ encrypted: 0, 'not-encrypted': 0, decrypted: 0, 'not-decrypted': 0 },
  };
  same(lab, 'R-79 accept: requests arrived, answers left', policies[0], {
    ...none,
    ...{ 'in-accepted': 3, 'out-accepted': 3 },
  });
  same(lab, 'R-79 drop: requests were dropped', policies[1], { ...none, 'in-dropped': 4 });
  same(lab, 'R-79 level=use without SAs passes both ways', policies[2], {
    ...none,
    ...{ 'in-accepted': 5, 'out-accepted': 5 },
  });
  same(lab, 'R-79 level=require without SAs drops', policies[3], { ...none, 'in-dropped': 6 });
  same(lab, 'R-02 the wider policy counts what no policy before it matched', policies[4], {
    ...none,
    ...{ 'in-accepted': 7, 'out-accepted': 7 },
  });
  const first = await globalCounters(router);
  same(lab, 'R-70 R-74 R-76 all policies together, and what none matched (8)', pick(first), {
    // Each request arrives and each answer too.
    ...{ 'in-accept': 3 * 2 + 5 * 2 + 7 * 2 + 8 * 2, 'in-drop': 4 + 6 },
    ...{ 'out-accept': 3 * 2 + 5 * 2 + 7 * 2 + 8 * 2, 'out-drop': 0 },
  });

  await forwardedDrops(lab, router, right);
  await ownDrops(lab, router);
  await isakmp(lab, router, daemon, left);
  await changes(lab, router, daemon, left);
  await restarts(lab, router, daemon, left);
});

/** h1 10.1.0.2..9 -- r 10.1.0.1, 10.2.0.1 -- h2 10.2.0.2 */
async function network(lab: Lab) {
  const router = await lab.addRouter('r');
  const [left, right] = [await lab.addHost('h1'), await lab.addHost('h2')];
  await lab.link(router, 'eth0', '10.1.0.1/24', left, 'eth0', '10.1.0.2/24');
  await lab.link(router, 'eth1', '10.2.0.1/24', right, 'eth0', '10.2.0.2/24');
  for (const last of [3, 4, 5, 6, 8, 9]) await left.ip(`addr add 10.1.0.${last}/24 dev eth0`);
  await left.ip('route add default via 10.1.0.1');
  await right.ip('route add default via 10.2.0.1');
  return { router, left, right };
}

async function forwardedDrops(lab: Lab, router: Router, right: Machine) {
  const before = await policyCounters(router);
  await right.ping('10.1.0.3', { count: 4, waitSeconds: 0.3 });
  await right.ping('10.1.0.5', { count: 5, waitSeconds: 0.3 });
  const after = await policyCounters(router);
  const dropped = (row: number) =>
    Number(after[row]?.['out-dropped']) - Number(before[row]?.['out-dropped']);
  same(lab, 'R-79 out-dropped of drop and of require', [dropped(1), dropped(3)], [4, 5]);
  const { 'out-drop': total } = await globalCounters(router);
  same(lab, 'R-72 out-drop is their sum', total, 9);
}

/** What the router itself sends is dropped before any firewall sees it. */
async function ownDrops(lab: Lab, router: Router) {
  const before = await globalCounters(router);
  // ping itself is told "Operation not permitted", by connect() already.
  for (let attempt = 0; attempt < 3; attempt += 1) await router.run(['ping', '-c1', '10.1.0.9']);
  const after = await globalCounters(router);
  const row = (await policyCounters(router))[5];
  const total = Number(after['out-drop']) - Number(before['out-drop']);
  lab.check('R-72 the router is kept from sending', total >= 3, `${total}`);
  same(
    lab,
    'R-79 and the one policy that can have done it is told so',
    row?.['out-dropped'],
    total,
  );
}

async function isakmp(lab: Lab, router: Router, daemon: Daemon, left: Machine) {
  const before = await globalCounters(router);
  const send = (port: number) => [
    process.execPath,
    '-e',
    `const s = require('dgram').createSocket('udp4');
     s.bind(${port}, () => s.send('x', 500, '10.1.0.1', () => s.close()));`,
  ];
  await left.must(send(500));
  await left.must(send(5000));
  const after = await globalCounters(router);
  const grown = (name: string) => Number(after[name]) - Number(before[name]);
  same(lab, 'R-75 UDP to port 500 of the router', grown('in-accept-isakmp'), 2);
  await router.configure(`/ip ipsec
policy add src-address=10.1.0.1/32 dst-address=10.2.0.2/32 action=encrypt tunnel=yes sa-src-address=10.2.0.1 sa-dst-address=10.2.0.2
peer add address=10.2.0.2
pre-shared-secret add address=10.2.0.2 secret="nobody is there"
`);
  await router.run(['ping', '-c1', '-W1', '-I', '10.1.0.1', '10.2.0.2']);
  const sent = await lab.waitUntil('a message of IKE', 10, async () => {
    const { 'out-accept-isakmp': packets = 0 } = await globalCounters(router);
    return packets > Number(after['out-accept-isakmp']) && packets;
  });
  lab.check('R-71 UDP from port 500 of the router', sent <= 2, `${sent}`);
  // What is written for these is not to be taken for what comes next.
  await following(daemon, () =>
    router.configure('/ip ipsec\npolicy remove 6\npeer remove 0\npre-shared-secret remove 0\n'),
  );
}

/** kept over edits and moves, dropped with the row, and the sum of all stays. */
async function changes(lab: Lab, router: Router, daemon: Daemon, left: Machine) {
  const before = await policyCounters(router);
  const total = await globalCounters(router);
  const edits = `/ip ipsec
policy move 0 4
policy set 0 level=use
policy disable 1
policy set 3 dst-address=10.1.0.2/31
`;
  await following(daemon, () => router.configure(edits));
  const after = await policyCounters(router);
  const names = [1, 2, 3, 0, 4];
  same(
    lab,
    'R-79 the counts went with their rows',
    after.slice(0, 5),
    names.map((row) => before[row]),
  );
  await left.ping('10.2.0.2', { count: 2, from: '10.1.0.2', waitSeconds: 0.3 });
  const moved = await policyCounters(router);
  lab.check(
    'R-02 after the move another row decides first',
    Number(moved[2]?.['in-dropped']) === Number(after[2]?.['in-dropped']) + 2 &&
      moved[3]?.['in-accepted'] === after[3]?.['in-accepted'],
    JSON.stringify(moved),
  );
  await following(daemon, () =>
    router.configure('/ip ipsec policy remove 4\n/ip ipsec policy remove 0\n'),
  );
  const { 'in-accept': accepted, 'in-drop': dropped } = await globalCounters(router);
  lab.check(
    'R-70 what all rows counted stays when some are removed',
    accepted === total['in-accept'] && dropped === Number(total['in-drop']) + 2,
    `${accepted} ${dropped}`,
  );
}

async function restarts(lab: Lab, router: Router, daemon: Daemon, left: Machine) {
  const look = async () => [await policyCounters(router), pick(await globalCounters(router))];
  const before = await look();
  await daemon.stop();
  const ruleset = await router.must(['nft', 'list', 'ruleset']);
  lab.check('a daemon that stops leaves no nftables table', !/ipsecctl/.test(ruleset), ruleset);
  await following(daemon, () => daemon.restart());
  same(lab, 'the counts are kept over a restart', await look(), before);
  await left.ping('10.2.0.2', { count: 2, from: '10.1.0.4' });
  const passed = async () =>
    (await policyCounters(router)).reduce((sum, row) => sum + Number(row['in-accepted']), 0);
  const grown = await passed();
  await daemon.kill();
  await left.ping('10.2.0.2', { count: 3, from: '10.1.0.4' });
  await following(daemon, () => daemon.restart());
  same(lab, 'counting goes on while a killed daemon is away', await passed(), grown + 3);
  await following(daemon, async () => {
    await router.must(['nft', 'flush', 'ruleset']);
    await passed();
  });
  same(lab, 'the counts outlive a flush of the ruleset', await passed(), grown + 3);
}

/** What is done, and the nftables table that follows it. */
async function following(
  daemon: Daemon,
  action: () => Promise<unknown>,
  after = daemon.log.length,
): Promise<void> {
  await action();
  await daemon.waitForLog('the nftables table', ({ event }) => event === 'packetFilterWritten', {
    after,
  });
}

function pick(counters: Readonly<Record<string, number>>) {
  const names = ['in-accept', 'in-drop', 'out-accept', 'out-drop'] as const;
  return Object.fromEntries(names.map((name) => [name, counters[name]]));
}
