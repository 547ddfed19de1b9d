/** Manual SAs that two policies would make differently: the later policy is invalid. */
import type { ManualSaItem } from './menus/manual-sa.js';
import type { PolicyItem } from './menus/policy.js';

interface Claim {
  readonly template: number;
  readonly tunnel: boolean;
  /** Of the policy in the table. */
  readonly position: number;
}

/** The SAs of the policies judged so far. */
export class ManualSaClaims {
  readonly #claims = new Map<string, Claim>();

  /** Takes the policy's SAs, or says why it cannot have them. */
  claim(policy: PolicyItem, template: ManualSaItem, position: number): string | undefined {
    const claims = claimsOf(policy, template).map(
      ([key, tunnel]) => [key, { template: template.id, tunnel, position }] as const,
    );
    for (const [key, { tunnel }] of claims) {
      const earlier = this.#claims.get(key);
      if (earlier === undefined) continue;
      if (earlier.template !== template.id) {
        return `manual-sa "${template.name}" has the same SPI for the same addresses as the template of policy ${earlier.position}, which comes first: set another SPI in one of the two templates`;
      }
      if (earlier.tunnel !== tunnel) {
        return `it would use the SA of policy ${earlier.position}, which comes first, in another mode: set tunnel or ipsec-protocols as there, or use another manual-sa`;
      }
    }
    for (const [key, claim] of claims) this.#claims.set(key, claim);
    return undefined;
  }
}

/** What names each SA, and whether it is in tunnel mode: only the inner one can be. */
function claimsOf(policy: PolicyItem, template: ManualSaItem): [key: string, tunnel: boolean][] {
  const { 'sa-src-address': local, 'sa-dst-address': remote } = policy;
  const protocols = policy['ipsec-protocols'];
  return protocols.flatMap((protocol): [string, boolean][] => {
    const spis = template[`${protocol}-spi`];
    const tunnel = policy.tunnel && (protocol === 'esp' || protocols.length === 1);
    return [
      [`${protocol} ${spis.out} ${local} ${remote}`, tunnel],
      [`${protocol} ${spis.in} ${remote} ${local}`, tunnel],
    ];
  });
}
