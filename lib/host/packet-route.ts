/** Where the kernel would send a packet: its own answer, asked of iproute2. */
import { spawnSync } from 'node:child_process';
import type { Flow } from '../core/base/flow.js';
import type { RouteFacts } from '../core/explain/facts.js';
import { systemEnvironment } from './system-environment.js';

const timeoutMs = 2_000;

/**
 * A route lookup as if the packet had been forwarded or sent. `noRoute`: the kernel has none. Undefined:
 * nobody to ask.
 */
export function packetRoute(
  { source, destination }: Flow,
  isLocal: boolean,
): RouteFacts | 'noRoute' | undefined {
  const route = ip(['route', 'get', destination, ...(isLocal ? ['from', source] : [])]);
  if (route === undefined) return undefined;
  const [found] = route;
  const device = found?.['dev'];
  if (typeof device !== 'string') return 'noRoute';
  const given = mtuOf(found?.['metrics']);
  const mtu = given ?? ip(['link', 'show', 'dev', device])?.[0]?.['mtu'];
  if (typeof mtu !== 'number') return undefined;
  const address = found?.['prefsrc'];
  return typeof address === 'string' ? { device, mtu, address } : { device, mtu };
}

/** A route, or a path found out, may allow less than the interface. */
function mtuOf(metrics: unknown): number | undefined {
  const [first] = Array.isArray(metrics) ? (metrics as { mtu?: unknown }[]) : [];
  return typeof first?.mtu === 'number' ? first.mtu : undefined;
}

type Row = Readonly<Record<string, unknown>>;

/** Undefined when there is no iproute2; no rows when the kernel said no. */
function ip(args: readonly string[]): readonly Row[] | undefined {
  const { error, status, stdout } = spawnSync('ip', ['-j', '-4', ...args], {
    encoding: 'utf8',
    timeout: timeoutMs,
    env: systemEnvironment,
  });
  if (error !== undefined) return undefined;
  if (status !== 0) return [];
  try {
    return JSON.parse(stdout) as readonly Row[];
  } catch {
    return [];
  }
}
