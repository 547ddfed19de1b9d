/** Everything that commonly goes wrong is named: the row or cause, and what to do. */
import type { Daemon, LogEntry, Router } from '../../lab/guest.js';
import { scenario } from '../../lab/guest.js';
import { emptyTables, matureSas, rowsFor, suites, untilPing } from '../support.js';

export default scenario(async (lab) => {
  const { r1, r2 } = await lab.twoRouters();
  const [d1, d2] = await Promise.all([r1.startDaemon(), r2.startDaemon()]);
  const [suite, other] = suites;
  if (suite === undefined || other === undefined) throw new Error('no suites');
  const begin = async (rows1: string, rows2: string) => {
    await r1.configure(`${emptyTables}${rows1}`);
    await r2.configure(`${emptyTables}${rows2}`);
    const marks = [d1.log.length, d2.log.length] as const;
    await r1.ping('1.0.0.2', { count: 1, waitSeconds: 0.1 });
    return marks;
  };
  const named = async (what: string, daemon: Daemon, after: number, words: readonly string[]) => {
    const holds = ({ level, msg }: LogEntry) =>
      level >= 40 && words.every((word) => msg.includes(word));
    // What is missing is one failed check, and the failures that follow are looked at all the same.
    const entry = await daemon
      .waitForLog(what, holds, { seconds: 15, after })
      .catch(() => undefined);
    lab.check(what, entry !== undefined, entry?.msg ?? `no line with ${words.join(', ')}`);
  };
  const rows = (side: 1 | 2) => rowsFor(side, 'transport', suite);

  let [at1, at2] = await begin(rows(1), rows(2).replace('roberkenon', 'somethingelse'));
  const row = '/ip ipsec pre-shared-secret 0 (address=1.0.0.1)';
  await named('wrong secret, named by the responder', d2, at2, ['secret', row]);
  await named('wrong secret, named by the initiator', d1, at1, [
    'secret',
    '/ip ipsec pre-shared-secret 0 (address=1.0.0.2)',
  ]);

  [at1, at2] = await begin(rows(1), rowsFor(2, 'transport', other));
  await named('no common proposal in phase 1, named by the responder', d2, at2, [
    '3des/md5/modp1024',
    'aes-256/sha/modp2048',
    '/ip ipsec peer 0',
  ]);
  await named('no common proposal in phase 1, named by the initiator', d1, at1, [
    'NO-PROPOSAL-CHOSEN',
    '/ip ipsec peer 0',
  ]);

  [at1, at2] = await begin(
    rows(1),
    rows(2).replace('enc-algorithms=3des', 'enc-algorithms=aes-128'),
  );
  await named('no common proposal in phase 2, named by the responder', d2, at2, [
    'enc-algorithms=3des',
    'allows aes-128',
    '/ip ipsec proposal 0',
  ]);
  await named('no common proposal in phase 2, named by the initiator', d1, at1, [
    'NO-PROPOSAL-CHOSEN',
    '/ip ipsec proposal 0',
  ]);

  [at1, at2] = await begin(rows(1), rows(2).replace(/^peer add .*$/m, ''));
  await named('no peer row, named by the responder', d2, at2, ['1.0.0.1', '/ip ipsec peer', 'add']);
  await named('peer silent, named by the initiator', d1, at1, ['does not answer', 'UDP port 500']);

  [at1] = await begin(rows(1).replace(/^peer add .*$/m, ''), rows(2));
  await named('no peer row, named by the initiator', d1, at1, ['1.0.0.2', '/ip ipsec peer', 'add']);

  await d2.stop();
  await answerWithGarbage(r2);
  await r1.configure(`${emptyTables}${rows(1)}`);
  const mark = d1.log.length;
  await r1.ping('1.0.0.2', { count: 1, waitSeconds: 0.1 });
  await named('garbage from the peer', d1, mark, ['1.0.0.2', 'dropped']);

  // Whatever happened, the daemon that went on still works.
  await r2.run(['sh', '-c', 'kill $(cat /run/lab/garbage.pid)']);
  await d2.restart();
  await r2.configure(`${emptyTables}${rows(2)}`);
  await r1.configure(`${emptyTables}${rows(1)}`);
  await untilPing(lab, r1, '1.0.0.2', 40);
  const { sent, received } = await r1.ping('1.0.0.2');
  lab.check(
    'the daemon went on and a good configuration works',
    d1.exit === undefined && received === sent && (await matureSas(r1)).length >= 2,
    { exit: d1.exit, sent, received },
  );
  await d1.stop();

  // --- what a daemon cannot go on with ----------------------------------------------------------------
  const refused = async (what: string, daemon: Daemon, words: readonly string[]) => {
    const { code } = await daemon.exited();
    const text = daemon.output.join('\n');
    lab.check(
      what,
      code === 1 && words.every((word) => text.includes(word)),
      `exit ${code}: ${text.slice(0, 600)}`,
    );
  };
  await refused(
    'port 500 taken',
    r2.spawnDaemon({ stateDir: '/run/lab/s2', socket: '/run/lab/s2.sock' }),
    ['UDP port 500', 'is taken', 'IKE'],
  );
  await refused('no permission', r1.spawnDaemon({ without: ['net_admin'] }), ['CAP_NET_ADMIN']);
  await r1.run(['sh', '-c', `echo '{"version":1,"tab' > ${d1.stateDir}/config.json`]);
  await refused('state file damaged', r1.spawnDaemon(), ['config.json']);
  await r1.run([
    'sh',
    '-c',
    `sed 's/"version": *[0-9]*/"version":999/' ${d1.stateDir}/config.json.1 > ${d1.stateDir}/config.json`,
  ]);
  await refused('state file of an unknown version', r1.spawnDaemon(), ['config.json', '999']);

  async function answerWithGarbage(router: Router): Promise<void> {
    const script =
      "const s=require('node:dgram').createSocket('udp4');" +
      "s.on('message',(m,r)=>s.send(Buffer.from('this is no ISAKMP message at all'),r.port,r.address));" +
      "s.bind(500,'1.0.0.2',()=>require('node:fs').writeFileSync('/run/lab/garbage.pid',String(process.pid)));" +
      'setTimeout(()=>process.exit(),60000);';
    void router.run([process.execPath, '-e', script], { timeoutSeconds: 70 });
    await lab.waitUntil('the garbage answerer', 10, async () => {
      return (await router.run(['test', '-s', '/run/lab/garbage.pid'])).exitCode === 0;
    });
  }
});
