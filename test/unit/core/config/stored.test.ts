/** The stored configuration: everything comes back, and what is damaged is refused with a reason. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quote } from '../../../../lib/core/config/quoting.js';
import { decodeConfig, encodeConfig } from '../../../../lib/core/config/stored.js';
import { emptyConfig } from '../../../../lib/core/config/tables.js';
import { newConsole } from '../console/fake-host.js';

function sample() {
  const { host, run } = newConsole();
  run(
    [
      '/ip ipsec proposal',
      'add name=gone',
      'add name=west auth-algorithms=md5,null enc-algorithms="" lifetime=1h lifebytes=7 pfs-group=none',
      'remove gone',
      '/ip ipsec peer add address=10.0.0.0/24:4500 comment="all \\"of\\" them" disabled=yes',
      '/ip ipsec pre-shared-secret add address=1.1.1.1 secret="a\\FF$"',
      '/ip ipsec policy',
      'add src-address=10.1.0.0/24:1-2 dst-address=0.0.0.0/0 protocol=tcp action=drop',
      'add sa-src=1.0.0.1 sa-dst=1.0.0.2 action=encrypt ipsec-protocols=ah,esp proposal=west',
      'move 1 0',
    ].join('\n'),
  );
  return host.current;
}

test('a configuration comes back through JSON with its ids, order and references', () => {
  const config = sample();
  expect(decodeConfig(JSON.parse(encodeConfig(config)))).toEqual({ ok: true, value: config });
});

test('any comment and secret come back', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ minLength: 1, maxLength: 9 }),
      (comment, bytes) => {
        const { host, run } = newConsole();
        const hex = Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, '0'));
        const secret = `"${hex.map((digits) => `\\${digits}`).join('')}"`;
        run(
          `/ip ipsec pre-shared-secret add address=1.1.1.1 comment=${quote(comment)} secret=${secret}`,
        );
        expect(decodeConfig(JSON.parse(encodeConfig(host.current)))).toEqual({
          ok: true,
          value: host.current,
        });
      },
    ),
  );
});

test('a property that an older program did not know takes its default', () => {
  const stored = JSON.parse(encodeConfig(emptyConfig())) as {
    tables: { proposal: Record<string, string>[] };
  };
  delete stored.tables.proposal[0]?.['pfs-group'];
  expect(decodeConfig(stored)).toEqual({ ok: true, value: emptyConfig() });
});

describe('refused', () => {
  const good = encodeConfig(sample());
  const damaged: readonly (readonly [string, string, string, string])[] = [
    ['other version', '"version":1', '"version":2', 'has format version 2'],
    ['no version', '"version":1,', '', 'has format version of an unknown kind'],
    ['other file', '"ipsecctl configuration"', '"something"', 'does not say format'],
    ['no id', '"id":1,', '', 'proposal 0: it has no id'],
    ['id of the future', '"id":1,', '"id":99,', 'proposal 0: its id is not below nextId'],
    ['id twice', '"id":3,', '"id":1,', 'proposal 1: its id is used twice'],
    ['unknown property', '"lifetime":', '"lifetimes":', 'proposal 0: there is no property'],
    ['number for a text', '"30m"', '30', 'proposal 0: lifetime is no text'],
    ['bad value', '"30m"', '"30x"', 'proposal 0: invalid value for argument lifetime'],
    ['dangling name', '"proposal":"west"', '"proposal":"east"', 'policy 0: input does not match'],
    ['unknown table', '"peer":', '"peers":', 'there is no table "peers"'],
    ['default renamed', '"name":"default"', '"name":"other"', 'policy 1: input does not match'],
    ['two of one name', '"name":"west"', '"name":"default"', 'already have such entry'],
  ];

  test.each(damaged)('%s', (_title, from, to, reason) => {
    const broken = good.replace(from, to);
    expect(broken).not.toBe(good);
    const decoded = decodeConfig(JSON.parse(broken));
    expect(decoded.ok ? 'accepted' : decoded.error).toContain(reason);
  });

  test('a secret that cannot be read is not repeated in the reason', () => {
    const broken = good.replace(/"secret":"[^"]*"/, '"secret":"0xsesame"');
    const decoded = decodeConfig(JSON.parse(broken));
    expect(decoded.ok ? 'accepted' : decoded.error).toBe(
      'the configuration is damaged: pre-shared-secret 0: invalid value for argument secret',
    );
  });

  test('any JSON is refused or read, without an exception', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.string(), (json, at, piece) => {
        decodeConfig(JSON.parse(json));
        const cut = at % good.length;
        const text = good.slice(0, cut) + piece + good.slice(cut + piece.length);
        let value: unknown;
        try {
          value = JSON.parse(text);
        } catch {
          return;
        }
        decodeConfig(value);
      }),
    );
  });
});
