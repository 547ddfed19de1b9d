import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';
import { repositoryRoot } from '../lab/repository.js';
import { exampleOf, isFirewall, pasted } from '../support/manual.js';

/** What the manual prints for both routers, its lines for the firewall left out. */
function typed(first: RegExp, second: RegExp, occurrence = 0): readonly string[] {
  return [exampleOf(first), exampleOf(second, occurrence)].map(({ commands }) =>
    pasted(commands.filter((command) => !isFirewall(command))),
  );
}

/** The lines for iptables, by router; the guest has no nftables. */
function firewallLines(): readonly (readonly string[])[] {
  const text = readFileSync(join(repositoryRoot, 'docs', 'nat.md'), 'utf8');
  return text
    .split(/^## Router \d$/m)
    .slice(1)
    .map((section) => section.match(/^iptables .*$/gm) ?? []);
}

labTest(
  "the manual's examples between two routers carry packets of any size, and nothing in clear",
  async () => {
    const firewall = firewallLines();
    expect(firewall.map(({ length }) => length)).toEqual([2, 2]);
    const { checks } = await runInLab({
      scenario: 'test/kernel/scenarios/manual-examples.js',
      args: {
        transport: typed(/transport mode ESP/, /^And for Router 2:/),
        manual: typed(/tunnel mode AH/, /^And for Router 2:/, 1),
        masquerading: typed(/^On Router1:/, /^On Router2:/),
        firewall,
      },
      timeoutSeconds: 1800,
    });
    expect(checks).toHaveLength(47);
  },
);
