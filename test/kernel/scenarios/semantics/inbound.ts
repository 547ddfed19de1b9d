/** Packets that arrive: encrypted, wrongly encrypted, and in clear where they should not be. */
import { keyed, matureSas, type Side, transport, tunnel, untilPing } from '../../support.js';
import { manualSa, type RuleTrials, type Seen, type Stage, translatedAddress } from './stage.js';

/** What the forger protects its packets with: by default as router 2 would, by template `m1`. */
interface ForgedSa {
  readonly protocol?: 'esp' | 'ah';
  readonly spi?: string;
  readonly mode?: 'tunnel' | 'transport';
  readonly source?: string;
  readonly destination?: string;
  /** Algorithms as ip(8) has them, and its other words for SAs. */
  readonly algorithms?: string;
}

const nullEsp = 'enc ecb(cipher_null) "" auth digest_null ""';
const nullAh = 'auth digest_null ""';

/** Commands of ip(8) that have packets between two addresses leave under that SA. */
function protectedBy(from: string, to: string, sa: ForgedSa = {}): string {
  const { protocol = 'esp', spi = '101', mode = 'tunnel' } = sa;
  const { source = '1.0.0.2', destination = '1.0.0.1' } = sa;
  const { algorithms = protocol === 'esp' ? nullEsp : nullAh } = sa;
  const ends = `src ${source} dst ${destination} proto ${protocol}`;
  return `xfrm state add ${ends} spi 0x${spi} reqid 1 mode ${mode} ${algorithms}
    xfrm policy add dir out src ${from}/32 dst ${to}/32 tmpl ${ends} reqid 1 mode ${mode}`;
}

/** One packet from behind router 2 to host 1. */
function forgeEsp(
  stage: Stage,
  sa: ForgedSa = {},
  from = '10.2.0.2',
  to = '10.1.0.2',
): Promise<Seen> {
  return stage.forge(from, to, protectedBy(from, to, sa));
}

const keys = (side: Side) =>
  [1, 2].map((series) => manualSa(side, `m${series}`, series)).join('\n');
const esp = (side: Side) => tunnel(side, 'manual-sa=m1');

export const inbound: RuleTrials = {
  'R-20': async (stage) => {
    await stage.rows(1, keys(1), esp(1));
    await stage.firewall('filter', 'INPUT -p esp');
    const passed = await forgeEsp(stage);
    stage.equal(
      'the input chain sees the encrypted packet',
      await stage.counted('filter', 'INPUT'),
      1,
    );
    stage.equal('which then is decrypted', passed.atH1, 'icmp');
    const before = await decrypted(stage);
    await stage.firewall('filter', 'INPUT -p esp -j DROP');
    const dropped = await forgeEsp(stage);
    stage.equal('what the input chain drops is not', dropped.atH1, 'nothing');
    stage.equal('the SA has not seen it', await decrypted(stage), before);
    await stage.firewall('filter');
    // Of another end: the connection stays tracked for minutes.
    const source = '1.0.0.3';
    await stage.rows(
      1,
      keys(1),
      esp(1).replace('sa-dst-address=1.0.0.2', `sa-dst-address=${source}`),
    );
    await stage.firewall(
      'nat',
      `PREROUTING -p esp -d ${translatedAddress} -j DNAT --to-destination 1.0.0.1`,
    );
    const translated = await forgeEsp(stage, { source, destination: translatedAddress });
    stage.equal('destination NAT comes before decryption', translated.atH1, 'icmp');
  },

  'R-21': async (stage) => {
    await stage.rows(1, keys(1), esp(1));
    const right = await forgeEsp(stage);
    stage.equal('with its SA the packet is taken', right.atH1, 'icmp');
    const wrong = {
      'another SPI': { spi: '999' },
      'another protocol': { protocol: 'ah' },
      'another destination': { destination: '10.1.0.1' },
    } as const;
    for (const [what, sa] of Object.entries(wrong)) {
      const seen = await forgeEsp(stage, sa);
      stage.equal(`${what}: dropped`, `${seen.atH1}, ${seen.dropped}`, 'nothing, InNoStates=1');
    }
    const source = await forgeEsp(stage, { source: '1.0.0.3' });
    stage.equal('Linux: another source is no other SA', source.atH1, 'icmp');
  },

  'R-22': async (stage) => {
    await wrongKeys(stage);
    await replayed(stage);
  },

  'R-23': async (stage) => {
    await stage.rows(
      1,
      keys(1),
      esp(1),
      'policy add src-address=10.1.0.0/24 dst-address=10.2.1.0/24 tunnel=yes sa-src-address=1.0.0.1 sa-dst-address=1.0.0.2 action=encrypt manual-sa=m2',
    );
    const own = await forgeEsp(stage, { spi: '201' }, '10.2.1.2');
    stage.equal('what the policy of the SA has is taken', own.atH1, 'icmp');
    const others = await forgeEsp(stage, {}, '10.2.1.2');
    stage.equal(
      'what another policy has is dropped',
      `${others.atH1}, ${others.dropped}`,
      'nothing, InTmplMismatch=1',
    );
    const nobodys = await forgeEsp(stage, {}, '10.2.0.2', '10.1.1.2');
    stage.equal(
      'what no policy has is dropped',
      `${nobodys.atH1}, ${nobodys.dropped}`,
      'nothing, InNoPols=1',
    );
    await stage.rows(1, keys(1), transport(1, 'protocol=tcp manual-sa=m1'));
    const overTransport = () => forgeEsp(stage, { mode: 'transport' }, '1.0.0.2', '1.0.0.1');
    const taken = await overTransport();
    stage.equal(
      'Linux: in transport mode what no policy has is taken, decrypted as if in clear',
      taken.atR1,
      1,
    );
    const between = 'policy add src-address=1.0.0.1/32 dst-address=1.0.0.2/32';
    await stage.rows(
      1,
      keys(1),
      transport(1, 'protocol=tcp manual-sa=m1'),
      `${between} protocol=50 action=accept`,
      `${between} action=drop`,
    );
    const closed = await overTransport();
    stage.equal('a drop row closes this', `${closed.atR1}, ${closed.dropped}`, '0, InPolBlock=1');
  },

  'R-24': async (stage) => {
    const { h2 } = stage.two;
    await stage.mirrored(keys, esp);
    await stage.firewall('mangle', 'PREROUTING -s 10.2.0.2');
    const forwarded = await stage.seePing(h2, '10.1.0.2');
    stage.equal(
      'the decrypted packet passes prerouting',
      await stage.counted('mangle', 'PREROUTING'),
      1,
    );
    stage.equal('it is forwarded', forwarded.atH1, 'icmp');
    const delivered = await stage.seePing(h2, '10.1.0.1');
    stage.equal('or delivered', delivered.atR1, 1);
    await stage.firewall(
      'nat',
      'PREROUTING -s 10.2.0.2 -d 10.1.0.77 -j DNAT --to-destination 10.1.0.2',
    );
    const translated = await stage.seePing(h2, '10.1.0.77');
    stage.equal('destination NAT applies to it', translated.atH1, 'icmp');
  },

  'R-25': async (stage) => {
    const levels = ['use', 'acquire', 'require'] as const;
    const icmp = 'protocol=icmp';
    for (const level of levels) {
      await stage.rows(
        1,
        keys(1),
        tunnel(1, `level=${level} manual-sa=m1`),
        transport(1, `${icmp} level=${level} manual-sa=m2`),
      );
      stage.equal(
        `${level}, with SAs: dropped`,
        await inClear(stage),
        'nothing, 0, InTmplMismatch=2',
      );
      await stage.rows(1, tunnel(1, `level=${level}`), transport(1, `${icmp} level=${level}`));
      const wanted = level === 'require' ? 'nothing, 0, InTmplMismatch=2' : 'icmp, 1, ';
      const fate = level === 'require' ? 'dropped' : 'passed';
      stage.equal(`${level}, without SAs: ${fate}`, await inClear(stage), wanted);
    }
    const all = (more: string) =>
      `policy add src-address=10.1.0.0/24 dst-address=10.2.0.0/24 ${more}\npolicy add src-address=1.0.0.1/32 dst-address=1.0.0.2/32 ${more}`;
    await stage.rows(1, all('action=accept'));
    stage.equal('accept: passed', await inClear(stage), 'icmp, 1, ');
    await stage.rows(1, all('action=drop'));
    stage.equal('drop: dropped', await inClear(stage), 'nothing, 0, InPolBlock=2');
    await stage.rows(1, all('action=drop protocol=tcp'));
    stage.equal('no match: passed', await inClear(stage), 'icmp, 1, ');
    await stage.rows(
      1,
      keys(1),
      'policy add src-address=10.1.0.2/32 dst-address=10.2.0.0/24 action=accept',
      esp(1),
    );
    stage.equal('the first match decides', await inClear(stage), 'icmp, 1, ');
    await stage.type(1, '/ip ipsec policy move 1 0');
    stage.equal('after a move as well', await inClear(stage), 'nothing, 1, InTmplMismatch=1');
    await stage.rows(1, all('action=drop'));
    await stage.firewall('filter', 'FORWARD -p icmp', 'INPUT -p icmp');
    await inClear(stage);
    const seen = [await stage.counted('filter', 'FORWARD'), await stage.counted('filter', 'INPUT')];
    stage.equal('the forward chain does not see what is dropped', seen[0] ?? -1, 0);
    stage.equal('Linux: the input chain does', seen[1] ?? -1, 1);
  },

  'R-26': async (stage) => {
    const { h2 } = stage.two;
    await stage.mirrored(keys, esp, (side) =>
      transport(side, 'protocol=50 ipsec-protocols=ah manual-sa=m2'),
    );
    const nested = await stage.seePing(h2, '10.1.0.2');
    stage.equal('what is within is decrypted in its turn', nested.atH1, 'icmp');
    const counts = (await matureSas(stage.two.r1))
      .filter(({ source }) => source === '1.0.0.2')
      .map(({ protocol, packets }) => `${protocol} ${packets}`);
    stage.equal('both SAs had it', counts.sort().join(), 'ah 1,esp 1');
    const clear = await stage.forge('10.2.0.2', '10.1.0.2');
    stage.equal('the same packet is dropped if nothing was decrypted', clear.atH1, 'nothing');
    const inner = await forgeEsp(stage);
    stage.equal(
      'and if only the inner layer was',
      `${inner.atH1}, ${inner.dropped}`,
      'nothing, InTmplMismatch=1',
    );
  },

  'R-27': async (stage) => {
    const { h2 } = stage.two;
    const everything = 'policy add src-address=0.0.0.0/0 dst-address=0.0.0.0/0 action=drop';
    await stage.rows(1, keyed(1), everything);
    await stage.rows(2, keyed(2), tunnel(2));
    const after = stage.daemon(1).log.length;
    await stage.ping(h2, '10.1.0.2');
    await stage.logged(1, 'IKE gets through where all else is dropped', 'phase 1', after);
    const established = await stage.lab
      .waitUntil('phase 1', 15, async () => {
        const peers = await stage.type(1, '/ip ipsec peer print stats');
        return peers.includes('ph1-state=established');
      })
      .catch(() => false);
    stage.check('phase 1 is established', established);
    const datagram = (from: string, to: string) =>
      stage.observe(() => stage.forger.sendDatagrams({ from, to }));
    const other = await datagram('1.0.0.2:7000', '1.0.0.1:501');
    stage.equal('another port does not', other.dropped, 'InPolBlock=1');
    const forwarded = await datagram('10.2.0.2:500', '10.1.0.2:500');
    stage.equal(
      'nor does what is forwarded to port 500',
      `${forwarded.atH1}, ${forwarded.dropped}`,
      'nothing, InPolBlock=1',
    );
  },

  'R-28': async (stage) => {
    const { h1, r1 } = stage.two;
    // No answers: those would ask.
    for (const machine of [h1, r1]) await machine.sysctl('net.ipv4.icmp_echo_ignore_all', 1);
    for (const level of ['acquire', 'require'] as const) {
      await stage.rows(1, keyed(1), tunnel(1, `level=${level}`));
      const seen = await stage.forge('10.2.0.2', '10.1.0.2', '', { count: 3 });
      stage.equal(`${level}: the packet came`, seen.atH1, level === 'require' ? 'nothing' : 'icmp');
      stage.equal(`${level}: nobody was asked`, seen.asked, 0);
    }
    for (const machine of [h1, r1]) await machine.sysctl('net.ipv4.icmp_echo_ignore_all', 0);
    const asking = await stage.seeAsking(h1, '10.2.0.2');
    stage.check('an outgoing packet asks', asking.asked > 0, asking.asked);
  },
};

/** Packets that the inbound ESP SA of template `m1` decrypted. */
async function decrypted(stage: Stage): Promise<number> {
  const sas = await matureSas(stage.two.r1);
  return sas.find(({ spi }) => spi === 0x101)?.packets ?? -1;
}

/** What becomes of one clear packet to host 1 and of one to router 1, as if from the other side. */
async function inClear(stage: Stage): Promise<string> {
  const seen = await stage.observe(async () => {
    await stage.ping(stage.forger, '10.1.0.2', { from: '10.2.0.2', waitSeconds: 0.2 });
    await stage.ping(stage.forger, '1.0.0.1', { from: '1.0.0.2', waitSeconds: 0.2 });
  });
  return `${seen.atH1}, ${seen.atR1}, ${seen.dropped}`;
}

/** Keys of 16 bytes, the right one and another. */
const right = '11'.repeat(16);
const wrong = '22'.repeat(16);

async function wrongKeys(stage: Stage): Promise<void> {
  const failed = async () =>
    /not-decrypted=(\d+)/.exec(await stage.type(1, '/ip ipsec policy print stats'))?.[1];
  await stage.rows(
    1,
    manualSa(1, 'm', 11, `esp-auth-algorithm=md5 esp-auth-key=${right}`),
    tunnel(1, 'manual-sa=m'),
  );
  const md5 = (key: string) => ({
    spi: '1101',
    algorithms: `enc ecb(cipher_null) "" auth hmac(md5) 0x${key}`,
  });
  const good = await forgeEsp(stage, md5(right));
  stage.equal('authentic: taken', good.atH1, 'icmp');
  const bad = await forgeEsp(stage, md5(wrong));
  stage.equal(
    'not authentic: dropped',
    `${bad.atH1}, ${bad.dropped}`,
    'nothing, InStateProtoError=1',
  );
  stage.equal('not authentic: counted as not decrypted', (await failed()) ?? '', '1');
  await stage.rows(
    1,
    manualSa(1, 'm', 11, `ah-algorithm=md5 ah-key=${right}`),
    tunnel(1, 'ipsec-protocols=ah manual-sa=m'),
  );
  const ah = { protocol: 'ah', spi: '1101', algorithms: `auth hmac(md5) 0x${wrong}` } as const;
  const badAh = await forgeEsp(stage, ah);
  stage.equal(
    'AH, not authentic: dropped',
    `${badAh.atH1}, ${badAh.dropped}`,
    'nothing, InStateProtoError=1',
  );
  await stage.rows(
    1,
    manualSa(1, 'm', 11, `esp-enc-algorithm=aes-128 esp-enc-key=${right}`),
    tunnel(1, 'manual-sa=m'),
  );
  const aes = (key: string) => ({
    spi: '1101',
    algorithms: `enc cbc(aes) 0x${key} auth digest_null ""`,
  });
  const decipherable = await forgeEsp(stage, aes(right));
  stage.equal('without authentication, the right key: taken', decipherable.atH1, 'icmp');
  const garbled = await stage.forge(
    '10.2.0.2',
    '10.1.0.2',
    protectedBy('10.2.0.2', '10.1.0.2', aes(wrong)),
    { count: 6, size: 0 },
  );
  stage.equal('another key, so that padding is garbled: dropped', garbled.atH1, 'nothing');
  stage.check(
    'and counted by the kernel',
    /InState\w+Error=/.test(garbled.dropped),
    garbled.dropped,
  );
}

/** Keys of IKE, whose SAs have a replay window and limits, in the forger's hands. */
async function replayed(stage: Stage): Promise<void> {
  const { r1, h2 } = stage.two;
  await stage.mirrored(() => 'proposal set default lifebytes=3000', keyed, tunnel);
  await untilPing(stage.lab, h2, '10.1.0.2', 40);
  const theft = async (words: string) => {
    const sa = (await matureSas(r1)).find(({ source }) => source === '1.0.0.2');
    const algorithms = `enc ${sa?.encryption?.name} 0x${sa?.encryption?.key} auth ${sa?.integrity?.name} 0x${sa?.integrity?.key} ${words}`;
    return protectedBy('10.2.0.2', '10.1.0.2', { spi: sa?.spi.toString(16) ?? '', algorithms });
  };
  await stage.asleep(2, async () => {
    // The number 1, which router 2 has used up.
    const repeated = await stage.forge('10.2.0.2', '10.1.0.2', await theft(''));
    stage.equal(
      'replayed: dropped',
      `${repeated.atH1}, ${repeated.dropped}`,
      'nothing, InStateSeqError=1',
    );
    const stats = await stage.type(1, '/ip ipsec policy print stats');
    stage.check('replayed: counted as not decrypted', stats.includes('not-decrypted=1'), stats);
    const next = await theft('replay-window 32 replay-oseq 1000');
    const seen = await stage.forge('10.2.0.2', '10.1.0.2', next, {
      count: 60,
      intervalSeconds: 0.01,
    });
    const arrived = seen.lan1.filter(({ source }) => source === '10.2.0.2').length;
    // 36 packets of 84 bytes pass 3000 bytes.
    stage.check('new numbers: taken while the SA lasts', arrived >= 30 && arrived <= 36, arrived);
    stage.check('expired: dropped', /InStateExpired=|InNoStates=/.test(seen.dropped), seen.dropped);
  });
}
