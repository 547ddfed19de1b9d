/** Outgoing packets without SAs, and who is asked for them. */

import { join } from 'node:path';
import { BackgroundProcess, type Machine } from '../../../lab/guest.js';
import {
  keyed,
  matureSas,
  peer,
  sharedSecret,
  transport,
  tunnel,
  untilPing,
} from '../../support.js';
import { manualSa, type RuleTrials, type Seen, type Stage } from './stage.js';

const levels = ['use', 'acquire', 'require'] as const;

/** What each level does with a packet without SAs: on the wire, and whether it asks. */
const withoutSas = { use: 'icmp', acquire: 'icmp, asked', require: 'nothing, asked' } as const;

export const levelRules: RuleTrials = {
  'R-06': async (stage) => {
    const { r1, h1 } = stage.two;
    const see = (level: (typeof levels)[number], from: Machine, to: string) =>
      level === 'use' ? stage.seePing(from, to) : stage.seeAsking(from, to);
    for (const level of levels) {
      await stage.rows(1, keyed(1), tunnel(1, `level=${level}`));
      const forwarded = await see(level, h1, '10.2.0.2');
      stage.equal(`tunnel, ${level}, no SAs`, fate(forwarded), withoutSas[level]);
      await stage.rows(1, keyed(1), transport(1, `level=${level}`));
      const local = await see(level, r1, '1.0.0.2');
      stage.equal(`transport, ${level}, no SAs`, fate(local), withoutSas[level]);
    }
    await halfABundle(stage);
  },

  'R-07': async (stage) => {
    const { h1 } = stage.two;
    const reasons = [
      {
        what: 'no peer row',
        rows: [sharedSecret(1)],
        says: 'no configuration found for 1.0.0.2',
      },
      {
        what: 'the peer disabled',
        rows: [peer(1, 'disabled=yes'), sharedSecret(1)],
        says: 'no configuration found for 1.0.0.2',
      },
      { what: 'no secret', rows: [peer(1)], says: "couldn't find the pskey for 1.0.0.2" },
      {
        what: 'the secret disabled',
        rows: [peer(1), `${sharedSecret(1)} disabled=yes`],
        says: "couldn't find the pskey for 1.0.0.2",
      },
    ] as const;
    for (const { what, rows, says } of reasons) {
      for (const level of ['acquire', 'require'] as const) {
        const after = stage.daemon(1).log.length;
        await stage.rows(1, ...rows, tunnel(1, `level=${level}`));
        const seen = await stage.seePing(h1, '10.2.0.2');
        const wanted = level === 'acquire' ? 'icmp' : 'nothing';
        stage.equal(`${what}, ${level}: the level decides, nobody is asked`, fate(seen), wanted);
        await stage.logged(1, `${what}, ${level}: the log has why`, says, after);
      }
    }
    await stage.withForeignSa(async () => {
      const after = stage.daemon(1).log.length;
      await stage.rows(1, keyed(1), manualSa(1, 'm', 1), tunnel(1, 'level=acquire manual-sa=m'));
      const seen = await stage.seePing(h1, '10.2.0.2');
      stage.equal('manual keys: the level decides, nobody is asked', fate(seen), 'icmp');
      await stage.logged(1, 'manual keys: the log has why', 'cannot be installed', after);
    });
  },

  'R-08': async (stage) => {
    const { r1, h1 } = stage.two;
    // So that every packet makes the kernel ask again (E-11).
    await r1.sysctl('net.core.xfrm_acq_expires', 1);
    const monitor = new BackgroundProcess(
      'ip xfrm monitor',
      [...r1.enter, 'ip', 'xfrm', 'monitor', 'acquire'],
      join(stage.lab.outDirectory, 'acquires.log'),
    );
    await stage.mirrored(keyed, (side) => tunnel(side, 'level=acquire'));
    const after = stage.daemon(1).log.length;
    const seen = await stage.asleep(2, () =>
      stage.observe(() =>
        stage.ping(h1, '10.2.0.2', { count: 6, intervalSeconds: 0.7, waitSeconds: 0.1 }),
      ),
    );
    await monitor.stop();
    await r1.sysctl('net.core.xfrm_acq_expires', 30);
    const asks = monitor.lines.filter((line) => line.startsWith('acquire')).length;
    stage.check('the kernel asks several times', asks >= 2, `${asks} times`);
    const cookies = new Set(
      seen.wire
        .filter(({ sourcePort }) => sourcePort === 500)
        .map(({ payload }) => Buffer.from(payload.subarray(8, 16)).toString('hex')),
    );
    stage.equal('the peer hears of one exchange', cookies.size, 1);
    const started = stage
      .daemon(1)
      .log.slice(after)
      .filter(({ event }) => event === 'phase2Started');
    stage.equal('one negotiation is started', started.length, 1);
    await untilPing(stage.lab, h1, '10.2.0.2', 40);
    await stage.lab.waitUntil('SAs', 20, async () => (await stage.sas(1)) !== '');
    const encrypted = await stage.seePing(h1, '10.2.0.2');
    stage.equal('that one brings the SAs', encrypted.outward, 'esp');
  },

  'R-17': async (stage) => {
    const { r1, h1 } = stage.two;
    await stage.mirrored(
      keyed,
      (side) => tunnel(side, 'level=unique'),
      (side) => otherNetworks(tunnel(side, 'level=unique')),
    );
    const printed = await stage.type(1, '/ip ipsec policy print');
    stage.equal('unique is taken as require', printed.match(/level=require/g)?.length ?? 0, 2);
    const ways = [
      { from: '10.1.0.2', to: '10.2.0.2' },
      { from: '10.1.1.2', to: '10.2.1.2' },
    ];
    await stage.lab.waitUntil('SAs of both', 40, async () => {
      for (const { from, to } of ways) await stage.ping(h1, to, { from });
      return (await matureSas(r1)).length === 4;
    });
    const spis: number[] = [];
    for (const { from, to } of ways) {
      const { wire } = await stage.seePing(h1, to, { from });
      spis.push(...wire.filter(({ source }) => source === '1.0.0.1').map(({ spi }) => spi));
    }
    stage.check('each policy has SAs of its own', spis.length === 2 && spis[0] !== spis[1], spis);
    await stage.asleep(2, async () => {
      await r1.ip(`xfrm state delete src 1.0.0.1 dst 1.0.0.2 proto esp spi ${spis[0]}`);
      const seen = await stage.seePing(h1, '10.2.0.2');
      stage.equal('without them it does not use those of the other', seen.outward, 'nothing');
    });
  },
};

/** The same row for other networks behind the routers. */
function otherNetworks(row: string): string {
  return row.replace(/10\.(\d)\.0\.0/g, '10.$1.1.0');
}

/** As `ah,esp` wants two SAs, one alone is as good as none: the packet leaves as it came, or not at all. */
function halfABundle(stage: Stage): Promise<void> {
  return stage.withForeignSa(async () => {
    for (const level of levels) {
      await stage.rows(
        1,
        manualSa(1, 'm', 1),
        tunnel(1, `level=${level} manual-sa=m ipsec-protocols=ah,esp`),
      );
      const own = (await matureSas(stage.two.r1)).filter(({ reqid }) => reqid !== 0);
      stage.equal(`${level}, half a bundle: AH is there, ESP not`, own.length, 3);
      const { outward } = await stage.seePing(stage.two.h1, '10.2.0.2');
      const wanted = level === 'require' ? 'nothing' : 'icmp';
      stage.equal(`${level}, half a bundle: it is as good as none`, outward, wanted);
    }
  });
}

function fate({ outward, asked }: Seen): string {
  return asked > 0 ? `${outward}, asked` : outward;
}
