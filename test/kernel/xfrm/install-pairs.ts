/**
 * Installs a tunnel between 172.16.N.1 and 172.16.N.2 for every combination of algorithms, as router
 * 1 or 2 (the argument) of 1.0.0.1 and 1.0.0.2, and ends.
 */
import { execFileSync } from 'node:child_process';
import type { DataPlaneOperation } from '../../../lib/core/dataplane/types.js';
import { openXfrm } from '../../../lib/host/dataplane/xfrm.js';
import { combinations, hostSelector, protectPolicy, sampleSa, templateOf } from './sample.js';

const local = process.argv[2] === '2' ? 2 : 1;
const remote = 3 - local;

const operations = combinations.flatMap((combination): DataPlaneOperation[] => {
  const { number } = combination;
  const outbound = sampleSa(
    combination,
    { source: `1.0.0.${local}`, destination: `1.0.0.${remote}`, direction: 'out' },
    0x10000 * remote + number,
  );
  const inbound = sampleSa(
    combination,
    { source: `1.0.0.${remote}`, destination: `1.0.0.${local}`, direction: 'in' },
    0x10000 * local + number,
  );
  const selector = hostSelector(`172.16.${number}.${local}`, `172.16.${number}.${remote}`);
  const reverse = hostSelector(`172.16.${number}.${remote}`, `172.16.${number}.${local}`);
  return [
    { kind: 'installSa', sa: inbound },
    { kind: 'installSa', sa: outbound },
    { kind: 'installPolicy', policy: protectPolicy('out', selector, templateOf(outbound)) },
    { kind: 'installPolicy', policy: protectPolicy('in', reverse, templateOf(inbound)) },
  ];
});

const addresses = combinations.map(
  ({ number }) => `addr add 172.16.${number}.${local}/32 dev lo\n`,
);
execFileSync('ip', ['-batch', '-'], { input: addresses.join('') });
const dataPlane = openXfrm({ requireEsp: true });
const refused = dataPlane.apply(operations).filter(({ kind }) => kind !== 'ok');
dataPlane.close();
if (refused.length > 0) throw new Error(JSON.stringify(refused));
