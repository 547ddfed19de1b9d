/** Which pings were answered is read from ping's own lines. */
import { describe, expect, test } from '@jest/globals';
import { parsePing } from '../../lab/guest/ping.js';

describe('the output of ping', () => {
  test('names the requests that were not answered, and counts a duplicate once', () => {
    const text = `PING 10.2.0.2 (10.2.0.2) 56(84) bytes of data.
64 bytes from 10.2.0.2: icmp_seq=1 ttl=62 time=0.412 ms
64 bytes from 10.2.0.2: icmp_seq=3 ttl=62 time=0.298 ms
64 bytes from 10.2.0.2: icmp_seq=3 ttl=62 time=0.301 ms (DUP!)

--- 10.2.0.2 ping statistics ---
4 packets transmitted, 2 received, +1 duplicates, 50% packet loss, time 612ms
`;
    expect(parsePing(text)).toEqual({ sent: 4, received: 2, lost: [2, 4], tooLong: [] });
  });

  test('counts an error answer as lost', () => {
    const text = `PING 1.0.0.99 (1.0.0.99) 56(84) bytes of data.
From 1.0.0.1 icmp_seq=1 Destination Host Unreachable

--- 1.0.0.99 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms
`;
    expect(parsePing(text)).toEqual({ sent: 1, received: 0, lost: [1], tooLong: [] });
  });

  test('names who refused a request that was too long, and the MTU it was told', () => {
    const text = `ping: local error: message too long, mtu=1446
PING 10.2.0.2 (10.2.0.2) 1472(1500) bytes of data.
From 10.1.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1446)

--- 10.2.0.2 ping statistics ---
2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 200ms
`;
    expect(parsePing(text)?.tooLong).toEqual([
      { by: 'local', mtu: 1446 },
      { by: '10.1.0.1', mtu: 1446 },
    ]);
  });

  test('without a summary is no result', () => {
    expect(parsePing('')).toBeUndefined();
  });
});
