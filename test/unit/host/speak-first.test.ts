import { expect, test } from '@jest/globals';
import type { PolicyConfig } from '../../../lib/core/ike/ike-config.js';
import { policiesToSpeakFirst } from '../../../lib/host/speak-first.js';

function row(id: number, remote: string, level: PolicyConfig['level'] = 'require'): PolicyConfig {
  return {
    id,
    label: `/ip ipsec policy ${id}`,
    reqid: id,
    selector: {
      source: { address: '10.0.0.1', length: 32 },
      destination: { address: remote, length: 32 },
      protocol: 0,
      sourcePorts: 'any',
      destinationPorts: 'any',
    },
    local: '10.0.0.1',
    remote,
    mode: 'transport',
    clearsDf: true,
    protocols: ['esp'],
    level,
    proposal: {
      label: 'default',
      encryptions: ['3des'],
      integrities: ['sha1'],
      lifetimeSeconds: 0,
      lifetimeBytes: 0,
    },
  };
}

const rows = [row(1, '1.0.0.1'), row(2, '1.0.0.1'), row(3, '1.0.0.2'), row(4, '1.0.0.3', 'use')];

function chosen(policies: number[], remotes: string[], withSas: number[] = []) {
  const leftovers = { policies, remotes };
  return policiesToSpeakFirst({ rows, policiesWithSas: new Set(withSas), leftovers });
}

test('rows that were in use are spoken for, and their peer needs no further row', () => {
  expect(chosen([2], ['1.0.0.1'])).toEqual([2]);
  expect(chosen([1, 2], [])).toEqual([1, 2]);
});

test('a peer whose row is gone is spoken to through another one of its rows', () => {
  expect(chosen([99], ['1.0.0.1', '1.0.0.2'])).toEqual([1, 3]);
});

test('a peer whose SAs were found needs no word', () => {
  expect(chosen([1], ['1.0.0.1'], [1])).toEqual([]);
  expect(chosen([], ['1.0.0.1'], [2])).toEqual([]);
});

test('a row that was in use is spoken for although another one of its peer has SAs', () => {
  expect(chosen([1, 2], ['1.0.0.1'], [1])).toEqual([2]);
});

test('R-06 level=use never asks IKE, and a peer without a row cannot be asked', () => {
  expect(chosen([4], ['1.0.0.3', '9.9.9.9'])).toEqual([]);
});
