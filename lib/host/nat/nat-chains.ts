/** The rules of nftables and iptables that change sources, read from what their programs print. */
import { spawnSync } from 'node:child_process';
import type { NatChain } from '../../core/explain/source-nat.js';
import { systemEnvironment } from '../system-environment.js';
import { iptablesChains } from './iptables-chains.js';
import { nftChains } from './nft-chains.js';

const timeoutMs = 2_000;

/** Every chain there is; none where there is nobody to ask. */
export function natChains(): readonly NatChain[] {
  const legacy = output('iptables-legacy-save', '-t', 'nat');
  const compatible = output('iptables-nft-save', '-t', 'nat');
  // Without the contents of sets, which may be large.
  const nft = output('nft', '-j', '-t', 'list', 'ruleset');
  return [...iptablesChains(legacy), ...iptablesChains(compatible), ...nftChains(nft)];
}

function output(program: string, ...args: readonly string[]): string {
  const { status, stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: timeoutMs,
    env: systemEnvironment,
    maxBuffer: 64 * 1024 * 1024,
  });
  return status === 0 ? stdout : '';
}
