/** The SAs of manual keys and policies that would make one differently. */
import { describe, expect, test } from '@jest/globals';
import { toHex } from '../../../../lib/core/base/bytes.js';
import { invalidReason } from '../../../../lib/core/config/validity.js';
import { compilePolicies } from '../../../../lib/core/policy/compile.js';
import { distinctSas, manualSaUses } from '../../../../lib/core/policy/manual-sas.js';
import { newConsole } from '../console/fake-host.js';

const ends = 'sa-src=1.0.0.1 sa-dst=1.0.0.2 action=encrypt';
const networks = 'src-address=10.1.0.0/24 dst-address=10.2.0.0/24 tunnel=yes';

function configOf(...commands: string[]) {
  const { host, run } = newConsole();
  for (const command of commands) run(`/ip ipsec ${command}`);
  return host.config();
}

function sasOf(...commands: string[]) {
  return distinctSas(manualSaUses(configOf(...commands))).map((sa) =>
    [
      ...[sa.direction, sa.protocol, sa.mode, sa.spi.toString(16), sa.source, sa.destination],
      ...[sa.encryption ?? '-', toHex(sa.encryptionKey.reveal())],
      ...[sa.integrity, toHex(sa.integrityKey.reveal())],
    ].join(' '),
  );
}

describe('manual SAs', () => {
  test("R-40 R-41 the manual's example: own incoming SPI first, keys under null kept for AH", () => {
    const template = 'manual-sa add name=ah-sa1 ah-spi=0x101/0x100 ah-key=abcfed';
    expect(
      sasOf(template, `policy add ${networks} ${ends} ipsec-protocols=ah manual-sa=ah-sa1`),
    ).toEqual([
      'out ah tunnel 100 1.0.0.1 1.0.0.2 -  null abcfed',
      'in ah tunnel 101 1.0.0.2 1.0.0.1 -  null abcfed',
    ]);
  });

  test('R-32 of a bundle ESP is the tunnel and AH goes around it', () => {
    const md5 = `ah-algorithm=md5 ah-key=${'ab'.repeat(16)}/${'cd'.repeat(16)}`;
    const des = `esp-enc-algorithm=des esp-enc-key=${'12'.repeat(8)} esp-auth-key=ff`;
    expect(
      sasOf(
        `manual-sa add ${md5} ${des}`,
        `policy add ${networks} ${ends} ipsec-protocols=ah,esp manual-sa=sa1`,
      ),
    ).toEqual([
      `out esp tunnel 100 1.0.0.1 1.0.0.2 des ${'12'.repeat(8)} null `,
      `in esp tunnel 100 1.0.0.2 1.0.0.1 des ${'12'.repeat(8)} null `,
      `out ah transport 100 1.0.0.1 1.0.0.2 -  md5 ${'cd'.repeat(16)}`,
      `in ah transport 100 1.0.0.2 1.0.0.1 -  md5 ${'ab'.repeat(16)}`,
    ]);
  });

  test('R-42 E-06 policies that share a template share SAs and the reqid of their kernel policies', () => {
    const policy = (network: string) =>
      `policy add src-address=${network} dst-address=10.2.0.0/24 tunnel=yes ${ends} manual-sa=sa1`;
    const config = configOf('manual-sa add', policy('10.1.0.0/24'), policy('10.1.1.0/24'));
    const sas = distinctSas(manualSaUses(config));
    expect(sas).toHaveLength(2);
    const compiled = compilePolicies(config, { localAddresses: [], withSas: new Set() });
    const reqids = compiled.flatMap(({ templates }) => templates.map(({ reqid }) => reqid));
    expect(new Set([...reqids, ...sas.map(({ reqid }) => reqid)]).size).toBe(1);
  });

  test.each([
    ['a policy that is disabled', `${networks} ${ends} manual-sa=sa1 disabled=yes`],
    ['a policy that is invalid', `src-address=10.0.0.0/8 ${ends} manual-sa=sa1`],
    ['a policy that accepts', 'src-address=10.0.0.0/8 dst-address=11.0.0.0/8 manual-sa=sa1'],
  ])('R-44 %s has none', (_, policy) => {
    expect(sasOf('manual-sa add', `policy add ${policy}`)).toEqual([]);
  });
});

describe('R-43', () => {
  const second = 'src-address=10.3.0.0/24 dst-address=10.2.0.0/24';

  test.each([
    [
      'another template with the same SPI',
      `${second} tunnel=yes ${ends} manual-sa=sa2`,
      'manual-sa "sa2" has the same SPI for the same addresses as the template of policy 0',
    ],
    [
      'the same template in another mode',
      `${ends} manual-sa=sa1 protocol=tcp`,
      'it would use the SA of policy 0, which comes first, in another mode',
    ],
  ])('%s makes the later policy invalid', (_, policy, words) => {
    const first = `policy add ${networks} ${ends} manual-sa=sa1`;
    const config = configOf('manual-sa add', 'manual-sa add', first, `policy add ${policy}`);
    const [good, bad] = config.tables.policy;
    expect(good && invalidReason(config, good)).toBeUndefined();
    const reason = bad && invalidReason(config, bad);
    expect(reason?.rule).toBe('R-43');
    expect(reason?.text).toContain(words);
  });

  test('another SPI, or other ends, are no clash', () => {
    const config = configOf(
      ...[
        'manual-sa add',
        'manual-sa add esp-spi=200',
        `policy add ${networks} ${ends} manual-sa=sa1`,
      ],
      `policy add ${second} tunnel=yes ${ends} manual-sa=sa2`,
      'policy add src-address=10.1.0.0/24 dst-address=10.5.0.0/24 tunnel=yes sa-src=1.0.0.1 sa-dst=1.0.0.3 action=encrypt manual-sa=sa1',
    );
    expect(config.tables.policy.map((row) => invalidReason(config, row))).toEqual([
      ...[undefined, undefined, undefined],
    ]);
  });
});
