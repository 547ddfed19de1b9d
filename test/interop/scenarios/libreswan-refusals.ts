/** Tables that do not match Libreswan's: our log names the reason, the row and the property, whoever begins. */
import { exchangeNumber, readHeader } from '../../exchange/rfc2409.js';
import { emptyTables, matureSas, secret } from '../../kernel/support.js';
import { type CapturedPacket, type Lab, scenario } from '../../lab/guest.js';
import { type Cell, foreignOptions, ourRows, usual } from '../matrix/cells.js';

const ours: Cell = { ...usual, mode: 'transport', group: 'modp1536', pfs: 'modp1536' };

interface Case {
  readonly what: string;
  readonly initiator: 'ours' | 'Libreswan';
  /** How Libreswan differs from our tables. */
  readonly theirs: Partial<Cell>;
  readonly theirSecret?: string;
  readonly exchange?: Cell['exchange'];
  /** The event of our log, and what its message says. */
  readonly event: string;
  readonly words: readonly string[];
}

const differentSecrets = [
  'the secrets of the two routers differ',
  'compare /ip ipsec pre-shared-secret 0 (address=1.0.0.2)',
];

const cases: readonly Case[] = [
  {
    what: 'phase 1 offered by us',
    initiator: 'ours',
    theirs: { encryption: 'aes-128' },
    event: 'notifyReceived',
    words: [
      '1.0.0.2 refuses phase 1 with NO-PROPOSAL-CHOSEN',
      '/ip ipsec peer 0 (address=1.0.0.2:500) wants 3des',
      'set its enc-algorithm, hash-algorithm and dh-group as the peer has them',
    ],
  },
  {
    what: 'phase 1 offered by Libreswan',
    initiator: 'Libreswan',
    theirs: { encryption: 'aes-128' },
    event: 'phase1Failed',
    words: [
      'the peer offers aes-128/md5/modp1536/pre-shared-key',
      '/ip ipsec peer 0 (address=1.0.0.2:500) wants 3des/md5/modp1536/pre-shared-key',
      'which differs in enc-algorithm: set enc-algorithm=aes-128 there',
    ],
  },
  {
    what: 'phase 2 offered by us',
    initiator: 'ours',
    theirs: { espEncryption: 'aes-128' },
    event: 'phase2Failed',
    words: [
      '1.0.0.2 refuses it with NO-PROPOSAL-CHOSEN',
      'set enc-algorithms, auth-algorithms, lifetime and pfs-group of /ip ipsec proposal 0',
    ],
  },
  {
    what: 'phase 2 offered by Libreswan',
    initiator: 'Libreswan',
    theirs: { espEncryption: 'aes-128' },
    event: 'phase2Failed',
    words: [
      'no common proposal for /ip ipsec policy 0',
      'the peer offers enc-algorithms=aes-128 for esp',
      '/ip ipsec proposal 0 (name=default) allows 3des: add aes-128 there',
    ],
  },
  {
    what: 'another secret, main mode by Libreswan',
    initiator: 'Libreswan',
    theirs: {},
    theirSecret: 'not the same',
    // Nothing proves who sent it, so phase 1 goes on and waits for a better message.
    event: 'datagramDropped',
    words: differentSecrets,
  },
  {
    what: 'another secret, aggressive mode by us',
    initiator: 'ours',
    exchange: 'aggressive',
    theirs: {},
    theirSecret: 'not the same',
    event: 'datagramDropped',
    words: differentSecrets,
  },
];

export default scenario(async (lab) => {
  const { r1, r2, wire } = await lab.twoRouters();
  const daemon = await r1.startDaemon();
  const pluto = await r2.startLibreswan(foreignOptions(ours, secret));
  for (const { what, initiator, theirs, theirSecret, exchange = 'main', event, words } of cases) {
    const cell: Cell = { ...ours, exchange };
    await r1.configure(ourRows(1, cell, secret));
    await pluto.load(foreignOptions({ ...cell, ...theirs }, theirSecret ?? secret));
    const seen = daemon.log.length;
    const capture = await wire.capture();
    // Neither comes up, so neither is waited for.
    const asked =
      initiator === 'ours' ? r1.ping('1.0.0.2', { count: 1 }) : pluto.initiate(20).catch(() => 0);
    const { msg } = await daemon.waitForLog(what, (entry) => entry['event'] === event, {
      after: seen,
      seconds: 20,
    });
    const packets = await capture.stop();
    const missing = words.filter((word) => !msg.includes(word));
    lab.check(`${what}: the log says why`, missing.length === 0, msg);
    const heard = JSON.stringify(daemon.log.slice(seen));
    lab.check(`${what}: and no secret`, !heard.includes(secret));
    lab.check(
      `${what}: no tunnel comes of it`,
      (await matureSas(r1)).length + (await matureSas(r2)).length === 0,
    );
    if (event === 'notifyReceived') checkNotify(lab, what, packets);
    await pluto.terminate();
    await r1.configure(emptyTables);
    await asked;
  }
});

/** pluto keeps no state of what it refuses, so its cookie is zero: the notify still finds its exchange here. */
function checkNotify(lab: Lab, what: string, packets: readonly CapturedPacket[]): void {
  const refusals = packets
    .filter(({ source, protocol }) => source === '1.0.0.2' && protocol === 'udp')
    .map(({ payload }) => readHeader(payload.subarray(8)))
    .map(({ exchange, cookieR }) => [exchange, cookieR.toString('hex')]);
  lab.check(
    `${what}: Libreswan answers in clear and without a cookie`,
    JSON.stringify(refusals) === JSON.stringify([[exchangeNumber.informational, '0'.repeat(16)]]),
    refusals,
  );
}
