/** The shell completions as a shell runs them, with nothing of the product present. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { commandsAt } from '../../../../lib/core/console/commands/catalogue.js';
import { consoleMenus, menuTree } from '../../../../lib/core/console/menu-tree.js';
import { shellCandidates } from '../../../../lib/core/docs/shell-candidates.js';
import { bashCompletion, zshCompletion } from '../../../../lib/core/docs/shell-completions.js';
import { shellData } from '../../../../lib/core/docs/shell-data.js';
import { programOptions } from './program-options.js';

const script = bashCompletion(programOptions);

function run(shell: string, commands: string, ...args: readonly string[]): readonly string[] {
  // Nothing on the path: whatever is completed comes from the script itself.
  const { stdout, stderr, status } = spawnSync(shell, ['-c', commands, shell, ...args], {
    encoding: 'utf8',
    env: { PATH: '/nonexistent' },
    cwd: '/',
    // Some builds of bash read start files when standard input is a socket.
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter((line) => line !== '');
}

/** What bash puts in the place of the word under the cursor at the end of the line. */
function completed(line: string): readonly string[] {
  return run(
    '/bin/bash',
    `${script}
    COMP_LINE=$1 COMP_POINT=\${#1} COMP_WORDS=($1) COMP_CWORD=\${#COMP_WORDS[@]}
    _ipsecctl_bash "\${COMP_WORDS[0]}"
    ((\${#COMPREPLY[@]} == 0)) || printf '%s\\n' "\${COMPREPLY[@]}"`,
    line,
  );
}

/** The choice among the words, which every shell shares. */
function candidates(shell: string, ...words: readonly string[]): readonly string[] {
  const functions = `${shellData(programOptions)}\n${shellCandidates}\n_ipsecctl_candidates "$@"`;
  return run(shell, functions, ...words);
}

describe('paths', () => {
  const tree = menuTree(consoleMenus);
  const menus = consoleMenus.map(({ name }) => name);

  test('are completed in both spellings', () => {
    expect(completed('ipsecctl /i')).toEqual(['/ip', '/import']);
    expect(completed('ipsecctl /ip ')).toEqual(['ipsec', 'export']);
    expect(completed('ipsecctl /ip ipsec ')).toEqual([...menus, 'export', 'explain']);
    expect(completed('ipsecctl /ip/ipsec/')).toEqual(
      [...menus, 'export', 'explain'].map((name) => `/ip/ipsec/${name}`),
    );
    expect(completed('ipsecctl /ip ipsec peer ../po')).toEqual(['../policy']);
    expect(completed('ipsecctl /ip ipsec peer .. po')).toEqual(['policy']);
  });

  test('may be shortened before the cursor', () => {
    expect(completed('ipsecctl ip ips pol mo')).toEqual(['move']);
    expect(completed('ipsecctl /ip/ips/pol/mo')).toEqual(['/ip/ips/pol/move']);
    expect(completed('ipsecctl /ip ipsec p ad')).toEqual([]);
  });

  test('end in the commands of every menu', () => {
    for (const node of tree.children[0]?.children[0]?.children ?? []) {
      const names = commandsAt(node).map(({ name }) => name);
      expect(completed(`ipsecctl /ip ipsec ${node.name} `)).toEqual(names);
    }
  });

  test('begin with a colon for global commands', () => {
    // Bash replaces only what follows the colon.
    expect(completed('ipsecctl :p')).toEqual(['put']);
  });
});

describe('arguments', () => {
  const policy = 'ipsecctl /ip ipsec policy';

  test('are completed with their sign, each once', () => {
    expect(completed(`${policy} add sa-`)).toEqual(['sa-src-address=', 'sa-dst-address=']);
    expect(completed(`${policy} add sa-src-address=10.0.0.1 sa-`)).toEqual(['sa-dst-address=']);
    expect(completed(`${policy} print det`)).toEqual(['detail']);
    expect(completed(`${policy} add comment="a b" lev`)).toEqual(['level=']);
  });

  test('are completed with their words', () => {
    expect(completed(`${policy} add action=`)).toEqual(['accept', 'drop', 'encrypt']);
    expect(completed(`${policy} add act=e`)).toEqual(['encrypt']);
    expect(completed(`${policy} add ipsec-protocols=ah,`)).toEqual(['ah,esp']);
    expect(completed(`${policy} add src-address=`)).toEqual([]);
    expect(completed('ipsecctl /ip ipsec installed-sa flush sa-type=a')).toEqual(['ah', 'all']);
    expect(completed('ipsecctl import compat=')).toEqual(['yes', 'no']);
  });

  test('of conditions are what they ask for', () => {
    expect(completed(`${policy} find inv`)).toEqual(['invalid=']);
    expect(completed(`${policy} print where ph2-state=est`)).toEqual(['established']);
    expect(completed(`${policy} print inv`)).toEqual([]);
  });

  test('are not completed inside quotes or after a mistake', () => {
    expect(completed(`${policy} add comment="action=e`)).toEqual([]);
    expect(completed('ipsecctl /ip bogus ')).toEqual([]);
    expect(completed(`${policy} add bogus=`)).toEqual([]);
  });
});

describe('options', () => {
  test('are completed before the command, with their values', () => {
    expect(completed('ipsecctl --so')).toEqual(['--socket']);
    expect(completed('ipsecctl --colour ')).toEqual(['auto', 'always', 'never']);
    expect(completed('ipsecctl --colour=n')).toEqual(['never']);
    expect(completed('ipsecctl --colour never --json /ip ipsec coun')).toEqual(['counters']);
    expect(completed('ipsecd --dataplane m')).toEqual(['memory']);
    expect(completed('/usr/sbin/ipsecd --por')).toEqual(['--port']);
  });

  test('that take paths are completed with names of files', () => {
    expect(completed('ipsecctl --socket /et')).toEqual(['/etc']);
    expect(completed('ipsecctl --socket=/et')).toEqual(['/etc']);
    expect(completed('ipsecd --state-dir /et')).toEqual(['/etc']);
  });
});

describe('other shells', () => {
  test('choose the same words in a plain sh', () => {
    const words = ['ipsecctl', '/ip', 'ipsec', 'policy', 'add', 'ipsec-protocols=ah,'];
    expect(candidates('/bin/sh', ...words)).toEqual(['ipsec-protocols=ah,esp']);
    expect(candidates('/bin/sh', 'ipsecctl', '/ip/ipsec/pol')).toEqual(['/ip/ipsec/policy']);
    expect(candidates('/bin/sh', 'ipsecd', '--state-dir', '')).toEqual(['@directories']);
  });

  test('zsh is told which commands the file is for', () => {
    expect(zshCompletion(programOptions)).toMatch(/^#compdef ipsecctl ipsecd\n/);
  });
});
