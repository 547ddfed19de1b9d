/**
 * `explain` on a real kernel: for each set-up, broken or healthy, it names the cause, and what it foretells is
 * what the wire then shows (D.1, D.2).
 */
import type {
  Capture,
  CapturedPacket,
  Machine,
  PingResult,
  Router,
  TwoRouters,
} from '../../lab/guest.js';
import { scenario } from '../../lab/guest.js';
import { broken } from '../explain/broken.js';
import { healthy } from '../explain/healthy.js';
import type { Fate, Packet, Rig, Setup } from '../explain/set-up.js';
import { onlyRows, untilPing, words } from '../support.js';

/** What set-ups may have changed of the rows that `onlyRows` leaves. */
const ownProposal =
  'proposal set default enc-algorithms=3des auth-algorithms=sha1 pfs-group=modp1024\n';

/** Gives how many set-ups there were of either kind. */
export default scenario(async (lab) => {
  lab.keepShells();
  const two = await lab.twoRouters();
  const [, daemon2] = await Promise.all([two.r1.startDaemon(), two.r2.startDaemon()]);
  const rig = { lab, two, daemon2 };
  const wire = await two.wire.capture();
  for (const setup of healthy) await judge(rig, wire, setup);
  for (const setup of broken) await judge(rig, wire, setup);
  await wire.stop();
  if (wire.dropped > 0) throw new Error(`the capture has gaps: ${wire.dropped} packets`);
  return { healthy: healthy.length, broken: broken.length };
});

async function judge(rig: Rig, wire: Capture, setup: Setup): Promise<void> {
  const { lab, two } = rig;
  const { r1, r2 } = two;
  const { name, packet, fate, says } = setup;
  const [rows1, rows2] = setup.rows.map((rows) => onlyRows(ownProposal + rows));
  await Promise.all([r2.configure(rows2 ?? ''), r1.configure(rows1 ?? '')]);
  const ends = setup.from === 'router' ? routerEnds(two) : hostEnds(two);
  if (setup.up === 1) await untilPing(lab, ends.sender, ends.far);
  if (setup.up === 2) await untilPing(lab, ends.receiver, ends.near);
  const takeBack = await setup.disturb?.(rig);
  const sendOne = () => ends.sender.ping(ends.far, { count: 1, waitSeconds: attemptSeconds });
  // What is wrong may take a packet, or an exchange, to show.
  if (setup.up === undefined || takeBack !== undefined) await sendOne();
  const answer = await explanation(r1, question(ends, packet), { says, between: sendOne });
  const told = words(answer);
  const [, way, pieces = ''] =
    /^out .*?: it (?:leaves |is )(?:in )?(\w+)(, in fragments)?/.exec(told) ?? [];
  const since = Date.now() / 1000;
  const tooLong = await send(ends, packet);
  const seen = fateSeen(
    (await wire.soFar()).filter(({ time }) => time >= since),
    ends,
    packet,
  );
  const wasTold = tooLong.length > 0;
  const isRefused = fate === 'dropped' && packet !== undefined && 'dontFragment' in packet;
  lab.check(`${name}: foretold ${fate}`, `${way}${pieces}` === fate, answer);
  lab.check(
    `${name}: the wire shows it`,
    seen === fate &&
      wasTold === isRefused &&
      tooLong.every(({ mtu }) => told.includes(`mtu ${mtu})`)),
    [seen, tooLong],
  );
  lab.check(`${name}: the cause is named`, says.test(told), answer);
  await takeBack?.();
}

const attempts = 40;
const attemptSeconds = 0.3;

/** The answer as soon as it says that, or the last of several: an exchange may have to end first. */
async function explanation(
  router: Router,
  packet: string,
  { says, between }: { readonly says: RegExp; readonly between: () => Promise<unknown> },
): Promise<string> {
  let answer = '';
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (attempt > 0) await between();
    answer = await router.configure(`/ip ipsec explain ${packet}\n`);
    if (says.test(words(answer))) break;
  }
  return answer;
}

interface Ends {
  readonly sender: Machine;
  readonly receiver: Machine;
  readonly near: string;
  readonly far: string;
}

function routerEnds({ r1, r2 }: TwoRouters): Ends {
  return { sender: r1, receiver: r2, near: '1.0.0.1', far: '1.0.0.2' };
}

function hostEnds({ h1, h2 }: TwoRouters): Ends {
  return { sender: h1, receiver: h2, near: '10.1.0.2', far: '10.2.0.2' };
}

const udpSource = 1024;

function question({ near, far }: Ends, packet: Packet | undefined): string {
  const ends = `src=${near} dst=${far}`;
  if (packet === undefined) return ends;
  if ('udpPort' in packet) {
    return `${ends} protocol=udp src-port=${udpSource} dst-port=${packet.udpPort}`;
  }
  return `${ends} packet-size=${packet.bytes} df=${packet.dontFragment ? 'yes' : 'no'}`;
}

/** The headers of IP and ICMP. */
const pingHeaders = 28;

/** What the sender was told if it was too long. */
async function send(
  { sender, near, far }: Ends,
  packet: Packet | undefined,
): Promise<PingResult['tooLong']> {
  if (packet !== undefined && 'udpPort' in packet) {
    await sender.sendDatagrams({ from: `${near}:${udpSource}`, to: `${far}:${packet.udpPort}` });
    return [];
  }
  const options =
    packet === undefined
      ? {}
      : { size: packet.bytes - pingHeaders, dontFragment: packet.dontFragment };
  const { tooLong } = await sender.ping(far, { count: 1, waitSeconds: 0.3, ...options });
  // What was told now must not shorten what other set-ups send.
  if (packet !== undefined) await sender.must(['ip', 'route', 'flush', 'cache']);
  return tooLong;
}

function fateSeen(
  packets: readonly CapturedPacket[],
  { near }: Ends,
  packet: Packet | undefined,
): Fate {
  const sources = [near, '1.0.0.1'];
  const sent = packets.filter(({ source }) => sources.includes(source));
  const encrypted = sent.filter(({ protocol }) => protocol === 'esp' || protocol === 'ah');
  const asked = packet !== undefined && 'udpPort' in packet ? 'udp' : 'icmp';
  const clear = sent.filter(
    ({ protocol, sourcePort }) => protocol === asked && sourcePort !== ikePort,
  );
  const [way, seen] =
    encrypted.length > 0 ? ['encrypted' as const, encrypted] : ['clear' as const, clear];
  if (seen.length === 0) return 'dropped';
  return seen.some(isFragment) ? `${way}, in fragments` : way;
}

const ikePort = 500;

/** More fragments, or an offset (RFC 791 3.1). */
function isFragment({ bytes }: CapturedPacket): boolean {
  return ((bytes[6] ?? 0) & 0x3f) !== 0 || bytes[7] !== 0;
}
