/** What our nftables table says of policies in every state they can be in (E-33, E-40, R-25, R-34). */
import { describe, expect, test } from '@jest/globals';
import { filterTable, policiesDroppingOwn } from '../../../../lib/core/nftables/filter-table.js';
import { changeScript, wholeScript } from '../../../../lib/core/nftables/script.js';
import { newConsole } from '../console/fake-host.js';

function tables(...adds: readonly string[]) {
  const { host, run } = newConsole();
  for (const add of adds) run(`/ip ipsec policy add ${add}`);
  const ids = host.current.tables.policy.map(({ id }) => id);
  return { host, run, ids };
}

/** Set by set, with the number of the row in the place of its id. */
function sets(adds: readonly string[], withSas: readonly number[] = []) {
  const { host, ids } = tables(...adds);
  const built = filterTable(host.current, new Set(withSas.map((row) => ids[row] ?? -1))).sets;
  const named = (counter: string | undefined) =>
    counter?.replace(/policy-(\d+)/, (_, id) => `row-${ids.indexOf(Number(id))}`);
  return Object.fromEntries(
    [...built].map(([name, elements]) => [
      name,
      [...elements].map(([element, counter]) =>
        counter === undefined ? element : `${element} : ${named(counter)}`,
      ),
    ]),
  );
}

const ends = 'sa-src-address=1.0.0.1 sa-dst-address=1.0.0.2 action=encrypt';
const tunnel = `src-address=10.1.0.0/24 dst-address=10.2.0.0/24 tunnel=yes ${ends}`;
const [out, back] = ['10.1.0.0/24 . 10.2.0.0/24 . 0-255', '10.2.0.0/24 . 10.1.0.0/24 . 0-255'];

describe('each verdict', () => {
  test('accept and drop', () => {
    const networks = 'src-address=10.1.0.0/24 dst-address=10.2.0.0/24';
    expect(sets([`${networks} action=accept`])).toEqual({
      in_passed_plain_0: [`${back} : row-0-in-accepted`],
      out_passed_plain_0: [`${out} : row-0-out-accepted`],
    });
    expect(sets([`${networks} action=drop`])).toEqual({
      in_stopped_plain_0: [`${back} : row-0-in-dropped`],
      out_stopped_plain_0: [`${out} : row-0-out-dropped`],
    });
  });

  test('R-06 R-25 without SAs by level', () => {
    expect(sets([`${tunnel} level=require`])).toEqual({
      in_stopped_plain_0: [`${back} : row-0-in-dropped`],
      out_stopped_plain_0: [`${out} : row-0-out-dropped`],
    });
    for (const level of ['use', 'acquire']) {
      expect(sets([`${tunnel} level=${level}`])).toEqual({
        in_passed_plain_0: [`${back} : row-0-in-accepted`],
        out_passed_plain_0: [`${out} : row-0-out-accepted`],
      });
    }
  });

  test('R-25 (a) R-78 with SAs packets in clear are refused, whatever the level', () => {
    for (const level of ['use', 'acquire', 'require']) {
      expect(sets([`${tunnel} level=${level}`], [0])).toEqual({
        in_stopped_plain_0: [`${back} : row-0-in-refused`],
        out_clear_df_plain_0: [out],
      });
    }
  });

  test('R-13 a nested policy that requires SAs it has not drops', () => {
    const around = `protocol=ipsec-esp ipsec-protocols=ah ${ends}`;
    expect(sets([tunnel, around], [0])).toMatchObject({
      out_stopped_plain_0: expect.arrayContaining([`${out} : row-0-out-dropped`]),
    });
  });
});

describe('R-02 order', () => {
  const wide = 'src-address=10.0.0.0/8 dst-address=10.0.0.0/8 action=accept';

  test('a packet of an earlier policy does not reach a later one, even if nothing counts it', () => {
    expect(sets([`${tunnel} dont-fragment=inherit`, wide], [0])).toEqual({
      in_stopped_plain_0: [`${back} : row-0-in-refused`],
      out_other_plain_0: [out],
      in_passed_plain_1: ['10.0.0.0/8 . 10.0.0.0/8 . 0-255 : row-1-in-accepted'],
      out_passed_plain_1: ['10.0.0.0/8 . 10.0.0.0/8 . 0-255 : row-1-out-accepted'],
    });
  });

  test('R-03 ports are seen where there are any, reversed for what arrives', () => {
    const web = 'src-address=10.1.0.0/24:80-90 dst-address=10.2.0.0/24 protocol=tcp action=drop';
    expect(sets([web])).toEqual({
      in_stopped_ports_0: ['10.2.0.0/24 . 10.1.0.0/24 . 6 . 0-65535 . 80-90 : row-0-in-dropped'],
      out_stopped_ports_0: ['10.1.0.0/24 . 10.2.0.0/24 . 6 . 80-90 . 0-65535 : row-0-out-dropped'],
    });
  });
});

describe('encrypted packets', () => {
  test('R-12 those that match their own policy again are not counted for it', () => {
    expect(sets([`${ends} ipsec-protocols=ah,esp`], [0])).toMatchObject({
      outer_repeated: ['1.0.0.1 . 1.0.0.2 . 51'],
    });
    expect(sets([`${ends} protocol=icmp`], [0])).not.toHaveProperty('outer_repeated');
  });

  test('R-34 dont-fragment of the packet that leaves', () => {
    expect(sets([`${tunnel} dont-fragment=set`], [0])).toMatchObject({
      outer_set_df: ['1.0.0.1 . 1.0.0.2 . 50'],
    });
    expect(sets([`${ends} protocol=icmp dont-fragment=clear`], [0])).toMatchObject({
      outer_clear_df: ['1.0.0.1 . 1.0.0.2 . 50'],
    });
    const inherit = sets([`${tunnel} dont-fragment=inherit`], [0]);
    expect(Object.keys(inherit)).toEqual(['in_stopped_plain_0']);
  });
});

test('E-40 policies that can have dropped what the router itself sends', () => {
  const { host, ids } = tables(
    'src-address=10.1.0.0/24 dst-address=10.9.0.0/24 action=drop',
    'src-address=10.7.0.0/24 dst-address=10.9.0.0/24 action=drop',
    'src-address=10.1.0.0/24 dst-address=10.8.0.0/24 action=accept',
  );
  expect(policiesDroppingOwn(host.current, new Set(), ['10.1.0.1'])).toEqual([ids[0]]);
});

describe('the script', () => {
  test('of a change names what changed and nothing else', () => {
    const elsewhere = tunnel.replaceAll('10.', '20.');
    const { host, ids } = tables(tunnel, elsewhere, elsewhere.replaceAll('20.', '30.'));
    const before = filterTable(host.current, new Set([ids[1] ?? 0]));
    const after = filterTable(host.current, new Set([ids[0] ?? 0, ids[1] ?? 0]));
    expect(changeScript(before, before)).toBe('');
    expect(changeScript(before, after).split('\n')).toEqual([
      `delete element ip ipsecctl in_stopped_plain_0 { ${back} : "policy-${ids[0]}-in-dropped" }`,
      `delete element ip ipsecctl out_stopped_plain_0 { ${out} : "policy-${ids[0]}-out-dropped" }`,
      `add counter ip ipsecctl policy-${ids[0]}-in-refused`,
      `add element ip ipsecctl in_stopped_plain_0 { ${back} : "policy-${ids[0]}-in-refused" }`,
      `add element ip ipsecctl out_clear_df_plain_0 { ${out} }`,
    ]);
  });

  test('has no rule for a set without elements', () => {
    const { host, run, ids } = tables(tunnel);
    const rulesOf = (table: ReturnType<typeof filterTable>) =>
      [...wholeScript(table).matchAll(/@(\w+)/g)].map(([, set]) => set);
    const before = filterTable(host.current, new Set(ids));
    expect(new Set(rulesOf(before))).toEqual(
      new Set(['in_stopped_plain_0', 'out_clear_df_plain_0']),
    );
    run('/ip ipsec policy add src-address=10.5.0.0/24 dst-address=10.6.0.0/24 action=accept');
    const after = filterTable(host.current, new Set(ids));
    expect(new Set(rulesOf(after))).toEqual(
      new Set([...rulesOf(before), 'in_passed_plain_0', 'out_passed_plain_0']),
    );
    const flushed = [...changeScript(before, after).matchAll(/^flush chain ip ipsecctl (\w+)$/gm)];
    expect(flushed.map(([, chain]) => chain)).toEqual([
      'stopped',
      'input',
      'forward',
      'postrouting',
    ]);
    expect(changeScript(after, before)).toContain('flush chain ip ipsecctl postrouting');
  });

  test('R-34 a packet without DF asks for nothing once no policy can drop it any more', () => {
    const { host, run, ids } = tables(tunnel);
    const leaving = () => {
      const script = wholeScript(filterTable(host.current, new Set(ids)));
      const rules = /^chain leaving \{\n([^}]*)\n\}$/m.exec(script)?.[1]?.split('\n') ?? [];
      return rules.map((rule) => /@(\w+)|frag-off.*/.exec(rule)?.[1] ?? 'skip');
    };
    expect(leaving()).toEqual(['skip', 'out_clear_df_plain_0']);
    run('/ip ipsec policy add src-address=10.0.0.0/8 dst-address=10.0.0.0/8 action=drop');
    expect(leaving()).toEqual(['out_clear_df_plain_0', 'out_stopped_plain_1']);
    run('/ip ipsec policy set 1 action=accept');
    expect(leaving()).toEqual(['skip', 'out_clear_df_plain_0']);
  });

  test('of a further layer brings its sets and writes the rules anew', () => {
    const { host, run } = tables(tunnel);
    const before = filterTable(host.current, new Set());
    run('/ip ipsec policy add src-address=10.0.0.0/8 dst-address=10.0.0.0/8 action=drop');
    const script = changeScript(before, filterTable(host.current, new Set()));
    expect(script).toContain('map in_stopped_plain_1');
    expect(script).not.toContain('map in_stopped_plain_0 {');
    expect(script).toContain('flush chain ip ipsecctl leaving');
  });

  test('of the whole is one transaction that replaces a table of that name', () => {
    const { host } = tables(tunnel);
    const script = wholeScript(filterTable(host.current, new Set()));
    expect(script.split('\n').slice(0, 3)).toEqual([
      'add table ip ipsecctl',
      'delete table ip ipsecctl',
      'table ip ipsecctl {',
    ]);
  });
});
