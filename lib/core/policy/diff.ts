/** From the policies installed to the policies desired, in the order that leaves no gap (E-02, E-34). */
import type { DataPlaneOperation, DataPlanePolicy, PolicyTemplate } from '../dataplane/types.js';
import { policyKey } from './compile.js';

/**
 * The fewest operations that make `installed` (our own policies) equal to `desired`. Everything new
 * or changed comes first, in the order desired, then what is to go: no packet finds less protection
 * in between than before or after.
 */
export function diffPolicies(
  installed: readonly DataPlanePolicy[],
  desired: readonly DataPlanePolicy[],
): DataPlaneOperation[] {
  const before = new Map(installed.map((policy) => [policyKey(policy), policy]));
  const wanted = new Set(desired.map(policyKey));
  const operations: DataPlaneOperation[] = [];
  for (const policy of desired) {
    const present = before.get(policyKey(policy));
    if (present === undefined) operations.push({ kind: 'installPolicy', policy });
    else if (!sameTreatment(present, policy)) operations.push({ kind: 'updatePolicy', policy });
  }
  for (const [key, { direction, selector }] of before) {
    if (!wanted.has(key)) {
      operations.push({ kind: 'removePolicy', policy: { direction, selector } });
    }
  }
  return operations;
}

function sameTreatment(a: DataPlanePolicy, b: DataPlanePolicy): boolean {
  return (
    a.priority === b.priority &&
    a.action === b.action &&
    a.templates.length === b.templates.length &&
    a.templates.every((template, index) => sameTemplate(template, b.templates[index]))
  );
}

function sameTemplate(a: PolicyTemplate, b: PolicyTemplate | undefined): boolean {
  return (
    b !== undefined &&
    a.protocol === b.protocol &&
    a.mode === b.mode &&
    a.source === b.source &&
    a.destination === b.destination &&
    a.reqid === b.reqid &&
    a.optional === b.optional
  );
}
