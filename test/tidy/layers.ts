/** Who may import whom: the layers of docs/architecture.md as a table, and the offences against it. */
import type { SourceFile } from './source-text.js';

interface LayerRule {
  /** Layers it may import besides itself. */
  readonly layers: readonly string[];
  /** Packages it may import; `node:` stands for every module of Node. */
  readonly packages: readonly string[];
}

const core = (...layers: string[]): LayerRule => ({
  layers: layers.map((layer) => `core/${layer}`),
  packages: [],
});

const allCore = [
  ...['core/base', 'core/wire', 'core/crypto', 'core/config', 'core/policy', 'core/dataplane'],
  ...['core/ike', 'core/control', 'core/stats', 'core/nftables', 'core/explain', 'core/console'],
];

const forUsers = ['core/base', 'core/config', 'core/console', 'core/control', 'core/stats'];

/** A layer missing here is an offence itself: whoever adds a folder decides where it stands. */
const rules: Readonly<Record<string, LayerRule>> = {
  'core/base': { layers: [], packages: ['ipaddr.js'] },
  'core/wire': core('base'),
  'core/crypto': core('base'),
  'core/dataplane': core('base', 'crypto'),
  'core/config': core('base', 'crypto', 'dataplane'),
  'core/console': core('base', 'config', 'explain'),
  'core/nftables': core('base', 'config'),
  'core/explain': core('base', 'config', 'crypto', 'dataplane', 'policy'),
  'core/policy': core('base', 'config', 'dataplane'),
  'core/ike': core('base', 'wire', 'crypto', 'config', 'dataplane'),
  // Counts what the engine reports, so it knows the engine's events; the engine does not know who counts.
  'core/stats': core('base', 'ike', 'dataplane'),
  // Documents made from the menus; nothing of the product needs them when it runs.
  'core/docs': core('base', 'config', 'console'),
  'core/control': core('base', 'config', 'console', 'stats'),
  host: { layers: allCore, packages: ['node:', 'netlink', 'pino', 'ipaddr.js', 're2js'] },
  client: { layers: forUsers, packages: ['node:'] },
  cli: { layers: [...forUsers, 'client'], packages: ['node:', 'yargs'] },
  'cli/ipsecd': {
    layers: [...forUsers, 'client', 'cli', 'host'],
    packages: ['node:', 'yargs'],
  },
  index: { layers: [...forUsers, 'client'], packages: [] },
  wire: core('base', 'wire'),
  engine: {
    layers: ['core/base', 'core/crypto', 'core/dataplane', 'core/ike', 'host'],
    packages: [],
  },
};

/** The layer of a file: its folder below lib/core, lib or cli; the daemon's entry stands apart. */
export function layerOf(path: string): string {
  const [top = '', second = '', third = ''] = path.split('/');
  if (top === 'cli') return second.startsWith('ipsecd') ? 'cli/ipsecd' : 'cli';
  if (second === 'core') return `core/${third}`;
  return second.replace(/\.ts$/, '');
}

/** One line per import that the table does not allow. */
export function layerOffences(file: SourceFile): string[] {
  const layer = layerOf(file.path);
  const rule = rules[layer];
  if (rule === undefined) return [`${file.path}: the layer ${layer} has no rule`];
  return file.imports
    .filter((target) => !isAllowed(layer, rule, target))
    .map((target) => `${file.path}: ${layer} must not import ${target}`);
}

function isAllowed(layer: string, rule: LayerRule, target: string): boolean {
  if (!target.endsWith('.ts')) {
    const name = target.startsWith('node:')
      ? 'node:'
      : target.replace(/^((?:@[^/]+\/)?[^/]+).*/, '$1');
    return rule.packages.includes(name);
  }
  const other = layerOf(target);
  return other === layer || rule.layers.includes(other);
}

/** The two protocol versions stay apart: what they share moves up. */
export function versionOffences(file: SourceFile): string[] {
  const own = /\/(v[12])\//.exec(file.path)?.[1];
  if (own === undefined) return [];
  const foreign = own === 'v1' ? '/v2/' : '/v1/';
  return file.imports
    .filter((target) => target.includes(foreign))
    .map((target) => `${file.path}: ${own} must not import ${target}`);
}
