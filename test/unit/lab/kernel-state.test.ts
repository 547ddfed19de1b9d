/** What ip prints about SAs and policies is read completely. */
import { describe, expect, test } from '@jest/globals';
import { parsePolicies, parseSas } from '../../lab/guest/kernel-state.js';

const tunnelSa = `src 1.0.0.1 dst 1.0.0.2
	proto esp spi 0x00001001(4097) reqid 77(0x0000004d) mode tunnel
	replay-window 32 seq 0x00000000 flag  (0x00000000)
	auth-trunc hmac(sha1) 0x0102030405060708090a0102030405060708090a (160 bits) 96
	enc cbc(des3_ede) 0x010203040506070801020304050607080102030405060708 (192 bits)
	anti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000
	sel src 0.0.0.0/0 dst 0.0.0.0/0 uid 0
	lifetime config:
	  limit: soft 900(bytes), hard 1000(bytes)
	  limit: soft (INF)(packets), hard (INF)(packets)
	  expire add: soft 10(sec), hard 20(sec)
	  expire use: soft 0(sec), hard 0(sec)
	lifetime current:
	  252(bytes), 3(packets)
	  add 2026-11-23 13:34:44 use -
	stats:
	  replay-window 0 replay 0 failed 0
`;

const larvalSa = `src 1.0.0.1 dst 1.0.0.2
	proto esp spi 0x0000012c reqid 5 mode transport
	replay-window 0 
	anti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000
	sel src 1.0.0.1/32 dst 1.0.0.2/32 
`;

const ahSa = `src 1.0.0.1 dst 1.0.0.2
	proto ah spi 0x00001002 reqid 0 mode transport
	replay-window 0 
	auth-trunc hmac(md5) 0x01020304050607080102030405060708 96
	anti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000
	sel src 0.0.0.0/0 dst 0.0.0.0/0 
`;

const nullSa = `src 1.0.0.1 dst 1.0.0.2
	proto esp spi 0x00001004(4100) reqid 0(0x00000000) mode transport
	replay-window 0 seq 0x00000000 flag af-unspec (0x00100000)
	auth-trunc hmac(sha256) 0x01 (8 bits) 128
	enc ecb(cipher_null) 
	lifetime config:
	  limit: soft (INF)(bytes), hard (INF)(bytes)
`;

describe('security associations', () => {
  test('of a tunnel are read with keys, lifetimes and counters', () => {
    expect(parseSas(tunnelSa)).toEqual([
      {
        source: '1.0.0.1',
        destination: '1.0.0.2',
        protocol: 'esp',
        spi: 0x1001,
        reqid: 77,
        mode: 'tunnel',
        replayWindow: 32,
        encryption: {
          name: 'cbc(des3_ede)',
          key: '010203040506070801020304050607080102030405060708',
        },
        integrity: { name: 'hmac(sha1)', key: '0102030405060708090a0102030405060708090a' },
        integrityBits: 96,
        larval: false,
        softSeconds: 10,
        hardSeconds: 20,
        softBytes: 900,
        hardBytes: 1000,
        bytes: 252,
        packets: 3,
      },
    ]);
  });

  test('without algorithms are larval', () => {
    expect(parseSas(larvalSa)).toMatchObject([{ spi: 300, reqid: 5, larval: true }]);
  });

  test('of AH have integrity alone, those with null encryption an empty key', () => {
    const [ah, encrypted] = parseSas(ahSa + nullSa);
    expect(ah).toMatchObject({ protocol: 'ah', integrityBits: 96, larval: false });
    expect(ah?.encryption).toBeUndefined();
    expect(encrypted?.encryption).toEqual({ name: 'ecb(cipher_null)', key: '' });
    expect(encrypted).toMatchObject({ integrityBits: 128, softBytes: 0, hardBytes: 0 });
  });

  test('are none in an empty database', () => {
    expect(parseSas('')).toEqual([]);
  });
});

describe('policies', () => {
  const text = `src 10.1.0.0/24 dst 10.2.0.0/24 
	dir fwd action block priority 0 ptype main 
src 10.1.0.0/24 dst 10.2.0.0/24 proto udp sport 5 dport 7 
	dir out priority 5 ptype main 
	tmpl src 1.0.0.1 dst 1.0.0.2
		proto esp reqid 77 mode tunnel
	tmpl src 1.0.0.1 dst 1.0.0.2
		proto ah reqid 0 mode transport
		level use 
src 0.0.0.0/0 dst 0.0.0.0/0 
	socket in priority 0 ptype main 
`;

  test('are read with selector, action and every template; those of sockets are left out', () => {
    expect(parsePolicies(text)).toEqual([
      {
        source: '10.1.0.0/24',
        destination: '10.2.0.0/24',
        upper: '',
        direction: 'fwd',
        action: 'block',
        priority: 0,
        templates: [],
      },
      {
        source: '10.1.0.0/24',
        destination: '10.2.0.0/24',
        upper: 'proto udp sport 5 dport 7',
        direction: 'out',
        action: 'allow',
        priority: 5,
        templates: [
          {
            source: '1.0.0.1',
            destination: '1.0.0.2',
            protocol: 'esp',
            reqid: 77,
            mode: 'tunnel',
            level: 'required',
          },
          {
            source: '1.0.0.1',
            destination: '1.0.0.2',
            protocol: 'ah',
            reqid: 0,
            mode: 'transport',
            level: 'use',
          },
        ],
      },
    ]);
  });
});
