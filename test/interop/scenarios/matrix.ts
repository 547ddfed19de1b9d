/** Every cell of the matrix as a real tunnel: our daemon against itself or another, one or each side initiating. */
import { emptyTables, matureSas, secret, untilPing } from '../../kernel/support.js';
import type { CapturedPacket } from '../../lab/guest.js';
import { scenario } from '../../lab/guest.js';
import type { Cell } from '../matrix/cells.js';
import { cells, foreignOptions, initiatorsOf, nameOf, ourRows } from '../matrix/cells.js';
import { type ForeignPeer, type PeerName, peers } from '../matrix/peers.js';

export interface MatrixArguments {
  readonly peer: PeerName;
  /** Each side begins every cell, not only one. */
  readonly isWhole: boolean;
}

export default scenario(async (lab) => {
  const { peer, isWhole } = lab.args as MatrixArguments;
  const { speaks, start } = peers[peer];
  const { r1, r2, h1, h2, wire } = await lab.twoRouters();
  await r1.startDaemon();
  if (start === undefined) await r2.startDaemon();
  let foreign: ForeignPeer | undefined;
  for (const cell of cells.filter(speaks)) {
    for (const initiator of initiatorsOf(cell, isWhole)) {
      const what = `${nameOf(cell)}, router ${initiator} initiates`;
      await r1.configure(ourRows(1, cell, secret));
      if (start === undefined) await r2.configure(ourRows(2, cell, secret));
      else if (foreign === undefined) foreign = await start(r2, foreignOptions(cell, secret));
      else await foreign.load(foreignOptions(cell, secret));
      const capture = await wire.capture();
      const [near, far] = initiator === 1 ? [h1, h2] : [h2, h1];
      const transport = cell.mode === 'transport';
      const from = transport ? (initiator === 1 ? r1 : r2) : near;
      const to = transport ? `1.0.0.${3 - initiator}` : `10.${3 - initiator}.0.2`;
      if (initiator === 2) await foreign?.initiate(40);
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
      const noSas = async () => (await matureSas(r1)).length + (await matureSas(r2)).length === 0;
      // Who began ends it, and the other side follows.
      if (foreign !== undefined && initiator === 2) {
        await foreign.terminate();
        await lab.waitUntil('all SAs to go as the peer goes', 10, noSas);
      }
      await r1.configure(emptyTables);
      if (start === undefined) await r2.configure(emptyTables);
      await lab.waitUntil('all SAs to go', 10, noSas);
    }
  }
});

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
