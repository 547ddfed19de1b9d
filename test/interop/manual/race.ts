/**
 * Aggressive mode against a peer that hears our quick mode before our last aggressive message: the wire
 * holds that message back. It costs one retransmission, not the tunnel.
 */
import { exchangeNumber, readHeader } from '../../exchange/rfc2409.js';
import { checkProtected, untilPing } from '../../kernel/support.js';
import type { CapturedPacket, Lab, Strongswan } from '../../lab/guest.js';
import { cisco } from './cisco.js';
import type { Site } from './sites.js';

const heldBackSeconds = 0.5;
const resendSeconds = 10;

export async function tryRace(lab: Lab, site: Site, charon: Strongswan): Promise<void> {
  const { router, daemon, peer, near, farAddress, wire } = site;
  await charon.terminate();
  await charon.load({ ...cisco, aggressive: true });
  await router.configure('/ip ipsec peer set 0 exchange-mode=aggressive proposal-check=strict');
  await wire.delayExchange(peer.name, exchangeNumber.aggressive, heldBackSeconds);
  const capture = await wire.capture(peer.name);
  const seen = daemon.log.length;
  await untilPing(lab, near, farAddress, 2 * resendSeconds);
  const { sent, received } = await near.ping(farAddress, { count: 4 });
  const packets = await capture.stop();
  const what = 'aggressive mode whose last message quick mode overtakes';
  lab.check(`${what}: pings answered`, received === sent, `${received} of ${sent}`);
  checkProtected(lab, `${what}: only ESP and IKE on the wire`, capture);
  const messages = withoutRepeatedAnswers(
    packets.flatMap((packet) => messageOf(packet, cisco.remote)),
  );
  const order = messages.map(({ exchange }) => exchange);
  lab.check(
    `${what}: they arrive in the wrong order, and quick mode once more`,
    order.slice(0, 5).join() === 'aggressive,quick,aggressive,quick,quick',
    order,
  );
  const [, early, , again] = messages;
  const seconds = (again?.time ?? 0) - (early?.time ?? 0);
  lab.check(
    `${what}: R-57 the same bytes again after ${resendSeconds} s`,
    early?.bytes === again?.bytes &&
      seconds > 0.95 * resendSeconds &&
      seconds < 1.5 * resendSeconds,
    seconds,
  );
  lab.check(
    `${what}: the peer did hear it too early`,
    charon.log().includes('ignoring QUICK_MODE request while phase 1 is incomplete'),
  );
  const repeated = daemon.log.slice(seen).filter(({ event }) => event === 'retransmitted');
  lab.check(`${what}: one retransmission`, repeated.length === 1, repeated.length);
}

interface Message {
  readonly exchange: string;
  readonly time: number;
  readonly bytes: string;
}

/** On a slow machine the peer asks for our last aggressive message again before it has looked at the first. */
function withoutRepeatedAnswers(messages: readonly Message[]): readonly Message[] {
  return messages.filter(
    ({ exchange, bytes }, index) =>
      exchange !== 'aggressive' || messages.findIndex((other) => other.bytes === bytes) === index,
  );
}

function messageOf(
  { source, protocol, payload, time }: CapturedPacket,
  from: string,
): readonly Message[] {
  if (protocol !== 'udp' || source !== from) return [];
  const bytes = payload.subarray(8);
  const number = readHeader(bytes).exchange;
  const [exchange = 'other'] =
    Object.entries(exchangeNumber).find(([, value]) => value === number) ?? [];
  return [{ exchange, time, bytes: Buffer.from(bytes).toString('hex') }];
}
