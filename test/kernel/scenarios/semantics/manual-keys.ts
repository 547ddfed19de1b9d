/** SAs of manual keys, from the rows to the kernel and the wire. */
import { keyed, matureSas, type Side, tunnel } from '../../support.js';
import { manualSa, type RuleTrials } from './stage.js';

const key = (side: Side) => manualSa(side, 'm', 1);
const esp = (side: Side) => tunnel(side, 'manual-sa=m');
/** A second tunnel between the same routers, to another network. */
const second = (side: Side, more: string) =>
  tunnel(side, more).replace(`10.${side === 1 ? 2 : 1}.0.0`, `10.${side === 1 ? 2 : 1}.1.0`);
const bothWays = 'esp 101 in, esp 102 out';

export const manualKeys: RuleTrials = {
  'R-40': async (stage) => {
    const repeated = (digits: string, bytes: number) => digits.repeat(bytes);
    // SPI and keys: to router 1, and from it.
    await stage.rows(
      1,
      `manual-sa add name=m ah-spi=1a01/1a02 esp-spi=1e01/1e02 ah-algorithm=md5 ah-key=${repeated('a1', 16)}/${repeated('a2', 16)} esp-auth-algorithm=sha1 esp-auth-key=${repeated('b1', 20)}/${repeated('b2', 20)} esp-enc-algorithm=3des esp-enc-key=${repeated('c1', 24)}/${repeated('c2', 24)}`,
      tunnel(1, 'ipsec-protocols=ah,esp manual-sa=m'),
    );
    const sas = (await matureSas(stage.two.r1)).map(
      ({ source, destination, protocol, spi, mode, integrity, encryption }) =>
        `${source} > ${destination} ${protocol} ${spi.toString(16)} ${mode} ${[integrity, encryption].map((one) => one?.key.slice(0, 2) ?? '-').join(' ')}`,
    );
    stage.equal(
      'for each protocol one SA out and one in, with keys and SPI of that direction',
      sas.sort().join('\n'),
      [
        '1.0.0.1 > 1.0.0.2 ah 1a02 transport a2 -',
        '1.0.0.1 > 1.0.0.2 esp 1e02 tunnel b2 c2',
        '1.0.0.2 > 1.0.0.1 ah 1a01 transport a1 -',
        '1.0.0.2 > 1.0.0.1 esp 1e01 tunnel b1 c1',
      ].join('\n'),
    );
    const seen = await stage.seePing(stage.two.h1, '10.2.0.2');
    stage.equal('they protect packets', seen.outward, 'ah 1a02 > esp');
  },

  'R-41': async (stage) => {
    const { h1, h2 } = stage.two;
    await stage.rows(1, key(1), esp(1));
    await stage.rows(2, manualSa(1, 'm', 1), esp(2));
    const same = await stage.seePing(h1, '10.2.0.2');
    stage.equal('the same order on both sides: sent', same.outward, 'esp 102 > ip > icmp');
    stage.equal('the same order on both sides: not taken', same.atH2, 'nothing');
    await stage.mirrored(key, esp);
    const there = await stage.seePing(h1, '10.2.0.2');
    stage.equal("one side's out is the other's in: taken", there.atH2, 'icmp');
    stage.equal('and answered', there.atH1, 'icmp reply');
    const back = await stage.seePing(h2, '10.1.0.2');
    stage.equal('the other way as well', back.atH1, 'icmp');
    const answer = back.wire.find(({ source }) => source === '1.0.0.2');
    stage.equal("with router 1's inbound SPI", answer?.spi ?? 0, 0x101);
  },

  'R-42': async (stage) => {
    const { h1 } = stage.two;
    await stage.rows(1, key(1), esp(1), second(1, 'manual-sa=m'));
    stage.equal('two policies have one pair of SAs', await stage.sas(1), bothWays);
    for (const host of ['10.2.0.2', '10.2.1.2']) {
      const seen = await stage.seePing(h1, host);
      stage.equal(`packets to ${host} use it`, seen.outward, 'esp 102 > ip > icmp');
    }
    await stage.type(1, '/ip ipsec policy remove 0');
    stage.equal('it stays while one of them is there', await stage.sas(1), bothWays);
    const other = await stage.seePing(h1, '10.2.1.2');
    stage.equal('and serves it', other.outward, 'esp 102 > ip > icmp');
    await stage.type(1, '/ip ipsec policy remove [find]');
    stage.equal('it goes with the last', await stage.sas(1), '');
  },

  'R-43': async (stage) => {
    const { h1 } = stage.two;
    await stage.rows(1, key(1), manualSa(1, 'same', 1), esp(1), second(1, 'manual-sa=same'));
    const printed = await stage.type(1, '/ip ipsec policy print');
    stage.check('the later policy is invalid', / 0 src.* 1 I /.test(printed), printed);
    stage.equal('there is one pair of SAs', await stage.sas(1), bothWays);
    const first = await stage.seePing(h1, '10.2.0.2');
    stage.equal('the earlier one works', first.outward, 'esp 102 > ip > icmp');
    const later = await stage.seePing(h1, '10.2.1.2');
    stage.equal('the later one matches nothing', later.outward, 'icmp');
    await stage.type(1, '/ip ipsec policy disable 0');
    const alone = await stage.seePing(h1, '10.2.1.2');
    stage.equal('until the earlier is disabled', alone.outward, 'esp 102 > ip > icmp');
  },

  'R-44': async (stage) => {
    await stage.rows(1, key(1), `${esp(1)} disabled=yes`);
    stage.equal('a disabled policy has no SAs', await stage.sas(1), '');
    await stage.type(1, '/ip ipsec policy enable 0');
    stage.equal('they are there at once', await stage.sas(1), bothWays);
    const printed = await stage.type(1, '/ip ipsec installed-sa print');
    const shown = [
      'E M spi=102',
      'E M spi=101',
      'state=mature',
      'add-lifetime=0s/0s',
      'lifebytes=0/0',
    ];
    stage.check(
      'flag M, mature, without limits',
      shown.every((text) => printed.includes(text)),
      printed,
    );
    const limits = (await matureSas(stage.two.r1)).map(
      ({ softSeconds, hardSeconds, softBytes, hardBytes }) =>
        softSeconds + hardSeconds + softBytes + hardBytes,
    );
    stage.equal('the kernel knows no limits either', limits.join(), '0,0');
    await stage.type(1, '/ip ipsec installed-sa flush');
    stage.equal('flush leaves them', await stage.sas(1), bothWays);
    await stage.type(1, '/ip ipsec manual-sa disable m');
    stage.equal('they vanish with their template', await stage.sas(1), '');
    const unprotected = await stage.seePing(stage.two.h1, '10.2.0.2');
    stage.equal('whose policy matches nothing then', unprotected.outward, 'icmp');
  },

  'R-45': async (stage) => {
    const { h1 } = stage.two;
    const packets = async () =>
      (await matureSas(stage.two.r1)).reduce((sum, sa) => sum + sa.packets, 0);
    await stage.rows(1, key(1), esp(1));
    await stage.seePing(h1, '10.2.0.2');
    stage.equal('a packet is counted', await packets(), 1);
    await stage.type(
      1,
      `/ip ipsec manual-sa set m esp-enc-algorithm=des esp-enc-key=${'1f'.repeat(8)}`,
    );
    const [sa] = await matureSas(stage.two.r1);
    stage.equal('an edit replaces the SAs', sa?.encryption?.name ?? 'none', 'cbc(des)');
    stage.equal('and counts anew', await packets(), 0);
    await stage.type(1, '/ip ipsec manual-sa set m esp-enc-algorithm=null esp-spi=201/202');
    stage.equal('also one of the SPIs', await stage.sas(1), 'esp 201 in, esp 202 out');
    const seen = await stage.seePing(h1, '10.2.0.2');
    stage.equal('which packets bear from then on', seen.outward, 'esp 202 > ip > icmp');
  },

  'R-46': async (stage) => {
    await stage.withForeignSa(async () => {
      for (const level of ['use', 'acquire', 'require'] as const) {
        await stage.rows(1, keyed(1), key(1), tunnel(1, `level=${level} manual-sa=m`));
        const seen = await stage.seePing(stage.two.h1, '10.2.0.2');
        const wanted = level === 'require' ? 'nothing' : 'icmp';
        stage.equal(`${level}: it decides where the kernel refuses an SA`, seen.outward, wanted);
        stage.equal(`${level}: IKE is not asked`, seen.asked, 0);
      }
    });
  },
};
