/**
 * Manual keys between two routers and against plain `ip xfrm`: the manual's AH tunnel, every algorithm,
 * bundles, edits, and what is left of them after a crash (R-40 to R-46, E-06, E-09).
 */
import type { Lab, Machine, Router } from '../../lab/guest.js';
import { scenario } from '../../lab/guest.js';
import { manualTunnelByIpXfrm } from '../manual-tunnel.js';
import { matureSas } from '../support.js';

/** The manual's example, with the SPIs exchanged for the other side. */
function manualExample(side: 1 | 2): string {
  const other = 3 - side;
  const spi = side === 1 ? '0x101/0x100' : '0x100/0x101';
  return `/ip ipsec
manual-sa add name=ah-sa1 ah-spi=${spi} ah-key=abcfed
policy add src-address=10.${side}.0.0/24 dst-address=10.${other}.0.0/24 \\
   action=encrypt ipsec-protocols=ah tunnel=yes sa-src=1.0.0.${side} sa-dst=1.0.0.${other} \\
   manual-sa=ah-sa1
`;
}

const clear = '/ip ipsec\npolicy remove [find]\nmanual-sa remove [find]\n';

interface Suite {
  readonly name: string;
  readonly template: string;
  readonly protocols: string;
  readonly tunnel: boolean;
}

const key = (bytes: number, digit: string) => digit.repeat(2 * bytes);

const suites: readonly Suite[] = [
  {
    name: 'ESP 3des/sha1, tunnel',
    template: `esp-enc-algorithm=3des esp-enc-key=${key(24, '1')} esp-auth-algorithm=sha1 esp-auth-key=${key(20, '2')}`,
    protocols: 'esp',
    tunnel: true,
  },
  {
    name: 'ESP des/md5, transport',
    template: `esp-enc-algorithm=des esp-enc-key=${key(8, '3')} esp-auth-algorithm=md5 esp-auth-key=${key(16, '4')}`,
    protocols: 'esp',
    tunnel: false,
  },
  {
    name: 'ESP aes-256 without authentication, tunnel',
    template: `esp-enc-algorithm=aes-256 esp-enc-key=${key(32, '5')}`,
    protocols: 'esp',
    tunnel: true,
  },
  { name: 'ESP null/null, tunnel', template: '', protocols: 'esp', tunnel: true },
  {
    name: 'AH sha1, transport',
    template: `ah-algorithm=sha1 ah-key=${key(20, '6')}`,
    protocols: 'ah',
    tunnel: false,
  },
  {
    name: 'AH md5 around ESP aes-128/sha1, tunnel',
    template: `ah-algorithm=md5 ah-key=${key(16, '7')} esp-enc-algorithm=aes-128 esp-enc-key=${key(16, '8')} esp-auth-algorithm=sha1 esp-auth-key=${key(20, '9')}`,
    protocols: 'ah,esp',
    tunnel: true,
  },
];

function rowsOf(side: 1 | 2, { template, protocols, tunnel }: Suite): string {
  const other = 3 - side;
  const networks = tunnel
    ? `src-address=10.${side}.0.0/24 dst-address=10.${other}.0.0/24 tunnel=yes `
    : '';
  return `/ip ipsec
manual-sa add name=m ${template}
policy add ${networks}sa-src=1.0.0.${side} sa-dst=1.0.0.${other} action=encrypt \\
  ipsec-protocols=${protocols} manual-sa=m
`;
}

export default scenario(async (lab) => {
  const { r1, r2, h1, h2, wire } = await lab.twoRouters();
  const [d1] = await Promise.all([r1.startDaemon(), r2.startDaemon()]);

  // --- the manual's example ---
  await r1.configure(manualExample(1));
  await r2.configure(manualExample(2));
  const capture = await wire.capture();
  await answered(lab, "the manual's AH tunnel", h1, '10.2.0.2');
  await answered(lab, "the manual's AH tunnel, the other way", h2, '10.1.0.2');
  await capture.stop();
  const others = capture.count(({ protocol }) => protocol !== 'ah');
  lab.check('R-33 nothing but AH is on the wire', others === 0, capture.summary());
  const printed = await r1.configure('/ip ipsec installed-sa print');
  const shown = ['A M spi=101', 'A M spi=100', 'add-lifetime=0s/0s', 'lifebytes=0/0'].every(
    (text) => printed.replace(/\n\s+/g, ' ').includes(text),
  );
  lab.check('R-44 installed-sa shows them with flag M and without limits', shown, printed);
  const stats = await r1.configure('/ip ipsec policy print stats');
  lab.check('R-6A the policy is established', stats.includes('ph2-state=established'), stats);
  lab.check('R-79 its packets are counted', /encrypted=6 .*decrypted=6/s.test(stats), stats);
  lab.check('R-45 there was no IKE', capture.count(({ protocol }) => protocol === 'udp') === 0);

  // --- edits ---
  const before = await spis(r1);
  await r1.configure('/ip ipsec manual-sa set ah-sa1 ah-spi=0x201/0x200');
  await r2.configure('/ip ipsec manual-sa set ah-sa1 ah-spi=0x200/0x201');
  lab.check(
    'R-45 editing a template replaces its SAs',
    before !== (await spis(r1)),
    await spis(r1),
  );
  await answered(lab, 'after the edit', h1, '10.2.0.2');
  await r1.configure('/ip ipsec manual-sa disable ah-sa1');
  lab.check('R-44 they vanish with their template', (await spis(r1)) === '', await spis(r1));
  await r1.configure('/ip ipsec manual-sa enable ah-sa1');
  await answered(lab, 'enabled again', h1, '10.2.0.2');
  await r1.ip('xfrm state flush');
  await lab.waitUntil('flushed SAs to come back', 10, async () => (await spis(r1)) === '200 201');
  await answered(lab, 'after a foreign flush', h1, '10.2.0.2');
  await r1.configure('/ip ipsec installed-sa flush');
  lab.check('A-22 our own flush leaves them', (await spis(r1)) === '200 201', await spis(r1));

  // --- a crash ---
  const packets = await counted(r1);
  await d1.kill('SIGKILL');
  await answered(lab, 'without the daemon', h1, '10.2.0.2');
  await d1.restart();
  lab.check('E-34 a crash leaves the SAs and their counters', (await counted(r1)) > packets);
  await answered(lab, 'after the restart', h1, '10.2.0.2');

  // --- two policies, one template ---
  await r1.configure(
    '/ip ipsec policy add src-address=10.1.0.0/24 dst-address=10.2.1.0/24 action=encrypt ipsec-protocols=ah tunnel=yes sa-src=1.0.0.1 sa-dst=1.0.0.2 manual-sa=ah-sa1',
  );
  lab.check('R-42 two policies share the SAs', (await spis(r1)) === '200 201', await spis(r1));
  await r1.configure('/ip ipsec policy remove 0');
  lab.check('R-42 they stay while one needs them', (await spis(r1)) === '200 201', await spis(r1));

  await wrongRows(lab, r1);

  // --- every algorithm, and bundles ---
  for (const suite of suites) {
    await r1.configure(clear + rowsOf(1, suite));
    await r2.configure(clear + rowsOf(2, suite));
    const [near, far] = suite.tunnel ? [h1, '10.2.0.2'] : [r1, '1.0.0.2'];
    const wired = await wire.capture();
    await answered(lab, suite.name, near, far);
    await wired.stop();
    const outermost = suite.protocols.startsWith('ah') ? 'ah' : 'esp';
    const strays = wired.count(({ protocol }) => protocol !== outermost);
    lab.check(`${suite.name}: only ${outermost} is on the wire`, strays === 0, wired.summary());
  }

  await r2.configure(clear);
  await r1.configure(clear + manualExample(1));
  await manualTunnelByIpXfrm(r2);
  await answered(lab, 'R-41 against ip xfrm', h1, '10.2.0.2');
});

/** Rows that are no good have no SAs: the kernel keeps those of the good ones, and has no others. */
async function wrongRows(lab: Lab, router: Router): Promise<void> {
  await router.configure('/ip ipsec manual-sa set ah-sa1 ah-algorithm=md5');
  const templates = await router.configure('/ip ipsec manual-sa print');
  lab.check('A-30 a key too short for MD5 is flagged', templates.includes('  0 I name="ah-sa1"'));
  lab.check('A-30 it is not installed', (await spis(router)) === '', await spis(router));
  await router.configure('/ip ipsec manual-sa set ah-sa1 ah-algorithm=null');
  lab.check('A-30 the right one is', (await spis(router)) === '200 201', await spis(router));
  await router.configure(`/ip ipsec
manual-sa add name=same ah-spi=0x201/0x300 ah-algorithm=md5 ah-key=${key(16, 'c')}
policy add src-address=10.1.0.0/24 dst-address=10.2.2.0/24 action=encrypt ipsec-protocols=ah \
  tunnel=yes sa-src=1.0.0.1 sa-dst=1.0.0.2 manual-sa=same
`);
  const policies = await router.configure('/ip ipsec policy print');
  lab.check('R-43 a policy whose SPI is taken is invalid', /^ {2}1 I /m.test(policies), policies);
  lab.check('R-43 it has no SA', (await spis(router)) === '200 201', await spis(router));
}

async function answered(lab: Lab, what: string, from: Machine, to: string): Promise<void> {
  const { received } = await from.ping(to, { count: 3, waitSeconds: 1 });
  lab.check(`${what}: pings are answered`, received === 3, received);
}

async function spis(router: Router): Promise<string> {
  const sas = await matureSas(router);
  return sas
    .map(({ spi }) => spi.toString(16))
    .sort()
    .join(' ');
}

async function counted(router: Router): Promise<number> {
  return (await matureSas(router)).reduce((sum, { packets }) => sum + packets, 0);
}
