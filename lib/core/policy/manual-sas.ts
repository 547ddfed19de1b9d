/** The SAs that policies with manual keys want: made from the policy and its template. */
import { fromHex } from '../base/bytes.js';
import { Secret } from '../base/secret.js';
import type { Config } from '../config/config.js';
import type { ManualSaItem } from '../config/menus/manual-sa.js';
import type { PolicyItem } from '../config/menus/policy.js';
import { effectivePolicies } from '../config/validity.js';
import { reqidOf } from '../dataplane/ownership.js';
import { saKey } from '../dataplane/sa-key.js';
import type { IpsecMode, IpsecProtocol, IpsecSa } from '../dataplane/types.js';

/** They never expire. */
const noLimits = { softSeconds: 0, hardSeconds: 0, softBytes: 0, hardBytes: 0 };

/**
 * The reqid in the kernel policies of a row, and in its SAs. Policies that share a template share SAs, so
 * theirs is the template's (E-06); ids are unique over all tables.
 */
export function reqidOfPolicy(policy: PolicyItem): number {
  return reqidOf(policy['manual-sa'] ?? policy.id);
}

/** A policy with manual keys, and the SAs it needs. */
export interface ManualSaUse {
  readonly policyId: number;
  /** The rows, for messages. */
  readonly label: string;
  readonly sas: readonly IpsecSa[];
}

/** What each enabled valid policy with manual keys needs, in the order of the table. */
export function manualSaUses(config: Config): readonly ManualSaUse[] {
  const templates = new Map(config.tables['manual-sa'].map((row) => [row.id, row]));
  if (templates.size === 0) return [];
  const numbers = new Map(config.tables.policy.map(({ id }, number) => [id, number]));
  return effectivePolicies(config).flatMap((policy) => {
    const template = templates.get(policy['manual-sa'] ?? 0);
    if (template === undefined || policy.action !== 'encrypt') return [];
    const number = numbers.get(policy.id);
    const label = `/ip ipsec policy ${number} (manual-sa=${template.name})`;
    return { policyId: policy.id, label, sas: sasOf(policy, template) };
  });
}

/** Every SA once, however many policies share it. */
export function distinctSas(uses: readonly ManualSaUse[]): readonly IpsecSa[] {
  return [...new Map(uses.flatMap(({ sas }) => sas).map((sa) => [saKey(sa), sa])).values()];
}

/** For each protocol, innermost first, the outbound SA and then the inbound one. */
export function sasOf(policy: PolicyItem, template: ManualSaItem): readonly IpsecSa[] {
  const protocols = (['esp', 'ah'] as const).filter((protocol) =>
    policy['ipsec-protocols'].includes(protocol),
  );
  return protocols.flatMap((protocol, index) => {
    const mode = index === 0 && policy.tunnel ? 'tunnel' : 'transport';
    return (['out', 'in'] as const).map((direction) =>
      saOf(policy, template, { protocol, mode, direction }),
    );
  });
}

function saOf(
  policy: PolicyItem,
  template: ManualSaItem,
  {
    protocol,
    mode,
    direction,
  }: {
    readonly protocol: IpsecProtocol;
    readonly mode: IpsecMode;
    readonly direction: 'in' | 'out';
  },
): IpsecSa {
  const [local, remote] = [policy['sa-src-address'], policy['sa-dst-address']];
  const [source, destination] = direction === 'out' ? [local, remote] : [remote, local];
  const common = {
    ...{ protocol, mode, direction, source, destination },
    reqid: reqidOfPolicy(policy),
    lifetime: noLimits,
    // Nothing renews them: a peer that restarts counts from 1 again (E-30).
    replayWindow: 0,
    clearsDf: policy['dont-fragment'] === 'clear' && mode === 'tunnel' && direction === 'out',
  };
  if (protocol === 'ah') {
    return {
      ...common,
      spi: template['ah-spi'][direction],
      integrity: template['ah-algorithm'],
      // A key under null is no use, but the kernel's null digest takes one, and the manual gives one (E-09).
      integrityKey: key(template['ah-key'][direction]),
      encryptionKey: key(''),
    };
  }
  const encryption = template['esp-enc-algorithm'];
  const integrity = template['esp-auth-algorithm'];
  return {
    ...common,
    spi: template['esp-spi'][direction],
    encryption,
    integrity,
    encryptionKey: key(encryption === 'null' ? '' : template['esp-enc-key'][direction]),
    integrityKey: key(integrity === 'null' ? '' : template['esp-auth-key'][direction]),
  };
}

function key(digits: string): Secret {
  return new Secret(fromHex(digits) ?? new Uint8Array(0));
}
