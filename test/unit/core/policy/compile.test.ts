/** What the tables become in the data plane, line by line (E-01 to E-19, R-14). */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { reqidOf } from '../../../../lib/core/dataplane/ownership.js';
import type { DataPlanePolicy } from '../../../../lib/core/dataplane/types.js';
import { compilePolicies, policyKey } from '../../../../lib/core/policy/compile.js';
import { diffPolicies } from '../../../../lib/core/policy/diff.js';
import { newConsole } from '../console/fake-host.js';
import { policyText } from './policy-text.js';

/** The lines compiled from policies given as the arguments of `add`; `withSas` by position. */
function compiled(adds: readonly string[], withSas: readonly number[] = []): readonly string[] {
  const { host, run } = newConsole();
  for (const add of adds) run(`/ip ipsec policy add ${add}`);
  const ids = withSas.map((position) => host.current.tables.policy[position]?.id ?? 0);
  return compilePolicies(host.current, { localAddresses: [], withSas: new Set(ids) })
    .filter(({ priority }) => priority >= 1000)
    .map((policy) => policyText(policy, host.current));
}

function outbound(adds: readonly string[], withSas: readonly number[] = []): readonly string[] {
  return compiled(adds, withSas).filter((line) => line.startsWith('out'));
}

const transport = 'sa-src=1.0.0.1 sa-dst=1.0.0.2 action=encrypt';
const tunnel = `${transport} tunnel=yes src-address=10.1.0.0/24 dst-address=10.2.0.0/24`;

describe('E-01 one out, one in and one fwd policy', () => {
  test('transport ESP of the minimal example', () => {
    expect(compiled([transport])).toEqual([
      'out 1000 1.0.0.1/32:any -> 1.0.0.2/32:any protocol all: protect [esp transport 1.0.0.1 > 1.0.0.2 policy#0]',
      'in 1000 1.0.0.2/32:any -> 1.0.0.1/32:any protocol all: protect [esp transport 1.0.0.2 > 1.0.0.1 policy#0]',
      'fwd 1000 1.0.0.2/32:any -> 1.0.0.1/32:any protocol all: protect [esp transport 1.0.0.2 > 1.0.0.1 policy#0]',
    ]);
  });

  test('tunnel between two networks', () => {
    expect(compiled([tunnel])).toEqual([
      'out 1000 10.1.0.0/24:any -> 10.2.0.0/24:any protocol all: protect [esp tunnel 1.0.0.1 > 1.0.0.2 policy#0]',
      'in 1000 10.2.0.0/24:any -> 10.1.0.0/24:any protocol all: protect [esp tunnel 1.0.0.2 > 1.0.0.1 policy#0]',
      'fwd 1000 10.2.0.0/24:any -> 10.1.0.0/24:any protocol all: protect [esp tunnel 1.0.0.2 > 1.0.0.1 policy#0]',
    ]);
  });

  test('accept and drop have no templates', () => {
    const ends = 'src-address=10.1.0.0/24 dst-address=0.0.0.0/0';
    expect(compiled([`action=accept ${ends} protocol=icmp`, `action=drop ${ends}`])).toEqual([
      'out 1000 10.1.0.0/24:any -> 0.0.0.0/0:any protocol 1: bypass',
      'in 1000 0.0.0.0/0:any -> 10.1.0.0/24:any protocol 1: bypass',
      'fwd 1000 0.0.0.0/0:any -> 10.1.0.0/24:any protocol 1: bypass',
      'out 2000 10.1.0.0/24:any -> 0.0.0.0/0:any protocol all: discard',
      'in 2000 0.0.0.0/0:any -> 10.1.0.0/24:any protocol all: discard',
      'fwd 2000 0.0.0.0/0:any -> 10.1.0.0/24:any protocol all: discard',
    ]);
  });
});

test('E-02 positions count over enabled valid policies alone', () => {
  const lines = outbound([
    `${tunnel} disabled=yes`,
    'action=encrypt',
    'action=drop src-address=10.9.0.0/24 dst-address=0.0.0.0/0',
    tunnel,
  ]);
  expect(lines.map((line) => line.slice(0, 20))).toEqual([
    'out 1000 10.9.0.0/24',
    'out 2000 10.1.0.0/24',
  ]);
});

describe('E-02 priorities of policies that are installed', () => {
  const row = (host: number, more = '') =>
    `src-address=10.1.0.0/24 dst-address=10.2.0.${host} action=drop ${more}`;

  /** A router whose kernel always takes what is desired. */
  function installing(adds: readonly string[]) {
    const { host, run } = newConsole();
    const installed = new Map<string, DataPlanePolicy>();
    const localAddresses = ['1.0.0.1'];
    /** The operations that make the kernel as desired after the command. */
    const install = (command: string): readonly string[] => {
      run(command);
      const before = [...installed.values()];
      const desired = compilePolicies(host.current, {
        localAddresses,
        withSas: new Set(),
        installedPriority: (key) => installed.get(key)?.priority,
      });
      installed.clear();
      for (const policy of desired) installed.set(policyKey(policy), policy);
      return diffPolicies(before, desired).map(({ kind }) => kind);
    };
    install(adds.map((add) => `/ip ipsec policy add ${add}`).join('\n'));
    return { install, desired: () => [...installed.values()] };
  }

  test.each([
    ['moved', 'move 3 1', 'updatePolicy'],
    ['changed', 'set 2 action=accept', 'updatePolicy'],
    ['added in between', `add place-before=1 ${row(9)}`, 'installPolicy'],
    ['removed', 'remove 1', 'removePolicy'],
  ])('a row %s is three operations, and no other is touched', (_, command, kind) => {
    const { install } = installing([1, 2, 3, 4, 5].map((host) => row(host)));
    expect(install(`/ip ipsec policy ${command}`)).toEqual([kind, kind, kind]);
  });

  test('a remark is nothing to the kernel', () => {
    const { install } = installing([row(1), row(2)]);
    expect(install('/ip ipsec policy comment 0 remark')).toEqual([]);
  });

  test('stay in the order of the rows, and where they are when nothing changes', () => {
    const ports = fc.constantFrom('', ':1-9', ':8-1000', ':8', ':500');
    const rows = fc.array(
      fc
        .record({ host: fc.nat(3), ports, isUdp: fc.boolean() })
        .map(
          ({ host, ports: text, isUdp }) =>
            `src-address=10.1.0.0/24 dst-address=10.2.0.${host}${text} action=drop protocol=${isUdp ? 'udp' : 'tcp'}`,
        ),
      { minLength: 1, maxLength: 8 },
    );
    const change = fc.oneof(
      fc.tuple(fc.nat(7), fc.nat(7)).map(([from, to]) => `move ${from} ${to}`),
      fc
        .tuple(fc.nat(7), fc.constantFrom('yes', 'no'))
        .map(([at, is]) => `set ${at} disabled=${is}`),
    );
    fc.assert(
      fc.property(rows, fc.array(change, { maxLength: 6 }), (adds, changes) => {
        const { install, desired } = installing(adds);
        for (const text of changes) {
          if (/\d+/g.exec(text)?.some((number) => Number(number) >= adds.length)) continue;
          try {
            install(`/ip ipsec policy ${text}`);
          } catch {
            // The second number of a move names no row.
          }
          const priorities = desired().map(({ priority }) => priority);
          expect(priorities).toEqual([...priorities].sort((a, b) => a - b));
          expect(new Set(desired().map(policyKey)).size).toBe(desired().length);
          expect(install('')).toEqual([]);
        }
      }),
    );
  });
});

test('E-05 the reqid is that of the policy item', () => {
  const { host, run } = newConsole();
  run(`/ip ipsec policy add ${transport}`);
  const [row] = host.current.tables.policy;
  const [, policy] = compilePolicies(host.current, { localAddresses: [], withSas: new Set() });
  expect(policy?.templates[0]?.reqid).toBe(reqidOf(row?.id ?? 0));
});

describe('E-07 ah,esp is ESP inside AH', () => {
  test('in a tunnel AH is in transport mode', () => {
    expect(outbound([`${tunnel} ipsec-protocols=ah,esp`])).toEqual([
      'out 1000 10.1.0.0/24:any -> 10.2.0.0/24:any protocol all: protect [esp tunnel 1.0.0.1 > 1.0.0.2 policy#0] [ah transport 1.0.0.1 > 1.0.0.2 policy#0]',
    ]);
  });

  test('in transport mode both are', () => {
    expect(outbound([`${transport} ipsec-protocols=ah,esp`])).toEqual([
      'out 1000 1.0.0.1/32:any -> 1.0.0.2/32:any protocol all: protect [esp transport 1.0.0.1 > 1.0.0.2 policy#0] [ah transport 1.0.0.1 > 1.0.0.2 policy#0]',
    ]);
  });

  test('R-33 AH alone makes the tunnel itself', () => {
    expect(outbound([`${tunnel} ipsec-protocols=ah`])).toEqual([
      'out 1000 10.1.0.0/24:any -> 10.2.0.0/24:any protocol all: protect [ah tunnel 1.0.0.1 > 1.0.0.2 policy#0]',
    ]);
  });
});

test('R-31 transport mode serves the ends of the SAs alone', () => {
  expect(
    outbound([`${transport} src-address=1.0.0.0/24 dst-address=0.0.0.0/0 protocol=udp`]),
  ).toEqual([
    'out 1000 1.0.0.1/32:any -> 1.0.0.2/32:any protocol 17: protect [esp transport 1.0.0.1 > 1.0.0.2 policy#0]',
  ]);
});

describe('levels (E-11 to E-13, E-16)', () => {
  test('acquire without SAs: an optional transport sensor out, optional templates in', () => {
    expect(compiled([`${tunnel} level=acquire`])).toEqual([
      'out 1000 10.1.0.0/24:any -> 10.2.0.0/24:any protocol all: protect [esp transport 1.0.0.1 > 1.0.0.2 policy#0 optional]',
      'in 1000 10.2.0.0/24:any -> 10.1.0.0/24:any protocol all: protect [esp tunnel 1.0.0.2 > 1.0.0.1 policy#0 optional]',
      'fwd 1000 10.2.0.0/24:any -> 10.1.0.0/24:any protocol all: protect [esp tunnel 1.0.0.2 > 1.0.0.1 policy#0 optional]',
    ]);
  });

  test('use without SAs: packets pass out, and nobody is asked', () => {
    expect(compiled([`${tunnel} level=use`]).slice(0, 2)).toEqual([
      'out 1000 10.1.0.0/24:any -> 10.2.0.0/24:any protocol all: bypass',
      'in 1000 10.2.0.0/24:any -> 10.1.0.0/24:any protocol all: protect [esp tunnel 1.0.0.2 > 1.0.0.1 policy#0 optional]',
    ]);
  });

  test.each(['use', 'acquire'])('%s with its SAs is as strict as require', (level) => {
    expect(compiled([`${tunnel} level=${level}`], [0])).toEqual(compiled([tunnel]));
  });
});

describe('E-14 nesting: the templates of the policies the encrypted packet meets next', () => {
  const around = 'sa-src=1.0.0.1 sa-dst=1.0.0.2 action=encrypt ipsec-protocols=ah protocol=esp';

  test('AH around the tunnel, out and in', () => {
    expect(compiled([tunnel, around]).slice(0, 2)).toEqual([
      'out 1000 10.1.0.0/24:any -> 10.2.0.0/24:any protocol all: protect [esp tunnel 1.0.0.1 > 1.0.0.2 policy#0] [ah transport 1.0.0.1 > 1.0.0.2 policy#1]',
      'in 1000 10.2.0.0/24:any -> 10.1.0.0/24:any protocol all: protect [esp tunnel 1.0.0.2 > 1.0.0.1 policy#0] [ah transport 1.0.0.2 > 1.0.0.1 policy#1]',
    ]);
  });

  test('a tunnel in a tunnel', () => {
    const outer =
      'action=encrypt tunnel=yes src-address=1.0.0.0/24 dst-address=1.0.0.0/24 sa-src=5.0.0.1 sa-dst=5.0.0.2';
    expect(outbound([tunnel, outer])[0]).toBe(
      'out 1000 10.1.0.0/24:any -> 10.2.0.0/24:any protocol all: protect [esp tunnel 1.0.0.1 > 1.0.0.2 policy#0] [esp tunnel 5.0.0.1 > 5.0.0.2 policy#1]',
    );
  });

  test('R-12 and R-15 a policy that matches its own result encrypts once', () => {
    expect(outbound([transport])[0]).toMatch(/protect \[[^\]]*\]$/);
  });

  test('R-13 drop on the way drops, accept ends the chain', () => {
    const outer = 'src-address=1.0.0.0/24 dst-address=1.0.0.0/24';
    expect(outbound([tunnel, `${outer} action=drop`])[0]).toMatch(/: discard$/);
    expect(outbound([tunnel, `${outer} action=accept`, around])).toEqual(
      expect.arrayContaining([...outbound([tunnel])]),
    );
  });

  test('a next policy that lets packets pass while it has no SAs is left out until it has them', () => {
    const lax = `${around} level=use`;
    expect(outbound([tunnel, lax])[0]).toBe(outbound([tunnel])[0]);
    expect(outbound([tunnel, lax], [1])[0]).toBe(outbound([tunnel, around])[0]);
  });
});

describe('E-04 port ranges', () => {
  test('1000-2000 is eight aligned blocks', () => {
    const lines = outbound([
      'action=drop protocol=tcp src-address=10.1.0.0/24 dst-address=0.0.0.0/0:1000-2000',
    ]);
    expect(lines.map((line) => /:(\d+(-\d+)?) protocol/.exec(line)?.[1])).toEqual([
      '1000-1007',
      '1008-1023',
      '1024-1535',
      '1536-1791',
      '1792-1919',
      '1920-1983',
      '1984-1999',
      '2000',
    ]);
  });

  test('where blocks of two policies are the same, the earlier policy decides', () => {
    const lines = outbound([
      'action=drop protocol=tcp src-address=10.1.0.0/24 dst-address=0.0.0.0/0:1000-1023',
      'action=accept protocol=tcp src-address=10.1.0.0/24 dst-address=0.0.0.0/0:1008-1039',
    ]);
    expect(lines).toEqual([
      'out 1000 10.1.0.0/24:any -> 0.0.0.0/0:1000-1007 protocol 6: discard',
      'out 1000 10.1.0.0/24:any -> 0.0.0.0/0:1008-1023 protocol 6: discard',
      'out 2000 10.1.0.0/24:any -> 0.0.0.0/0:1024-1039 protocol 6: bypass',
    ]);
  });
});

test('E-19 IKE is exempt: received on port 500, and sent from it per local address', () => {
  const { host } = newConsole();
  const policies = compilePolicies(host.current, {
    localAddresses: ['10.1.0.1', '1.0.0.1', '1.0.0.1'],
    withSas: new Set(),
  });
  expect(policies.map((policy) => policyText(policy, host.current))).toEqual([
    'in 1 0.0.0.0/0:any -> 0.0.0.0/0:500 protocol 17: bypass',
    'out 1 1.0.0.1/32:500 -> 0.0.0.0/0:any protocol 17: bypass',
    'out 1 10.1.0.1/32:500 -> 0.0.0.0/0:any protocol 17: bypass',
  ]);
});

test('E-03 no two compiled policies have the same key, whatever the rows', () => {
  const side = fc.constantFrom('10.1.0.0/24', '10.2.0.0/24', '0.0.0.0/0', '1.0.0.1', '1.0.0.2');
  const ports = fc.constantFrom('', ':500', ':1-9', ':8-1000');
  const row = fc.record({ src: side, dst: side, srcPorts: ports, dstPorts: ports });
  const options = fc.constantFrom(
    '',
    ' tunnel=yes',
    ' level=use',
    ' protocol=udp',
    ' protocol=tcp',
  );
  const action = fc.constantFrom('accept', 'drop', 'encrypt');
  fc.assert(
    fc.property(fc.array(fc.tuple(row, options, action), { maxLength: 8 }), (rows) => {
      const { host, run } = newConsole();
      for (const [{ src, dst, srcPorts, dstPorts }, option, verb] of rows) {
        const withPorts = (text: string, port: string) => (port === '' ? text : `${text}${port}`);
        run(
          `/ip ipsec policy add src-address=${withPorts(src, srcPorts)} dst-address=${withPorts(dst, dstPorts)} sa-src=1.0.0.1 sa-dst=1.0.0.2 action=${verb}${option}`,
        );
      }
      const policies = compilePolicies(host.current, {
        localAddresses: ['1.0.0.1'],
        withSas: new Set(),
      });
      expect(new Set(policies.map(policyKey)).size).toBe(policies.length);
      for (const { action: verb, templates } of policies) {
        expect(templates.length > 0).toBe(verb === 'protect');
        expect(templates.length).toBeLessThanOrEqual(6);
      }
    }),
  );
});
