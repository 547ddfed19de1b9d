/** What programs get instead of layouts: one JSON document a line. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromHex } from '../../../../lib/core/base/bytes.js';
import { Secret } from '../../../../lib/core/base/secret.js';
import { idleStatus, newConsole } from './fake-host.js';
import { anyConfig } from './random-config.js';

function newJsonConsole() {
  const { host, session, run } = newConsole();
  return {
    host,
    run,
    json: (command: string): unknown => {
      const { output, error } = session.execute(command, { form: 'json' });
      if (error !== undefined) throw new Error(error.text);
      expect(output).toMatch(/^[^\n]*\n$/);
      return JSON.parse(output);
    },
  };
}

function key(hex: string): Secret {
  return new Secret(fromHex(hex) ?? new Uint8Array());
}

describe('print', () => {
  test('has every property under its name, and the flags that no property says', () => {
    const { run, json } = newJsonConsole();
    run('/ip ipsec policy add action=encrypt sa-src=10.0.0.1 sa-dst=10.0.0.2 comment="a \\"b\\""');
    run('/ip ipsec policy add disabled=yes protocol=tcp ipsec-protocols=ah,esp');
    expect(json('/ip ipsec policy print')).toEqual({
      menu: 'policy',
      items: [
        {
          id: '*2',
          number: 0,
          disabled: false,
          comment: 'a "b"',
          'src-address': '10.0.0.1/32:any',
          'dst-address': '10.0.0.2/32:any',
          protocol: 'all',
          action: 'encrypt',
          level: 'require',
          'ipsec-protocols': ['esp'],
          tunnel: false,
          'sa-src-address': '10.0.0.1',
          'sa-dst-address': '10.0.0.2',
          proposal: 'default',
          'manual-sa': null,
          'dont-fragment': 'clear',
          invalid: false,
        },
        expect.objectContaining({
          id: '*3',
          number: 1,
          disabled: true,
          'ipsec-protocols': ['ah', 'esp'],
          invalid: true,
        }),
      ],
    });
  });

  test('B-12 has statistics only when asked, those that do not apply left out', () => {
    const { run, json } = newJsonConsole();
    run('/ip ipsec peer add address=10.0.0.1');
    const item = {
      id: '*2',
      number: 0,
      disabled: false,
      comment: '',
      address: '10.0.0.1:500',
      'exchange-mode': 'main',
      'send-initial-contact': true,
      'proposal-check': 'strict',
      'hash-algorithm': 'md5',
      'enc-algorithm': '3des',
      'dh-group': 'modp1024',
      weak: ['hash-algorithm', 'dh-group'],
    };
    expect(json('/ip ipsec peer print')).toEqual({ menu: 'peer', items: [item] });
    expect(json('/ip ipsec peer print stats')).toEqual({
      menu: 'peer',
      items: [{ ...item, 'ph1-state': 'no-phase1' }],
    });
  });

  test('E-40 names the counters shown that cannot always be exact', () => {
    const { run, json } = newJsonConsole();
    run('/ip ipsec policy add src-address=10.1.0.0/24 dst-address=10.2.0.0/24 action=drop');
    const approximate = (command: string) => {
      const { items } = json(command) as { items: { approximate?: string[] }[] };
      return items.map((item) => item.approximate);
    };
    expect(approximate('/ip ipsec policy print stats')).toEqual([['out-dropped', 'not-encrypted']]);
    expect(approximate('/ip ipsec policy print')).toEqual([undefined]);
    expect(approximate('/ip ipsec counters print')).toEqual([['out-drop', 'in-drop']]);
  });

  test('installed SAs tell in words what their flags tell in letters', () => {
    const { host, json } = newJsonConsole();
    host.live = {
      ...idleStatus,
      installedSas: [
        {
          protocol: 'ah',
          spi: 0xfaacf20d,
          source: '10.0.0.1',
          destination: '10.0.0.2',
          direction: 'out',
          reqid: 1,
          mode: 'transport',
          integrity: 'sha1',
          encryptionKey: key(''),
          integrityKey: key('0a0b'),
          replayWindow: 32,
          lifetime: { softSeconds: 1440, hardSeconds: 1800, softBytes: 0, hardBytes: 0 },
          state: 'mature',
          counters: {
            bytes: 5,
            packets: 1,
            addTime: 1227536922,
            useTime: 0,
            replayErrors: 0,
            integrityErrors: 0,
          },
          pfs: true,
          manual: false,
        },
      ],
    };
    expect(json('/ip ipsec installed-sa print')).toEqual({
      menu: 'installed-sa',
      items: [
        {
          id: '*1',
          number: 0,
          protocol: 'ah',
          pfs: true,
          manual: false,
          spi: 'FAACF20D',
          direction: 'out',
          'src-address': '10.0.0.1',
          'dst-address': '10.0.0.2',
          'auth-algorithm': 'sha1',
          'enc-algorithm': 'none',
          replay: 4,
          state: 'mature',
          'auth-key': '0a0b',
          'add-lifetime': { soft: 1440, hard: 1800 },
          'use-lifetime': { soft: 0, hard: 0 },
          lifebytes: { soft: 0, hard: 0 },
          'current-addtime': 1227536922,
          'current-usetime': 0,
          'current-bytes': 5,
          weak: [],
        },
      ],
    });
  });

  test('B-11 counters are one item with numbers', () => {
    const { json } = newJsonConsole();
    expect(json('/ip ipsec counters print')).toEqual({
      menu: 'counters',
      items: [
        {
          id: '*1',
          approximate: ['out-drop', 'in-drop'],
          number: 0,
          'out-accept': 0,
          'out-drop': 0,
          'out-encrypt': 0,
          'in-accept': 0,
          'in-drop': 0,
          'in-decrypted': 0,
          'in-accept-isakmp': 0,
          'out-accept-isakmp': 0,
          'in-drop-encrypted-expected': 0,
        },
      ],
    });
  });

  test('B-13 selections and numbers are those of the text', () => {
    const { run, json } = newJsonConsole();
    run('/ip ipsec peer\nadd address=1.1.1.1\nadd address=1.1.1.2\nadd address=1.1.1.3\n/');
    const shown = (selection: string) => json(`/ip ipsec peer print terse ${selection}`);
    const item = (number: number, address: string) =>
      expect.objectContaining({ number, address: `${address}:500` });
    expect(shown('where address=1.1.1.2')).toEqual({ menu: 'peer', items: [item(1, '1.1.1.2')] });
    expect(shown('from=*4,*2')).toEqual({
      menu: 'peer',
      items: [item(0, '1.1.1.3'), item(1, '1.1.1.1')],
    });
    // They are the numbers of the session from now on.
    expect(run('/ip ipsec peer get 0 address')).toBe('1.1.1.3:500\n');
    expect(json('/ip ipsec peer print count-only where address!=1.1.1.1')).toEqual({
      menu: 'peer',
      count: 2,
    });
  });

  test('strings of any bytes arrive as they are', () => {
    fc.assert(
      fc.property(anyConfig, (config) => {
        const { host, json } = newJsonConsole();
        host.current = config;
        expect(json('/ip ipsec proposal print')).toEqual({
          menu: 'proposal',
          items: config.tables.proposal.map(({ name, comment }) =>
            expect.objectContaining({ name, comment }),
          ),
        });
      }),
      { numRuns: 50 },
    );
  });
});

describe('find and get', () => {
  test('C-16 find gives the ids', () => {
    const { run, json } = newJsonConsole();
    run('/ip ipsec peer\nadd address=1.1.1.1\nadd address=1.1.1.2\n/');
    expect(json('/ip ipsec peer find')).toEqual({ menu: 'peer', ids: ['*2', '*3'] });
    expect(json('/ip ipsec peer find address=9.9.9.9')).toEqual({ menu: 'peer', ids: [] });
  });

  test('C-17 get gives one value, or all of them', () => {
    const { run, json } = newJsonConsole();
    run('/ip ipsec pre-shared-secret add address=10.0.0.1 secret=x');
    expect(json('/ip ipsec pre-shared-secret get 0 disabled')).toEqual({
      menu: 'pre-shared-secret',
      id: '*2',
      values: { disabled: false },
    });
    expect(json('/ip ipsec pre-shared-secret get 0')).toEqual({
      menu: 'pre-shared-secret',
      id: '*2',
      values: {
        disabled: false,
        comment: '',
        address: '10.0.0.1',
        'ident-string': '',
        secret: 'x',
      },
    });
    expect(json('/ip ipsec counters get out-drop')).toEqual({
      menu: 'counters',
      id: '*1',
      values: { 'out-drop': 0 },
    });
  });

  test('C-10 add gives the id of the new item; what changes items gives nothing', () => {
    const { session } = newConsole();
    const output = (text: string) => session.execute(text, { form: 'json' }).output;
    expect(output('/ip ipsec peer add address=1.1.1.1')).toBe('{"added":["*2"]}\n');
    expect(output('/ip ipsec peer\nset [add address=1.1.1.2] comment=x\nremove 0')).toBe('');
    expect(session.execute('/ip ipsec peer add address=1.1.1.3').output).toBe('');
  });

  test('brackets stand for the value, whatever the form', () => {
    const { host, json, run } = newJsonConsole();
    run('/ip ipsec peer add address=1.1.1.1');
    expect(json('/ip ipsec peer print from=[find address=1.1.1.1]')).toMatchObject({
      items: [{ address: '1.1.1.1:500' }],
    });
    expect(host.current.tables.peer).toHaveLength(1);
  });
});
