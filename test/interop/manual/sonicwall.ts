/** The manual's example with the SonicWALL client (Annex 1.5), strongSwan in the client's place. */
import {
  checkProtected,
  kernelKeyLines,
  keyLines,
  matureSas,
  parseInstalledSas,
  untilPing,
} from '../../kernel/support.js';
import type { Lab, Strongswan } from '../../lab/guest.js';
import type { Texts } from './cisco.js';
import { shapeOf } from './printouts.js';
import { algorithmLines, type Site } from './sites.js';

/** What the manual has the user click: the client negotiates when he tries to reach a host. */
const client = {
  local: '10.0.0.81',
  remote: '10.0.0.204',
  localTs: '10.0.0.81/32',
  remoteTs: '1.1.1.0/24',
  psk: '********',
  mode: 'tunnel',
  ike: '3des-sha1-modp1024',
  esp: 'des-md5-modp768',
  lifeSeconds: 1800,
  startAction: 'trap',
} as const;

const algorithms = 'esp tunnel cbc(des) hmac(md5) 96';

export async function trySonicwall(lab: Lab, site: Site, texts: Texts): Promise<void> {
  const charon = await site.peer.startStrongswan(client);
  await site.router.configure(texts.commands);
  await tryTunnel(lab, site, texts, 'theirs');
  await endTunnel(lab, site, charon);
  await tryTunnel(lab, site, texts, 'ours');
  lab.check(
    'R-58 send-initial-contact=no: the SonicWALL is never sent INITIAL-CONTACT',
    !charon.log().includes('N(INITIAL_CONTACT)') && charon.log().includes('QUICK_MODE'),
  );
  await endTunnel(lab, site, charon);
  await tryObey(lab, site, charon);
}

async function tryTunnel(
  lab: Lab,
  { router, peer, wire, near, nearAddress, far, farAddress }: Site,
  texts: Texts,
  initiator: 'ours' | 'theirs',
): Promise<void> {
  const what = `MT-to-SW, ${initiator === 'ours' ? 'we initiate' : 'the client initiates'}`;
  const [from, to] = initiator === 'ours' ? [near, farAddress] : [far, nearAddress];
  const capture = await wire.capture();
  await untilPing(lab, from, to);
  const { sent, received } = await from.ping(to, { count: 4 });
  const packets = await capture.stop();
  lab.check(`${what}: pings answered`, received === sent, `${received} of ${sent}`);
  checkProtected(lab, `${what}: only ESP and IKE on the wire`, capture);
  const first = packets.find(({ protocol }) => protocol === 'udp')?.source;
  const expected = initiator === 'ours' ? client.remote : client.local;
  lab.check(`${what}: it did`, first === expected, first);
  const [ours, theirs] = [await matureSas(router), await matureSas(peer)];
  const { stdout } = await router.ctl('/ip ipsec installed-sa print');
  const keys = [keyLines(parseInstalledSas(stdout)), kernelKeyLines(ours), kernelKeyLines(theirs)];
  lab.check(
    `${what}: our printout and both kernels agree on one pair of SAs`,
    keys.every((lines) => lines.length === 2 && lines.join() === keys[0]?.join()),
    keys.map((lines) => lines.length),
  );
  const used = [...algorithmLines(ours), ...algorithmLines(theirs)];
  lab.check(
    `${what}: single DES and MD5 in a tunnel, 24m/30m`,
    used.every((line) => line === algorithms) &&
      ours.every((sa) => sa.softSeconds === 1440 && sa.hardSeconds === 1800),
    used,
  );
  // The sample shows no P although its proposal has PFS (B-20): flags are looked at apart.
  lab.check(
    `${what}: R-66 both SAs are printed with the flags E and P`,
    stdout.match(/^ +\d+ EP +spi=/gm)?.length === 2,
  );
  // Which SPI stands first says nothing, nor whether an SA has been used.
  const shapes = [shapeOf(stdout).sort(), shapeOf(texts.printout).sort()];
  lab.check(
    `${what}: installed-sa prints what the manual shows`,
    shapes[0]?.join('\n') === shapes[1]?.join('\n'),
    shapes,
  );
}

/** "to allow remote client to connect even if lifetime and pfs settings in its proposal don't match ours" */
async function tryObey(lab: Lab, { router, peer, far, nearAddress }: Site, charon: Strongswan) {
  const what = 'MT-to-SW, R-63 obey, a client without PFS whose SAs live 8 hours';
  await charon.load({ ...client, esp: 'des-md5', lifeSeconds: 28_800 });
  await untilPing(lab, far, nearAddress);
  const [ours, theirs] = [await matureSas(router), await matureSas(peer)];
  const seconds = [...ours, ...theirs].map(({ hardSeconds }) => hardSeconds);
  lab.check(
    `${what}: both kernels have its lifetime`,
    seconds.join() === '28800,28800,28800,28800',
    seconds,
  );
  const { stdout } = await router.ctl('/ip ipsec installed-sa print');
  lab.check(`${what}: no flag P`, stdout.match(/^ +\d+ E +spi=/gm)?.length === 2);
}

async function endTunnel(lab: Lab, { router, peer }: Site, charon: Strongswan): Promise<void> {
  await charon.terminate();
  await lab.waitUntil('all SAs to go', 8, async () => {
    return (await matureSas(router)).length + (await matureSas(peer)).length === 0;
  });
}
