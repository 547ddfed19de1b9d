/** The manual's example with a Cisco router (Annex 1.4), strongSwan in the Cisco's place. */
import {
  checkProtected,
  kernelKeyLines,
  keyLines,
  matureSas,
  parseInstalledSas,
  untilPing,
} from '../../kernel/support.js';
import type { BackgroundProcess, Lab, Router, Strongswan } from '../../lab/guest.js';
import { shapeOf } from './printouts.js';
import { algorithmLines, type Site } from './sites.js';

/** What the configuration listed in the manual means: `group 2`, DES and SHA-1, Cisco's default lifetimes. */
export const cisco = {
  local: '10.0.1.2',
  remote: '10.0.1.1',
  localTs: '10.0.2.0/24',
  remoteTs: '10.0.0.0/24',
  psk: 'test_key',
  mode: 'tunnel',
  ike: 'des-sha1-modp1024',
  ikeLifeSeconds: 86_400,
  esp: 'des-sha1',
  lifeSeconds: 3600,
  lifeBytes: 4_608_000_000,
} as const;

export interface Texts {
  /** The manual's lines. */
  readonly commands: string;
  /** Its sample of `installed-sa print`. */
  readonly printout: string;
}

const algorithms = 'esp tunnel cbc(des) hmac(sha1) 96';

export async function tryCisco(lab: Lab, site: Site, texts: Texts): Promise<Strongswan> {
  const charon = await site.peer.startStrongswan({
    ...cisco,
    // The bytes of what it receives.
    daemonConfig: 'filelog {\nlab {\nenc = 3\n}\n}',
  });
  await site.router.configure(texts.commands);
  await weInitiate(lab, site, charon, texts);
  await charon.terminate();
  await theyInitiate(lab, site, charon);
  return charon;
}

async function weInitiate(lab: Lab, site: Site, charon: Strongswan, texts: Texts): Promise<void> {
  const { router, peer, near, farAddress, wire } = site;
  const what = 'MT-to-CISCO, we initiate';
  const capture = await wire.capture();
  await untilPing(lab, near, farAddress);
  const { sent, received } = await near.ping(farAddress, { count: 4 });
  await capture.stop();
  lab.check(`${what}: pings answered`, received === sent, `${received} of ${sent}`);
  checkProtected(lab, `${what}: only ESP and IKE on the wire`, capture);
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
    `${what}: single DES and SHA-1 in a tunnel`,
    used.every((line) => line === algorithms),
    used,
  );
  lab.check(
    `${what}: R-63 the Cisco accepts our 30m, shorter than its hour`,
    ours.every(({ softSeconds, hardSeconds }) => softSeconds === 1440 && hardSeconds === 1800),
    ours.map(({ hardSeconds }) => hardSeconds),
  );
  const shapes = [shapeOf(stdout), shapeOf(texts.printout)];
  lab.check(
    `${what}: installed-sa prints what the manual shows`,
    shapes[0]?.join('\n') === shapes[1]?.join('\n'),
    shapes,
  );
  lab.check(
    'R-58 send-initial-contact=yes by default: the Cisco is sent INITIAL-CONTACT',
    charon.log().includes('N(INITIAL_CONTACT)'),
  );
}

async function theyInitiate(lab: Lab, site: Site, charon: Strongswan): Promise<void> {
  const { router, daemon, peer, near, far, nearAddress, farAddress } = site;
  const what = 'MT-to-CISCO, the Cisco initiates';
  const watcher = await watching(lab, router);
  const seen = daemon.log.length;
  const refused = await charon.initiate();
  const told = await daemon.waitForLog('the refusal', ({ event }) => event === 'phase2Failed', {
    after: seen,
  });
  const words = [
    'the peer offers lifetime=1h, ',
    'proposal-check=strict of /ip ipsec peer 0 (address=10.0.1.2:500) accepts at most lifetime=30m',
    'of /ip ipsec proposal 1 (name=to_cisco): set lifetime=1h there',
    'or proposal-check=claim or obey in the peer row',
  ];
  lab.check(
    `${what}: R-63 strict refuses its hour; the log names offer, limit, rows and what to set`,
    words.every((text) => told.msg.includes(text)) && told['reason'] === 'no-proposal-chosen',
    told.msg,
  );
  const events = await lab.waitUntil('the event to be watched', 5, () => {
    const lines = watcher.lines.filter((line) => line.includes('"phase2Failed"'));
    return lines.length > 0 && lines;
  });
  await watcher.stop();
  lab.check(
    `${what}: --watch shows the same`,
    events.some((line) => words.every((text) => line.includes(text))),
    events,
  );
  lab.check(
    `${what}: the Cisco is told NO-PROPOSAL-CHOSEN`,
    refused.exitCode !== 0 && charon.log().includes('N(NO_PROP)'),
    `${refused.exitCode} ${refused.stdout.trim().split('\n').at(-1)}`,
  );
  const left = [...(await matureSas(router)), ...(await matureSas(peer))];
  lab.check(`${what}: no SA comes of it`, left.length === 0, left.length);

  await router.configure('/ip ipsec proposal set to_cisco lifetime=1h');
  const accepted = await charon.initiate();
  lab.check(`${what}: set what the log says, it is accepted`, accepted.exitCode === 0);
  const answers = [
    await near.ping(farAddress, { count: 2 }),
    await far.ping(nearAddress, { count: 2 }),
  ];
  lab.check(
    `${what}: pings answered both ways`,
    answers.every(({ sent, received }) => sent === received),
    answers,
  );
  const ours = await matureSas(router);
  lab.check(
    `${what}: R-63 strict takes its limit in bytes, as we have none`,
    ours.length === 2 &&
      ours.every((sa) => sa.hardSeconds === 3600 && sa.hardBytes === 4_608_000 * 1024),
    ours.map(({ hardSeconds, hardBytes }) => [hardSeconds, hardBytes]),
  );
}

/** Returns when what happens is being watched: what happened before is not told. */
async function watching(lab: Lab, router: Router): Promise<BackgroundProcess> {
  const watcher = router.watch();
  let changes = 0;
  await lab.waitUntil('--watch to see a change', 10, async () => {
    changes += 1;
    await router.configure(`/ip ipsec policy set 0 comment="change ${changes}"`);
    return watcher.lines.length > 0;
  });
  return watcher;
}
