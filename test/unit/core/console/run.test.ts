/** Texts carried out step by step, and taken back when the system refuses them later. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { consoleLimits } from '../../../../lib/core/console/console-limits.js';
import { newConsole } from './fake-host.js';

describe('a run', () => {
  test('carries out one command at a time, also of a file', () => {
    const { host, session } = newConsole();
    host.files.set('a.rsc', '/ip ipsec peer\nadd address=1.1.1.1\nadd address=1.1.1.2');
    const run = session.start('/import a\n/ip ipsec peer add address=1.1.1.3');
    const counts: number[] = [];
    while (run.step()) counts.push(host.current.tables.peer.length);
    // The file is opened, its three commands, its end, and the command after it.
    expect(counts).toEqual([0, 0, 1, 2, 2, 3]);
  });

  test('that is refused later forgets what the refused command and its followers did', () => {
    const { host, session } = newConsole();
    const run = session.start(
      '/ip ipsec proposal; :local a 1; :put first; \n  print count-only; /ip ipsec; :local a 2; :put $a; policy; print',
    );
    for (let steps = 0; steps < 3; steps += 1) run.step();
    const since = run.checkpoint();
    while (run.step());
    run.refuse(since, 'the kernel says no');
    expect(run.step()).toBe(false);
    expect(run.result()).toEqual({
      output: 'first\n',
      error: { text: 'failure: the kernel says no', rule: 'C-63', line: 2, column: 3 },
    });
    expect(session.path).toEqual(['ip', 'ipsec', 'proposal']);
    expect(session.execute(':put $a').output).toBe('1\n');
    expect(host.commits).toBe(0);
  });

  test('that is refused inside a file names the place in the file', () => {
    const { host, session } = newConsole();
    host.files.set('a.rsc', ':put one\n/ip ipsec policy\n   add\n:put two');
    const run = session.start('/import a');
    for (let steps = 0; steps < 3; steps += 1) run.step();
    const since = run.checkpoint();
    while (run.step());
    run.refuse(since, 'the disk is full');
    expect(run.result()).toEqual({
      output: 'Opening script file a.rsc\n\none\n',
      error: {
        text: 'failure: the disk is full (line 3 column 4)',
        rule: 'C-63',
        line: 3,
        column: 4,
        file: 'a.rsc',
      },
    });
    expect(session.path).toEqual([]);
  });

  test('that is refused gives back the numbers that were seen before', () => {
    const { host, session, run, fail } = newConsole();
    run('/ip ipsec policy add comment=a; /ip ipsec policy print');
    const before = host.current;
    const text = '/ip ipsec policy; add comment=b; print';
    const running = session.start(text);
    const since = running.checkpoint();
    while (running.step());
    running.refuse(since, 'no');
    host.current = before;
    run('/ip ipsec policy add comment=c');
    expect(fail('/ip ipsec policy remove 1')).toBe('no such item @1:25');
  });

  test('that could not read the system is taken back before the command that wanted to', () => {
    const { host, session } = newConsole();
    host.status = () => {
      throw new Error('unreadable');
    };
    const running = session.start(
      '/ip ipsec peer add address=1.1.1.1; :local a 1; /ip ipsec peer print stats',
    );
    running.step();
    running.step();
    const since = running.checkpoint();
    expect(() => running.step()).toThrow('unreadable');
    running.refuse(since, 'unreadable');
    expect(running.result().error).toMatchObject({ text: 'failure: unreadable', column: 64 });
    expect(session.execute(':put $a').output).toBe('1\n');
  });
});

describe('a run that prints without end', () => {
  const text = 'x'.repeat(1_000_000);
  const most = consoleLimits.outputLength;

  test.each([
    ['a text', (lines: string) => lines],
    ['an import', () => '/import a'],
  ])('in %s is refused at the command that would print too much', (_name, begun) => {
    const { host, session } = newConsole();
    session.execute(`:local a ${text}`);
    const lines = ':put $a;'.repeat(100);
    host.files.set('a.rsc', `:local a ${text}\n${lines}`);
    const { output, error } = session.execute(begun(`${lines}`));
    expect(error).toMatchObject({ rule: 'C-63', text: expect.stringMatching(/print fewer rows/) });
    expect(output.length).toBeLessThanOrEqual(most);
    expect(output.length).toBeGreaterThan(most - text.length - 2);
  });

  test('goes on with commands that print nothing, and a refused one changes nothing', () => {
    const { host, session } = newConsole();
    session.execute(`:local a ${text}`);
    const whole = `${':put $a;'.repeat(67)}:put ${'y'.repeat(most - 67 * (text.length + 1) - 1)}`;
    const { output, error } = session.execute(`${whole}; /ip ipsec peer add address=1.1.1.1`);
    expect(error).toBeUndefined();
    expect(output).toHaveLength(most);
    expect(host.current.tables.peer).toHaveLength(1);
    expect(
      session.execute(`${whole}; :put [/ip ipsec peer add address=1.1.1.2]`).error,
    ).toBeDefined();
    expect(host.current.tables.peer).toHaveLength(1);
  });
});

/** Texts that were valid once, with something wrong with them. */
function mutated(script: string): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.constantFrom(...'"\\[](){}$;#=!~<>&|\n\r\t ./:,*\'0aF'),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );
  const change = fc.record({
    at: fc.nat({ max: script.length }),
    remove: fc.nat({ max: 6 }),
    insert: piece,
  });
  return fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((changes) =>
      changes.reduce(
        (text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove),
        script,
      ),
    );
}

const script = [
  '# nov/24/2008 14:28:42 by ipsecctl 1.0',
  '/ ip ipsec manual-sa',
  'add name="ah-sa1" ah-key=abcfed esp-auth-key="" \\',
  '    ah-spi=101/100 comment="\\C3\\A9 \\$x" disabled=no',
  '/ ip ipsec proposal',
  'set [ find default=yes ] lifetime=1h pfs-group=none',
  ':local peer 10.0.0.81; :put "$peer is it"',
  '/ ip ipsec peer add address=$peer dh-group=modp1024',
  '/ip ipsec policy',
  ':local id [add src-address=1.1.1.0/24 sa-dst-address=$peer action=encrypt tunnel=yes]',
  'set $id comment=[get 0 src-address]',
  'print where comment~"^1" and !(disabled or tunnel=no); move 0',
  'disable [find where src-address=1.1.1.0/24]; remove 0',
].join('\n');

describe('no text', () => {
  test('the script itself is fine', () => {
    expect(newConsole().session.execute(script).error).toBeUndefined();
  });

  test.each([
    ['of any characters', fc.string({ unit: 'binary', maxLength: 200 })],
    ['that a mistake was made in', mutated(script)],
  ])('%s makes the console throw, hang, or do half of what is refused', (_name, texts) => {
    fc.assert(
      fc.property(texts, fc.constantFrom('', 'compat=yes', 'dry-run', 'console'), (text, how) => {
        const console = newConsole();
        const { host, session } = console;
        host.files.set('a.rsc', text);
        const before = host.current;
        const { error } = session.execute(how === 'console' ? text : `/import a ${how}`);
        if (how === 'dry-run') expect(host.current).toBe(before);
        if (error === undefined) return;
        expect(error.rule).toMatch(/^C-\d\d$/);
        const lines = text.split(/\r\n|\r|\n/);
        expect(error.line).toBeLessThanOrEqual(lines.length);
        const width = Array.from(lines[error.line - 1] ?? '').length;
        expect(error.column).toBeLessThanOrEqual(width + 1);
      }),
      { numRuns: 1500 },
    );
  });

  test('changes anything when its first command is refused', () => {
    fc.assert(
      fc.property(mutated(script.slice(script.indexOf('/ ip ipsec peer'))), (text) => {
        const console = newConsole();
        const before = console.host.current;
        const run = console.session.start(text);
        const wasRefused = !run.step() && run.result().error !== undefined;
        if (!wasRefused) return;
        expect(console.host.current).toBe(before);
        expect(console.host.commits).toBe(0);
        expect(console.session.path).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('takes more time than its length is worth', () => {
    const hostile = [
      'a'.repeat(200_000),
      ';'.repeat(200_000),
      '\\\n'.repeat(100_000),
      `:put "${'\\41'.repeat(60_000)}"`,
      `:local a x; :put "${'$a'.repeat(60_000)}"`,
      `/ip ipsec policy find ${'!'.repeat(100_000)}`,
      `/ip ipsec proposal find ${'disabled=no '.repeat(20_000)}`,
      `/ip ipsec proposal find ${'disabled or '.repeat(20_000)} disabled`,
      `/ip ipsec policy remove ${'0,'.repeat(60_000)}`,
      '[a@'.repeat(60_000),
      `[a@b] ${'a '.repeat(60_000)}`,
      'ip ..;'.repeat(20_000),
    ];
    for (const text of hostile) {
      newConsole().session.execute(text);
    }
  }, 10_000);
});
