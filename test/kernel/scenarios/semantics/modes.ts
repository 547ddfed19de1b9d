/** What encryption makes of a packet. */
import { innermostPacket } from '../../../lab/guest.js';
import { matureSas, type Side, transport, tunnel } from '../../support.js';
import { manualSa, type RuleTrials, type Seen, type Stage, withoutHops } from './stage.js';

const key = (side: Side) => manualSa(side, 'm', 1);
const ping = (stage: Stage) => stage.seePing(stage.two.h1, '10.2.0.2');

/** The one packet that the first router sent. */
function sent({ wire }: Seen, stage: Stage): Uint8Array {
  const [packet, more] = wire.filter(({ source }) => source === '1.0.0.1');
  stage.check('one packet is on the wire', packet !== undefined && more === undefined);
  return packet?.bytes ?? new Uint8Array(20);
}

/** Protocol and mode of the SAs of router 1, outbound. */
async function outboundModes(stage: Stage): Promise<string> {
  const sas = await matureSas(stage.two.r1);
  return sas
    .filter(({ source }) => source === '1.0.0.1')
    .map(({ protocol, mode }) => `${protocol} ${mode}`)
    .sort()
    .join(', ');
}

export const modes: RuleTrials = {
  'R-30': async (stage) => {
    await stage.mirrored(key, (side) => tunnel(side, 'manual-sa=m'));
    const seen = await ping(stage);
    stage.equal('a new IP header in front of all', seen.outward, 'esp 102 > ip > icmp');
    const outer = sent(seen, stage);
    stage.equal('from sa-src-address', outer.subarray(12, 16).join('.'), '1.0.0.1');
    stage.equal('to sa-dst-address', outer.subarray(16, 20).join('.'), '1.0.0.2');
    const original = seen.lan1.find(({ source }) => source === '10.1.0.2');
    stage.equal(
      'the packet within is as it was, but for the hops it has left',
      withoutHops(innermostPacket(outer)),
      withoutHops(original?.bytes),
    );
    stage.equal('it arrives', seen.atH2, 'icmp');
    stage.equal('so does the answer', seen.atH1, 'icmp reply');
  },

  'R-31': async (stage) => {
    const { r1, h1 } = stage.two;
    const wide = 'policy add src-address=1.0.0.0/24 dst-address=1.0.0.0/24';
    await stage.rows(
      1,
      key(1),
      `${wide} action=encrypt sa-src-address=1.0.0.1 sa-dst-address=1.0.0.2 manual-sa=m`,
      `${wide} protocol=icmp action=drop`,
    );
    const ends = await stage.seePing(r1, '1.0.0.2');
    stage.equal(
      'packets between the ends of the SAs are encrypted',
      ends.outward,
      'esp 102 > icmp',
    );
    const beyond = await stage.seePing(r1, '1.0.0.3');
    stage.equal('others in the selector go on to the next row', beyond.outward, 'nothing');
    const other = await stage.seePing(r1, '1.0.0.2', { from: '1.0.0.11' });
    stage.equal('so do those from another address of the router', other.outward, 'nothing');
    await stage.rows(1, key(1), tunnel(1, 'manual-sa=m').replace('tunnel=yes', 'tunnel=no'));
    const printed = await stage.type(1, '/ip ipsec policy print');
    stage.check('a row without that pair is invalid', / 0 I /.test(printed), printed);
    const forwarded = await stage.seePing(h1, '10.2.0.2');
    stage.equal('and matches nothing', forwarded.outward, 'icmp');
  },

  'R-32': async (stage) => {
    const { r1 } = stage.two;
    const both = 'ipsec-protocols=ah,esp manual-sa=m';
    await stage.mirrored(key, (side) => tunnel(side, both));
    const tunnelled = await ping(stage);
    stage.equal('tunnel: AH around ESP', tunnelled.outward, 'ah 102 > esp 102 > ip > icmp');
    stage.equal('tunnel: it arrives', tunnelled.atH2, 'icmp');
    stage.equal(
      'tunnel: one of the two is',
      await outboundModes(stage),
      'ah transport, esp tunnel',
    );
    await stage.mirrored(key, (side) => transport(side, both));
    const transported = await stage.seePing(r1, '1.0.0.2');
    stage.equal('transport: AH around ESP', transported.outward, 'ah 102 > esp 102 > icmp');
    stage.equal('transport: both are', await outboundModes(stage), 'ah transport, esp transport');
    const answer = transported.wire.find(({ source }) => source === '1.0.0.2');
    stage.equal('transport: it is answered', answer?.protocol ?? 'not', 'ah');
  },

  'R-33': async (stage) => {
    await stage.mirrored(key, (side) => tunnel(side, 'ipsec-protocols=ah manual-sa=m'));
    const seen = await ping(stage);
    stage.equal(
      'AH around a new IP header and the whole packet',
      seen.outward,
      'ah 102 > ip > icmp',
    );
    stage.equal('in tunnel mode', await outboundModes(stage), 'ah tunnel');
    stage.equal('it arrives', seen.atH2, 'icmp');
  },

  'R-35': async (stage) => {
    const { h1 } = stage.two;
    for (const bit of ['inherit', 'set'] as const) {
      await stage.mirrored(key, (side) => tunnel(side, `manual-sa=m dont-fragment=${bit}`));
      await h1.ip('route flush cache');
      const whole = { dontFragment: true, size: 1500 - 28 };
      const refused = await stage.seePing(h1, '10.2.0.2', whole);
      stage.equal(`${bit}: too large a packet with DF is refused`, refused.outward, 'nothing');
      const room = roomTold(refused);
      stage.check(
        `${bit}: its sender is told how large it may be`,
        room > 1400 && room < 1500,
        `${room} bytes`,
      );
      const fitting = await stage.seePing(h1, '10.2.0.2', { ...whole, size: room - 28 });
      stage.equal(`${bit}: one of just that size arrives`, fitting.atH2, 'icmp');
      const [packet] = fitting.wire.filter(({ source }) => source === '1.0.0.1');
      stage.check(
        `${bit}: it fills the wire`,
        packet !== undefined && packet.length > 1500 - 4 && packet.length <= 1500,
        `${packet?.length} bytes`,
      );
    }
  },

  'R-36': async (stage) => {
    const { h1 } = stage.two;
    await stage.mirrored(key, (side) => tunnel(side, 'manual-sa=m'));
    const seen = await stage.seePing(h1, '10.2.0.2', { hops: 9, serviceType: 0xb8 });
    const outer = sent(seen, stage);
    stage.equal("the outer header has the router's time to live", outer[8] ?? 0, 64);
    stage.equal('its type of service is that of the packet', outer[1] ?? 0, 0xb8);
    const arrived = seen.lan2.find(({ source }) => source === '10.1.0.2')?.bytes;
    stage.equal('within, one hop was used by each router alone', arrived?.[8] ?? 0, 9 - 2);
    stage.equal('and the type of service is as it was', arrived?.[1] ?? 0, 0xb8);
  },
};

/** The room in the first "fragmentation needed" that came to host 1 (RFC 1191 4); 0 if none came. */
function roomTold({ lan1 }: Seen): number {
  const told = lan1.find(
    ({ destination, protocol, payload }) =>
      destination === '10.1.0.2' && protocol === 'icmp' && payload[0] === 3 && payload[1] === 4,
  );
  return told === undefined ? 0 : Buffer.from(told.payload).readUInt16BE(6);
}
