/** Every cell of the matrix as a real tunnel: our daemon against itself or strongSwan, each side initiating. */
import { emptyTables, matureSas, secret, untilPing } from '../../kernel/support.js';
import type { CapturedPacket, Strongswan } from '../../lab/guest.js';
import { scenario } from '../../lab/guest.js';
import type { Cell } from '../matrix/cells.js';
import { cells, nameOf, ourRows, strongswanProposals, strongswanSpeaks } from '../matrix/cells.js';

export default scenario(async (lab) => {
  const peer = lab.args as 'ours' | 'strongSwan';
  const { r1, r2, h1, h2, wire } = await lab.twoRouters();
  await r1.startDaemon();
  if (peer === 'ours') await r2.startDaemon();
  let charon: Strongswan | undefined;
  for (const cell of cells.filter((one) => peer === 'ours' || strongswanSpeaks(one))) {
    for (const initiator of [1, 2] as const) {
      const what = `${nameOf(cell)}, router ${initiator} initiates`;
      await r1.configure(ourRows(1, cell, secret));
      if (peer === 'ours') await r2.configure(ourRows(2, cell, secret));
      else {
        const options = strongswanOptions(cell);
        if (charon === undefined) charon = await r2.startStrongswan(options);
        else await charon.load(options);
      }
      const capture = await wire.capture();
      const [near, far] = initiator === 1 ? [h1, h2] : [h2, h1];
      const transport = cell.mode === 'transport';
      const from = transport ? (initiator === 1 ? r1 : r2) : near;
      const to = transport ? `1.0.0.${3 - initiator}` : `10.${3 - initiator}.0.2`;
      if (charon !== undefined && initiator === 2) await charon.initiate(40);
      // modp8192 takes whole seconds on this kernel, and the first packets wait for it.
      await untilPing(lab, from, to, 45);
      const { sent, received } = await from.ping(to, { count: 3 });
      await capture.stop();
      lab.check(`${what}: pings answered`, received === sent && far !== near, received);
      const strays = capture.count((packet) => !isProtected(cell, packet));
      lab.check(
        `${what}: only IKE and ${outermost(cell)} on the wire`,
        strays === 0,
        capture.summary(),
      );
      await r1.configure(emptyTables);
      if (peer === 'ours') await r2.configure(emptyTables);
      await lab.waitUntil('all SAs to go', 10, async () => {
        return (await matureSas(r1)).length + (await matureSas(r2)).length === 0;
      });
    }
  }
});

function strongswanOptions(cell: Cell) {
  return {
    ...strongswanProposals(cell),
    local: '1.0.0.2',
    remote: '1.0.0.1',
    mode: cell.mode,
    aggressive: cell.exchange === 'aggressive',
    psk: secret,
    lifeSeconds: 1800,
    ...(cell.mode === 'tunnel' ? { localTs: '10.2.0.0/24', remoteTs: '10.1.0.0/24' } : {}),
  };
}

function outermost({ protocols }: Cell): 'ah' | 'esp' {
  return protocols === 'esp' ? 'esp' : 'ah';
}

function isProtected(
  cell: Cell,
  { protocol, sourcePort, destinationPort }: CapturedPacket,
): boolean {
  if (protocol === 'udp') return sourcePort === 500 && destinationPort === 500;
  return protocol === outermost(cell);
}
