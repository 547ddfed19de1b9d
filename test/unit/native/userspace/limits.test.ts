/** How SAs of the userspace data plane end: by numbers, by bytes, by time. */
import { describe, expect, test } from '@jest/globals';
import {
  accepted,
  ipv4Packet,
  openPair,
  openSa,
  saSettings,
  transformNamed,
  unlimited,
} from '../../../support/userspace-sas.js';

const titles = ['esp aes-128 sha1', 'esp aes-256-gcm none', 'ah sha256'];
const packet = ipv4Packet({ payload: new Uint8Array(80) });
const largest = 0xffff_ffff;

describe.each(titles)('%s', (title) => {
  const base = saSettings(transformNamed(title));

  test('sends no more packets than there are sequence numbers, and wraps around never', () => {
    const sa = openSa({ ...base, sequenceNumber: largest - 2 });
    const send = () => sa.encapsulate(packet, 0, 1, 64);
    const number = (sealed: Buffer) => sealed.readUInt32BE(base.protocol === 'ah' ? 28 : 24);
    expect([number(accepted(send())), number(accepted(send()))]).toEqual([largest - 1, largest]);
    expect([send(), send()]).toEqual(['sequenceExhausted', 'sequenceExhausted']);
    expect(sa.counters()).toMatchObject({ packets: 2, bytes: 200 });
  });

  test('counts bytes to its limits, soft once, hard for ever, and alike on both sides', () => {
    const lifetime = { ...unlimited, softBytes: 250, hardBytes: 400 };
    const pair = openPair({ ...base, lifetime });
    // The packet after the one that reaches a limit is the one that meets it.
    const expiries = Array.from({ length: 5 }, () => {
      const sealed = accepted(openPair(base).out.encapsulate(packet, 0, 1, 64));
      const sent = pair.out.encapsulate(packet, 0, 1, 64);
      const received = pair.in.decapsulate(typeof sent === 'string' ? sealed : sent, 0);
      const outcome = [sent, received].map((one) => (typeof one === 'string' ? one : 'ok'));
      return [...outcome, pair.out.takeExpiry(), pair.in.takeExpiry()].join();
    });
    expect(expiries).toEqual([
      'ok,ok,,',
      'ok,ok,,',
      'ok,ok,,',
      'ok,ok,soft,soft',
      'expired,expired,hard,hard',
    ]);
    expect(pair.out.encapsulate(packet, 0, 1, 64)).toBe('expired');
    expect(pair.out.takeExpiry()).toBeUndefined();
    expect(pair.out.counters()).toMatchObject({ packets: 4, bytes: 400 });
    expect(pair.in.counters()).toMatchObject({ packets: 4, bytes: 400, replayErrors: 0 });
  });

  test('ages by the clock that packets bring, whether or not there are any', () => {
    const lifetime = { ...unlimited, softSeconds: 80, hardSeconds: 100 };
    const sa = openSa({ ...base, lifetime, addTime: 1000 });
    const send = (now: number) => {
      const outcome = sa.encapsulate(packet, now, 1, 64);
      return [typeof outcome === 'string' ? outcome : 'ok', sa.takeExpiry()];
    };
    expect(send(1079)).toEqual(['ok', undefined]);
    // A clock that was set back makes no SA older.
    expect(send(10)).toEqual(['ok', undefined]);
    expect([sa.judge(1080), sa.takeExpiry(), sa.takeExpiry()]).toEqual([true, 'soft', undefined]);
    expect(send(1099)).toEqual(['ok', undefined]);
    expect(send(1100)).toEqual(['expired', 'hard']);
    expect([sa.judge(1101), sa.takeExpiry()]).toEqual([false, undefined]);
    expect(send(1000)).toEqual(['expired', undefined]);
    expect(sa.counters()).toMatchObject({ packets: 3, firstUse: 1079, lastUse: 1099 });
  });

  test('that has passed both limits tells the hard one alone', () => {
    const sa = openSa({ ...base, lifetime: { ...unlimited, softSeconds: 5, hardSeconds: 5 } });
    expect([sa.judge(4), sa.judge(5)]).toEqual([true, false]);
    expect([sa.takeExpiry(), sa.takeExpiry()]).toEqual(['hard', undefined]);
  });
});
