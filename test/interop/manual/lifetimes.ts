/** each proposal-check of ours against what strongSwan offers, looked at in both kernels. */
import { matureSas } from '../../kernel/support.js';
import type { KernelSa, Lab, Strongswan } from '../../lab/guest.js';
import { cisco } from './cisco.js';
import type { Site } from './sites.js';

interface Cell {
  readonly check: 'obey' | 'strict' | 'claim' | 'exact';
  readonly offeredSeconds: number;
  /** Hard limits of the SAs here and there; undefined = refused. Our proposal says 30m. */
  readonly agreed?: readonly [ours: number, theirs: number];
}

const cells: readonly Cell[] = [
  { check: 'obey', offeredSeconds: 3600, agreed: [3600, 3600] },
  { check: 'strict', offeredSeconds: 900, agreed: [900, 900] },
  // strongSwan takes no notice of RESPONDER-LIFETIME, so its SAs stay until our DELETE.
  { check: 'claim', offeredSeconds: 3600, agreed: [1800, 3600] },
  { check: 'exact', offeredSeconds: 1800, agreed: [1800, 1800] },
  { check: 'exact', offeredSeconds: 900 },
];

export async function tryLifetimes(lab: Lab, site: Site, charon: Strongswan): Promise<void> {
  await site.router.configure('/ip ipsec proposal set to_cisco lifetime=30m');
  for (const cell of cells) {
    const what = `R-63 proposal-check=${cell.check}, strongSwan offers ${cell.offeredSeconds} s`;
    const heard = await reload(site.router, charon, cell);
    const seen = site.daemon.log.length;
    const { exitCode } = await charon.initiate();
    const notifies = notifiesIn(charon.log().slice(heard));
    const ours = await matureSas(site.router);
    const found = [ours, await matureSas(site.peer)].map((sas) => sas.map(hardSeconds));
    lab.check(
      `${what}: the lifetimes in both kernels`,
      JSON.stringify(found) === JSON.stringify(wantedSeconds(cell)),
      found,
    );
    if (cell.agreed === undefined) {
      lab.check(`${what}: refused`, exitCode !== 0, exitCode);
      await checkRefusal(lab, what, site, seen);
      continue;
    }
    lab.check(
      `${what}: R-67 ours are soft at 80 %`,
      ours.every((sa) => sa.softSeconds === 0.8 * sa.hardSeconds),
      ours.map(({ softSeconds }) => softSeconds),
    );
    const inbound = ours.find(({ destination }) => destination === cisco.remote);
    const spi = inbound?.spi.toString(16).padStart(8, '0');
    // RFC 2407 4.6.3.1: DOI 1, ESP, 4 bytes of our SPI, 24576, life type seconds, 1800.
    const bytes = `00000001 03 04 6000 ${spi} 80010001 80020708`.replaceAll(' ', '');
    lab.check(
      `${what}: ${cell.check === 'claim' ? 'RESPONDER-LIFETIME says 1800 s' : 'no notify'}`,
      notifies.join() === (cell.check === 'claim' ? bytes : ''),
      notifies,
    );
  }
}

function wantedSeconds({ agreed }: Cell): number[][] {
  return agreed === undefined ? [[], []] : agreed.map((seconds) => [seconds, seconds]);
}

/** `seen`: how long our log was before. */
async function checkRefusal(lab: Lab, what: string, { daemon }: Site, seen: number): Promise<void> {
  const { msg } = await daemon.waitForLog('a refusal', ({ event }) => event === 'phase2Failed', {
    after: seen,
  });
  const words = [
    'the peer offers lifetime=15m, ',
    'proposal-check=exact of /ip ipsec peer 0 (address=10.0.1.2:500) accepts only lifetime=30m ',
    'of /ip ipsec proposal 1 (name=to_cisco): set lifetime=15m there',
  ];
  lab.check(
    `${what}: the log says why`,
    words.every((text) => msg.includes(text)),
    msg,
  );
}

/** From nothing between the two: returns where charon's log then ends. */
async function reload(
  router: Site['router'],
  charon: Strongswan,
  { check, offeredSeconds }: Cell,
): Promise<number> {
  await charon.terminate();
  const { lifeBytes: _, ...timeOnly } = cisco;
  await charon.load({ ...timeOnly, lifeSeconds: offeredSeconds });
  await router.configure(`/ip ipsec peer set 0 proposal-check=${check}`);
  return charon.log().length;
}

const hardSeconds = (sa: KernelSa) => sa.hardSeconds;

/** Bodies of the notify payloads charon received, in hexadecimal, from its dump of what it parses. */
function notifiesIn(log: string): string[] {
  return log
    .split(/parsing NOTIFY_V1 payload, .*\n/)
    .slice(1)
    .map((text) => {
      const dump = [
        ...text
          .split(/parsing rule/, 1)
          .join('')
          .matchAll(/ \d+: ((?:[0-9A-F]{2} )+)/g),
      ];
      const bytes = dump.flatMap(([, line = '']) => line.trim().split(' '));
      const length = Number.parseInt(`${bytes[2]}${bytes[3]}`, 16);
      return bytes.slice(4, length).join('').toLowerCase();
    });
}
