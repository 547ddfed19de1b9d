/**
 * The measurements of `npm run bench policy`: three lines of two routers with a host behind each, alike but for
 * who has set up the tunnel, measured in turns.
 */
import { waitUntil } from '../../lab/guest/wait.js';
import { type Lab, must, type Router, scenario, type TwoRouters } from '../../lab/guest.js';
import { millisecondsOf } from '../support/report.js';

export interface PolicyArguments {
  /** Numbers of other policies, growing. */
  readonly sizes: readonly number[];
  readonly rounds: number;
  /** A measurement sends so many. */
  readonly packets: number;
  readonly edits: number;
}

/** `clear`: no tunnel and no policies at all. */
export const lineNames = ['ours', 'ip', 'clear'] as const;
export type LineName = (typeof lineNames)[number];

/** Microseconds of one packet from host to host, by turn. */
export interface Figures {
  readonly others: number;
  readonly packetUs: Readonly<Record<LineName, readonly number[]>>;
}

/** Milliseconds of one edit among the most policies. */
export interface EditFigures {
  readonly ours: readonly number[];
  readonly ip: readonly number[];
}

type Line = Omit<TwoRouters, 'wire'>;

/** Both ways of the tunnel: AES with 128 bits and SHA-1. */
const keys = { enc: ['11'.repeat(16), '22'.repeat(16)], auth: ['33'.repeat(20), '44'.repeat(20)] };

export default scenario(async (lab) => {
  const { sizes, rounds, packets, edits } = lab.args as PolicyArguments;
  const lines: Record<LineName, Line> = {
    ours: await makeLine(lab, 'ours'),
    ip: await makeLine(lab, 'ip'),
    clear: await makeLine(lab, 'clear'),
  };
  const { ours, ip } = lines;
  for (const router of [ours.r1, ours.r2]) await router.startDaemon();
  await ours.r1.configure(tunnelRows(1));
  await ours.r2.configure(tunnelRows(2));
  await ip.r1.ip(tunnelCommands(1));
  await ip.r2.ip(tunnelCommands(2));
  const figures: Figures[] = [];
  let present = 0;
  await loadGenerator();
  for (const others of sizes) {
    await grow(lines, present, others);
    present = others;
    await followed(ours, others);
    const packetUs: Record<LineName, number[]> = { ours: [], ip: [], clear: [] };
    for (let round = 0; round <= rounds; round += 1) {
      for (const name of lineNames) {
        const us = await packetMicroseconds(lines[name], packets);
        // The first turn fills caches.
        if (round > 0) packetUs[name].push(us);
      }
    }
    lab.progress(`${others} other policies: ${JSON.stringify(packetUs)}`);
    figures.push({ others, packetUs });
  }
  return { figures, edits: await measureEdits(ours.r1, ip.r1, present, edits) };
});

/** h1 10.1.0.2 -- 10.1.0.1 r1 1.0.0.1 -- 1.0.0.2 r2 10.2.0.1 -- 10.2.0.2 h2 */
async function makeLine(lab: Lab, name: LineName): Promise<Line> {
  const r1 = await lab.addRouter(`${name}-r1`);
  const r2 = await lab.addRouter(`${name}-r2`);
  const h1 = await lab.addHost(`${name}-h1`);
  const h2 = await lab.addHost(`${name}-h2`);
  await lab.link(r1, 'eth0', '1.0.0.1/24', r2, 'eth0', '1.0.0.2/24');
  await lab.connectHosts({ r1, r2, h1, h2 });
  return { h1, h2, r1, r2 };
}

function tunnelRows(side: 1 | 2): string {
  const other = 3 - side;
  const pair = ([one, two]: readonly string[]) => (side === 1 ? `${one}/${two}` : `${two}/${one}`);
  return `/ip ipsec
manual-sa add name=m esp-enc-algorithm=aes-128 esp-enc-key=${pair(keys.enc)} esp-auth-algorithm=sha1 esp-auth-key=${pair(keys.auth)} esp-spi=10${side}/10${other}
policy add src-address=10.${side}.0.0/24 dst-address=10.${other}.0.0/24 action=encrypt ipsec-protocols=esp tunnel=yes sa-src-address=1.0.0.${side} sa-dst-address=1.0.0.${other} manual-sa=m
`;
}

function tunnelCommands(side: 1 | 2): string {
  const state = (from: number, way: number, spi: number) =>
    `xfrm state add src 1.0.0.${from} dst 1.0.0.${3 - from} proto esp spi 0x${spi} mode tunnel reqid 1 enc cbc(aes) 0x${keys.enc[way]} auth hmac(sha1) 0x${keys.auth[way]}`;
  const networks = [`10.${side}.0.0/24`, `10.${3 - side}.0.0/24`] as const;
  return [state(1, 0, 101), state(2, 1, 102), ...threePolicies('add', side, networks)].join('\n');
}

/** As key daemons install them: out, in and forward. */
function threePolicies(
  verb: 'add' | 'update',
  side: 1 | 2,
  [own, others]: readonly [string, string],
): readonly string[] {
  const ends = { own: `1.0.0.${side}`, others: `1.0.0.${3 - side}` };
  const inbound = `tmpl src ${ends.others} dst ${ends.own} proto esp mode tunnel reqid 1`;
  return [
    `xfrm policy ${verb} src ${own} dst ${others} dir out tmpl src ${ends.own} dst ${ends.others} proto esp mode tunnel reqid 1`,
    `xfrm policy ${verb} src ${others} dst ${own} dir in ${inbound}`,
    `xfrm policy ${verb} src ${others} dst ${own} dir fwd ${inbound}`,
  ];
}

/** Networks of both ends of another policy: hosts and /24 in turn. */
function networksOf(index: number): readonly [string, string] {
  const rest = `${index >> 8}.${index & 255}`;
  return index % 2 === 0
    ? [`172.16.${rest}/32`, `172.17.${rest}/32`]
    : [`20.${rest}.0/24`, `21.${rest}.0/24`];
}

/** A request to the daemon has a limit. */
const rowsAtOnce = 1_000;

async function grow(lines: Record<LineName, Line>, from: number, to: number) {
  for (let first = from; first < to; first += rowsAtOnce) {
    await addOthers(lines, first, Math.min(to, first + rowsAtOnce));
  }
}

async function addOthers({ ours, ip }: Record<LineName, Line>, from: number, to: number) {
  const indexes = Array.from({ length: to - from }, (_, index) => from + index);
  for (const side of [1, 2] as const) {
    const pairs = indexes.map((index) => {
      const [one, two] = networksOf(index);
      return side === 1 ? ([one, two] as const) : ([two, one] as const);
    });
    const rows = pairs.map(
      ([own, others]) =>
        `policy add src-address=${own} dst-address=${others} action=encrypt tunnel=yes sa-src-address=1.0.0.${side} sa-dst-address=1.0.0.${3 - side}`,
    );
    const ourRouter = side === 1 ? ours.r1 : ours.r2;
    const ipRouter = side === 1 ? ip.r1 : ip.r2;
    await ourRouter.configure(`/ip ipsec\n${rows.join('\n')}\n`);
    await ipRouter.ip(pairs.flatMap((pair) => threePolicies('add', side, pair)).join('\n'));
  }
}

/** The rules that count packets are there for every row. */
async function followed({ r1, r2 }: Line, others: number): Promise<void> {
  const [network] = networksOf(others - 1);
  const mark = network.split('/')[0] ?? network;
  for (const router of [r1, r2]) {
    await waitUntil('the nftables table to follow', 300, async () =>
      (await router.must(['nft', 'list', 'table', 'ip', 'ipsecctl'])).includes(mark),
    );
  }
}

/** It yields to what receives packets, so that none waits for long: then its time is that of their whole way. */
async function loadGenerator(): Promise<void> {
  await must(['modprobe', 'pktgen']);
  await must([
    'sh',
    '-c',
    `for task in /proc/[0-9]*
    do
      read -r name <$task/comm || continue
      case $name in kpktgend_*) renice -n 19 -p ${'$'}{task#/proc/} ;; esac
    done
    echo 100000 >/proc/sys/net/core/netdev_max_backlog`,
  ]);
}

/** The kernel's own generator in h1 sends as fast as packets go; those that arrive at h2 count. */
async function packetMicroseconds({ h1, h2, r1 }: Line, packets: number): Promise<number> {
  await h1.ping('10.2.0.2', { count: 1 });
  const links = JSON.parse(await r1.must(['ip', '-j', 'link', 'show', 'eth1'])) as {
    address: string;
  }[];
  const arrived = () => h2.snmp('Udp', 'NoPorts');
  const before = await arrived();
  const result = await h1.must(
    [
      'sh',
      '-c',
      `cd /proc/net/pktgen
      echo rem_device_all >kpktgend_0
      echo add_device eth0 >kpktgend_0
      for setting in "count ${packets}" "pkt_size 100" "dst 10.2.0.2" "src_min 10.1.0.2" "src_max 10.1.0.2" \
        "dst_mac ${links[0]?.address}" "udp_dst_min 9" "udp_dst_max 9" "delay 0"
      do echo "$setting" >eth0; done
      echo start >pgctrl
      cat eth0`,
    ],
    { timeoutSeconds: 300 },
  );
  const microseconds = /OK: (\d+)\(/.exec(result)?.[1];
  const received = (await arrived()) - before;
  if (microseconds === undefined || received < packets / 2) {
    throw new Error(`pktgen: ${received} of ${packets} packets arrived\n${result}`);
  }
  return Number(microseconds) / received;
}

/** One row, or one policy in its three directions, changed and changed back. */
async function measureEdits(
  ours: Router,
  ip: Router,
  others: number,
  edits: number,
): Promise<EditFigures> {
  const client = await ours.connect();
  const figures = { ours: [] as number[], ip: [] as number[] };
  // Row 0 is the tunnel.
  const row = 1 + Math.floor(others / 2);
  const pair = networksOf(row - 1);
  for (let edit = 0; edit < edits; edit += 1) {
    const level = edit % 2 === 0 ? 'use' : 'require';
    figures.ours.push(
      await millisecondsOf(async () => {
        const { error } = await client.execute(`/ip ipsec policy set ${row} level=${level}`);
        if (error !== undefined) throw new Error(error.text);
      }),
    );
    const commands = `${threePolicies('update', 1, pair).join('\n')}\n`;
    figures.ip.push(await millisecondsOf(() => ip.ip(commands)));
  }
  return figures;
}
