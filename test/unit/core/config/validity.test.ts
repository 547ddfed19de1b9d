/** The nine conditions of flag I, each with its reason. */
import { describe, expect, test } from '@jest/globals';
import { manualSaMenu } from '../../../../lib/core/config/menus/manual-sa.js';
import { invalidPolicies, invalidReason } from '../../../../lib/core/config/validity.js';
import { consoleMenus } from '../../../../lib/core/console/menu-tree.js';
import { newConsole } from '../console/fake-host.js';

/** What is wrong with the last policy, as `rule text`, or `valid`. */
function judge(...commands: readonly string[]): string {
  const { host, run } = newConsole({ menus: [...consoleMenus, manualSaMenu] });
  for (const command of commands) run(`/ip ipsec ${command}`);
  const last = host.current.tables.policy.at(-1);
  const reason = last === undefined ? undefined : invalidReason(host.current, last);
  return reason === undefined ? 'valid' : `${reason.rule} ${reason.text}`;
}

const transport = 'policy add action=encrypt sa-src=1.0.0.1 sa-dst=1.0.0.2';
const tunnel = `${transport} tunnel=yes src-address=10.1.0.0/24 dst-address=10.2.0.0/24`;

describe('A-10', () => {
  test.each([
    ['transport between the ends', [transport]],
    ['tunnel between networks', [tunnel]],
    ['accept needs no SA addresses', ['policy add src-address=10.1.0.0/24 dst-address=0.0.0.0/0']],
    ['one port, udp', [`${transport} protocol=udp src-address=1.0.0.1/32:53`]],
    [
      'a range of ports where nothing is negotiated',
      [
        'policy add action=drop protocol=tcp src-address=0.0.0.0/0 dst-address=10.0.0.0/8:1000-2000',
      ],
    ],
    ['the same selector as a disabled policy', [`${tunnel} disabled=yes`, tunnel]],
    ['the same selector as an invalid policy', ['policy add action=encrypt', tunnel]],
    ['a transport policy that contains its ends', [`${transport} src-address=1.0.0.0/24`]],
    [
      'tunnel=yes without SA addresses, when nothing is encrypted',
      ['policy add tunnel=yes src-address=10.1.0.0/24 dst-address=0.0.0.0/0'],
    ],
    ['a good manual-sa', ['manual-sa add', `${tunnel} manual-sa=sa1`]],
    [
      'a range of ports with manual keys',
      [
        'manual-sa add',
        `${transport} tunnel=yes manual-sa=sa1 protocol=tcp src-address=10.1.0.0/24:1-2 dst-address=10.2.0.0/24`,
      ],
    ],
  ])('valid: %s', (_title, commands) => {
    expect(judge(...commands)).toBe('valid');
  });

  test.each([
    ['A-10.1', [`${tunnel}`, 'proposal disable default'], 'proposal "default" is disabled'],
    [
      'A-10.1',
      ['manual-sa add', `${tunnel} manual-sa=sa1`, 'manual-sa disable sa1'],
      'manual-sa "sa1" is disabled',
    ],
    [
      'A-10.1',
      ['manual-sa add ah-algorithm=md5 ah-key=A0', `${tunnel} manual-sa=sa1`],
      'manual-sa "sa1" is invalid: its ah-key has the wrong length',
    ],
    ['A-10.2', ['policy add action=encrypt'], 'sa-src-address is not set'],
    ['A-10.2', ['policy add action=encrypt sa-src=1.0.0.1'], 'sa-dst-address is not set'],
    ['A-10.3', ['policy add action=drop src-address=10.0.0.0/8'], 'dst-address is not set'],
    ['A-10.3', [`${transport} src-address=0.0.0.0/32:5`], 'src-address is not set'],
    ['A-10.4', [tunnel, tunnel], 'matches the same packets as policy 0'],
    [
      'A-10.4 after the narrowing of R-31',
      [`${transport} src-address=1.0.0.0/24`, transport],
      'matches the same packets as policy 0',
    ],
    [
      'A-10.5',
      [`${transport} src-address=10.1.0.0/24`],
      'src-address does not contain sa-src-address',
    ],
    [
      'A-10.5',
      [`${transport} dst-address=10.1.0.0/24`],
      'dst-address does not contain sa-dst-address',
    ],
    ['A-10.6', [`${transport} src-address=1.0.0.1/32:80`], 'src-address names ports'],
    ['A-10.6', [`${transport} protocol=icmp dst-address=1.0.0.2/32:80`], 'dst-address names ports'],
    [
      'A-10.7',
      [`${transport} protocol=tcp src-address=1.0.0.1/32:80-90`],
      'src-address names a range of ports',
    ],
    [
      'A-10.8',
      ['policy add action=encrypt tunnel=yes sa-src=1.0.0.1 sa-dst=1.0.0.1'],
      'sa-src-address and sa-dst-address are the same',
    ],
    [
      'A-10.9',
      [
        ...[1, 2, 3, 4, 5, 6].map(
          (hop) =>
            `policy add action=encrypt tunnel=yes src-address=1.0.0.${hop} dst-address=2.0.0.${hop} sa-src=1.0.0.${hop + 1} sa-dst=2.0.0.${hop + 1}`,
        ),
        'policy add action=encrypt tunnel=yes src-address=1.0.0.0 dst-address=2.0.0.0 sa-src=1.0.0.1 sa-dst=2.0.0.1',
      ],
      'its packets would be encrypted 7 times',
    ],
  ])('%s: %j', (rule, commands, text) => {
    expect(judge(...commands)).toMatch(new RegExp(`^${rule.slice(0, 6)} ${text}`));
  });

  test('A-10 six transforms are still valid', () => {
    const hops = [1, 2, 3, 4, 5, 6].map(
      (hop) =>
        `policy add action=encrypt tunnel=yes src-address=1.0.0.${hop} dst-address=2.0.0.${hop} sa-src=1.0.0.${hop + 1} sa-dst=2.0.0.${hop + 1}`,
    );
    expect(judge(...hops.reverse())).toBe('valid');
  });

  test('the flag follows every change of any table', () => {
    const { host, run } = newConsole();
    run(`/ip ipsec ${tunnel}\n/ip ipsec ${tunnel}`);
    const invalid = () => [...invalidPolicies(host.current).values()].map(({ rule }) => rule);
    expect(invalid()).toEqual(['A-10.4']);
    run('/ip ipsec policy disable 0');
    expect(invalid()).toEqual([]);
    run('/ip ipsec proposal disable default');
    expect(invalid()).toEqual(['A-10.1', 'A-10.1']);
  });
});
