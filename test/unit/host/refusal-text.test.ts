/** Which row a refused kernel policy belongs to, in the words for the user (E-04). */
import { expect, test } from '@jest/globals';
import type { Config, Values } from '../../../lib/core/config/tables.js';
import { addItem, emptyConfig } from '../../../lib/core/config/tables.js';
import { unsetSelector } from '../../../lib/core/config/values/address.js';
import { refusalText } from '../../../lib/host/refusal-text.js';

const source = { ...unsetSelector, address: '10.0.0.0', length: 24 };
const destination = { ...unsetSelector, address: '10.1.0.0', length: 24 };
const tcp = 6;

function configOf(...rows: readonly Values<'policy'>[]): Config {
  return rows.reduce((config, values) => {
    const row = { 'src-address': source, 'dst-address': destination, protocol: tcp, ...values };
    const added = addItem(config, 'policy', row);
    if (!added.ok) throw new Error(added.error.text);
    return added.value.config;
  }, emptyConfig());
}

function portsFrom(first: number, last: number) {
  return { 'src-address': { ...source, ports: { first, last } } };
}

function told(config: Config, direction: 'out' | 'in', port: number): string {
  const out = {
    source: { address: '10.0.0.0', length: 24 },
    destination: { address: '10.1.0.0', length: 24 },
    protocol: tcp,
    sourcePorts: { first: port, last: port },
    destinationPorts: 'any',
  } as const;
  const { source: from, destination: to, sourcePorts, destinationPorts } = out;
  const reversed = {
    ...{ source: to, destination: from, protocol: tcp },
    ...{ sourcePorts: destinationPorts, destinationPorts: sourcePorts },
  };
  const selector = direction === 'out' ? out : reversed;
  const refusal = { policy: { direction, selector }, code: 'EINVAL', detail: 'no', isOld: false };
  return refusalText(config, refusal);
}

test('the row with exactly that selector is named, in both directions', () => {
  const config = configOf(portsFrom(1, 1), { ...portsFrom(7, 7), disabled: true }, portsFrom(7, 7));
  expect(told(config, 'out', 7)).toMatch(/^the kernel refuses \/ip ipsec policy 2 \(out /);
  expect(told(config, 'in', 7)).toMatch(/^the kernel refuses \/ip ipsec policy 2 \(in /);
});

test('of a range of ports every part belongs to its row', () => {
  const config = configOf(portsFrom(1, 5), portsFrom(6, 20));
  expect(told(config, 'out', 9)).toContain('/ip ipsec policy 1 ');
});

test('of several rows that match it the first is named', () => {
  const config = configOf(portsFrom(6, 20), portsFrom(9, 9));
  expect(told(config, 'out', 9)).toContain('/ip ipsec policy 0 ');
  expect(told(configOf(portsFrom(9, 9), portsFrom(6, 20)), 'out', 9)).toContain('policy 0 ');
});

test('a policy of no row is the exemption of IKE', () => {
  expect(told(configOf(portsFrom(1, 5)), 'out', 500)).toContain('the exemption of IKE itself');
});
