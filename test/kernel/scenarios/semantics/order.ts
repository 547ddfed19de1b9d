/** Place, order and matching of outgoing packets. */
import { keyed, type Side, transport, tunnel, untilPing } from '../../support.js';
import { manualSa, type RuleTrials, type Stage, withoutHops } from './stage.js';

/** A row of all traffic from network 1 to network 2. */
const lans = (more: string) => `policy add src-address=10.1.0.0/24 dst-address=10.2.0.0/24 ${more}`;

/** The same for one port. */
const ontoPort = (more: string) =>
  lans(more).replace('10.2.0.0/24', '10.2.0.0/24:1500 protocol=udp');

export const order: RuleTrials = {
  // Before anything tracks connections in router 1: what does puts fragments together first.
  'R-03': async (stage) => {
    await matching(stage);
    await fragments(stage);
  },

  'R-02': async (stage) => {
    const { h1 } = stage.two;
    await stage.rows(
      1,
      lans('action=drop disabled=yes'),
      lans('action=encrypt tunnel=yes'),
      'policy add src-address=10.1.0.2/32 dst-address=10.2.0.2/32',
      lans('action=drop'),
    );
    const flags = await stage.type(1, '/ip ipsec policy print');
    stage.check(
      'one row is disabled, one invalid',
      / 0 X .* 1 I .* 2 src.* 3 src/.test(flags),
      flags,
    );
    const first = await stage.seePing(h1, '10.2.0.2');
    stage.equal('the first of the others that matches decides', first.atH2, 'icmp');
    const second = await stage.seePing(h1, '10.2.0.3');
    stage.equal('the next decides where that one does not match', second.outward, 'nothing');
    const none = await stage.seePing(h1, '10.2.1.2');
    stage.equal('what no row matches is accepted', none.atH2, 'icmp');
    await stage.type(1, '/ip ipsec policy move 3 2');
    const moved = await stage.seePing(h1, '10.2.0.2');
    stage.equal('a row moved in front decides', moved.outward, 'nothing');
    await stage.type(1, '/ip ipsec policy move 2 3');
    const back = await stage.seePing(h1, '10.2.0.2');
    stage.equal('moved back it does not', back.outward, 'icmp');
    await stage.type(1, '/ip ipsec policy enable 0');
    const enabled = await stage.seePing(h1, '10.2.0.2');
    stage.equal('the first row decides once it is enabled', enabled.outward, 'nothing');
  },

  'R-04': async (stage) => {
    const { r1, h1 } = stage.two;
    await stage.rows(
      1,
      lans('action=accept'),
      transport(1, 'protocol=icmp').replace('encrypt', 'drop'),
    );
    const accepted = await stage.seePing(h1, '10.2.0.2');
    stage.equal('accept: the packet is sent in clear', accepted.outward, 'icmp');
    const [before, after] = [accepted.lan1, accepted.wire].map((packets) =>
      packets.find(({ source }) => source === '10.1.0.2'),
    );
    stage.check(
      'accept: nothing in it changes but the hops it has left',
      withoutHops(before?.bytes) === withoutHops(after?.bytes) && before !== undefined,
      [withoutHops(before?.bytes), withoutHops(after?.bytes)],
    );
    const local = await stage.seePing(r1, '1.0.0.2');
    stage.equal("drop: a packet of the router's own is discarded", local.outward, 'nothing');
    stage.equal('drop: the kernel counts it', local.dropped, 'OutPolBlock=1');
    await stage.rows(1, lans('action=drop'));
    const forwarded = await stage.seePing(h1, '10.2.0.2');
    stage.equal('drop: a forwarded packet is discarded', forwarded.outward, 'nothing');
    stage.equal('drop: its sender is not told', forwarded.atH1, 'nothing');
    await stage.mirrored(
      (side) => manualSa(side, 'm', 1),
      (side) => tunnel(side, 'manual-sa=m'),
    );
    const encrypted = await stage.seePing(h1, '10.2.0.2');
    stage.equal('encrypt: the packet is sent encrypted', encrypted.outward, 'esp 102 > ip > icmp');
    stage.equal('encrypt: it arrives', encrypted.atH2, 'icmp');
  },

  'R-05': dyingSas,

  'R-16': ikeOfItsOwn,

  'R-01': async (stage) => {
    await afterSourceNat(stage);
    await aroundSourceNat(stage);
  },
};

async function matching(stage: Stage): Promise<void> {
  const { h1 } = stage.two;
  const udp = async (...ports: readonly (readonly [from: number, to: number])[]) => {
    const seen = await stage.observe(() =>
      h1.sendDatagrams(
        ...ports.map(([from, to]) => ({ from: `10.1.0.2:${from}`, to: `10.2.0.2:${to}` })),
      ),
    );
    return seen.outward;
  };
  await stage.rows(
    1,
    'policy add src-address=10.1.0.0/24:53 dst-address=10.2.0.0/24 protocol=udp action=drop',
    'policy add src-address=10.1.0.0/24 dst-address=10.2.0.0/24:1000-2000 protocol=udp action=drop',
    'policy add src-address=10.1.0.0/24 dst-address=10.2.0.3/32 protocol=icmp action=drop',
  );
  stage.equal(
    'a range of ports has just those from its first to its last',
    await udp([7, 999], [7, 1000], [7, 1500], [7, 2000], [7, 2001]),
    'udp 2001, udp 999',
  );
  stage.equal('a source port is one', await udp([53, 7], [54, 9]), 'udp 9');
  const tcp = await stage.observe(() =>
    // Nobody listens: what is sent is all that matters.
    h1.run(['timeout', '15', 'bash', '-c', '</dev/tcp/10.2.0.2/1500']),
  );
  stage.equal('another protocol does not match', tcp.outward, 'tcp 1500');
  const within = await stage.seePing(h1, '10.2.0.3');
  stage.equal('an address in the prefix does', within.outward, 'nothing');
  const beside = await stage.seePing(h1, '10.2.0.2');
  stage.equal('one beside it does not', beside.outward, 'icmp');
}

/** More than fits into one packet, to a port that the rows name. */
const large = { from: '10.1.0.2:7', to: '10.2.0.2:1500', bytes: 4000 };

async function fragments(stage: Stage): Promise<void> {
  const { r1, h1 } = stage.two;
  await stage.rows(1, ontoPort('action=drop'));
  const dropped = await stage.observe(() => h1.sendDatagrams(large));
  stage.equal(
    'fragments do not match a row with ports; Linux: the first one neither',
    dropped.outward,
    'fragment, udp 1500',
  );
  await stage.rows(
    1,
    manualSa(1, 'm', 1),
    tunnel(1, 'protocol=udp manual-sa=m').replace('10.2.0.0/24', '10.2.0.0/24:1500'),
  );
  const whole = await stage.observe(() => h1.sendDatagrams({ ...large, bytes: 8 }));
  stage.equal(
    'a datagram to the port of a row is encrypted',
    whole.outward,
    'esp 102 > ip > udp 1500',
  );
  const encrypted = await stage.observe(() => h1.sendDatagrams(large));
  stage.equal('Linux: fragments of one leave in clear', encrypted.outward, 'fragment, udp 1500');
  await stage.rows(
    1,
    'policy add src-address=1.0.0.1/32 dst-address=1.0.0.2/32:1500 protocol=udp action=drop',
  );
  const own = await stage.observe(() =>
    r1.sendDatagrams({ ...large, from: '1.0.0.1:7', to: '1.0.0.2:1500' }),
  );
  stage.equal('what the router sends itself is looked at whole', own.outward, 'nothing');
}

/** SAs past their soft limit, which nobody renews as the other end is asleep. */
async function dyingSas(stage: Stage): Promise<void> {
  const { h1 } = stage.two;
  // By bytes: a limit by time would pass while others have the processor.
  await stage.mirrored(() => 'proposal set default lifebytes=20000', keyed, tunnel);
  await untilPing(stage.lab, h1, '10.2.0.2', 40);
  const mature = await stage.seePing(h1, '10.2.0.2');
  stage.equal('with mature SAs the packet is sent encrypted', mature.outward, 'esp');
  stage.equal('and arrives', mature.atH2, 'icmp');
  const exhaust = (what: string, isSo: (sas: string) => boolean) =>
    stage.lab.waitUntil(what, 60, async () => {
      // Fewer bytes than lie between the two limits.
      await stage.ping(h1, '10.2.0.2', { count: 3, intervalSeconds: 0.05, size: 1000 });
      return isSo(await stage.type(1, '/ip ipsec installed-sa print'));
    });
  await stage.asleep(2, async () => {
    await exhaust('dying SAs', (sas) => !sas.includes('state=mature'));
    const dying = await stage.seePing(h1, '10.2.0.2');
    stage.equal('with dying SAs it is as well', dying.outward, 'esp');
    stage.equal('and arrives from them', dying.atH2, 'icmp');
    // A larval one stands for the successor that the other end does not answer for.
    await exhaust('dead SAs', (sas) => !/state=(?:mature|dying)/.test(sas));
    const gone = await stage.seePing(h1, '10.2.0.2');
    stage.equal('with none it is not sent', gone.outward, 'nothing');
  });
}

async function ikeOfItsOwn(stage: Stage): Promise<void> {
  const { r1, h1 } = stage.two;
  const everything =
    'policy add src-address=0.0.0.0/0 dst-address=0.0.0.0/0 protocol=udp action=drop';
  await stage.rows(1, keyed(1), tunnel(1), everything);
  const asking = await stage.seeAsking(h1, '10.2.0.2');
  stage.check('UDP from port 500 of the router itself passes', asking.asked > 0, asking.asked);
  const other = await stage.observe(() =>
    r1.sendDatagrams({ from: '1.0.0.1:501', to: '1.0.0.2:500' }),
  );
  stage.equal('from another port it does not', other.outward, 'nothing');
  await stage.rows(1, lans('action=drop'));
  const hosts = () => h1.sendDatagrams({ from: '10.1.0.2:500', to: '10.2.0.2:500' });
  const dropped = await stage.observe(hosts);
  stage.equal(
    'forwarded it is dropped where policies say so',
    `${dropped.outward}, ${dropped.dropped}`,
    'nothing, OutPolBlock=1',
  );
  await stage.mirrored(
    (side) => manualSa(side, 'm', 1),
    (side) => tunnel(side, 'manual-sa=m'),
  );
  const encrypted = await stage.observe(hosts);
  stage.equal('forwarded it is encrypted', encrypted.outward, 'esp 102 > ip > udp 500');
  // E-19: one exemption for each address of the router.
  await stage.rows(1, everything);
  const address = '1.0.0.12';
  const becomes = (isExempt: boolean) =>
    stage.lab
      .waitUntil('the exemption', 10, async () => {
        const policies = await r1.kernelPolicies();
        const own = policies.filter(
          ({ direction, source }) => direction === 'out' && source === `${address}/32`,
        );
        return own.some(({ upper }) => upper.includes('sport 500')) === isExempt;
      })
      .catch(() => false);
  await r1.ip(`addr add ${address}/24 dev eth0`);
  stage.check('a new address of the router is exempt as well', await becomes(true));
  await r1.ip(`addr del ${address}/24 dev eth0`);
  stage.check('once it is gone it is not', await becomes(false));
}

const translate = (stage: Stage, ...rules: readonly string[]) =>
  stage.firewall('nat', ...rules.map((rule) => `POSTROUTING -o eth0 ${rule}`));

async function afterSourceNat(stage: Stage): Promise<void> {
  const { h1 } = stage.two;
  const manual = [
    (side: Side) => manualSa(side, 'm', 1),
    (side: Side) => tunnel(side, 'manual-sa=m'),
  ] as const;
  await stage.mirrored(...manual);
  await translate(stage, '-j MASQUERADE');
  const masqueraded = await stage.seePing(h1, '10.2.0.2');
  stage.equal(
    'what masquerading takes out of a policy leaves in clear',
    masqueraded.outward,
    'icmp',
  );
  await translate(stage, '-d 10.2.0.0/24 -j ACCEPT', '-j MASQUERADE');
  const accepted = await stage.seePing(h1, '10.2.0.2');
  stage.equal('what is not masqueraded is encrypted', accepted.outward, 'esp 102 > ip > icmp');
  stage.equal('and arrives', accepted.atH2, 'icmp');

  await stage.mirrored(manual[0], (side) =>
    tunnel(side, 'manual-sa=m').replace('10.1.0.0/24', '172.16.0.9/32'),
  );
  await translate(stage, '-s 10.1.0.2 -j SNAT --to-source 172.16.0.9');
  const moved = await stage.seePing(h1, '10.2.0.2');
  stage.equal(
    'what source NAT brings into a policy is encrypted',
    moved.outward,
    'esp 102 > ip > icmp',
  );
  const arrived = moved.lan2.find(({ destination }) => destination === '10.2.0.2');
  stage.equal('it arrives with the new address', arrived?.source ?? '', '172.16.0.9');
}

/** Ports are translated as well; and what Linux does before source NAT, and because of it. */
async function aroundSourceNat(stage: Stage): Promise<void> {
  const { h1 } = stage.two;
  await stage.rows(
    1,
    'policy add src-address=1.0.0.1/32:7000 dst-address=10.2.0.0/24 protocol=udp action=drop',
  );
  const datagram = { from: '10.1.0.2:5000', to: '10.2.0.2:9' };
  await translate(stage);
  const plain = await stage.observe(() => h1.sendDatagrams(datagram));
  await translate(stage, '-p udp -j SNAT --to-source 1.0.0.1:7000');
  const translated = await stage.observe(() =>
    h1.sendDatagrams({ ...datagram, from: '10.1.0.2:5001' }),
  );
  stage.equal(
    'ports too are those after source NAT',
    `${plain.outward} / ${translated.outward}`,
    'udp 9 / nothing',
  );

  // E-15: Linux looks at policies before source NAT as well.
  await stage.rows(1, tunnel(1));
  await translate(stage, '-j MASQUERADE');
  const early = await stage.seePing(h1, '10.2.0.2');
  stage.equal(
    'Linux: a packet that has no SAs before masquerading is dropped then',
    `${early.outward}, ${early.dropped}`,
    'nothing, OutNoStates=1',
  );

  await stage.rows(1, ontoPort('action=drop'));
  // What changes addresses needs connections to be tracked, of all packets.
  await translate(stage, '-d 192.0.2.1 -j MASQUERADE');
  const fragments = await stage.observe(() => h1.sendDatagrams(large));
  stage.equal(
    'Linux: where connections are tracked, fragments are put together first and match by port',
    fragments.outward,
    'nothing',
  );
}
