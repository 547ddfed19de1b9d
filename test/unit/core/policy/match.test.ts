/** A responder finds the policy that mirrors the initiator's exactly. */
import { describe, expect, test } from '@jest/globals';
import { reverseSelector } from '../../../../lib/core/base/selector.js';
import { policySelector } from '../../../../lib/core/config/policy-selector.js';
import { effectivePolicies } from '../../../../lib/core/config/validity.js';
import { matchIdentities } from '../../../../lib/core/policy/match.js';
import { newConsole } from '../config/fake-host.js';

function policies(...adds: readonly string[]) {
  const { host, run } = newConsole();
  for (const add of adds) run(`/ip ipsec policy add ${add}`);
  return effectivePolicies(host.current);
}

/** What the other router, configured so, would ask this one for; the comment of the match. */
function asked(ours: readonly string[], theirs: string, local = '1.0.0.1', remote = '1.0.0.2') {
  const [their] = policies(theirs);
  if (their === undefined) throw new Error('the other side has no valid policy');
  const selector = reverseSelector(policySelector(their));
  return matchIdentities(policies(...ours), { local, remote, selector })?.comment;
}

const encrypt = 'action=encrypt tunnel=yes';
const ours = `${encrypt} comment=a src-address=1.2.3.0/27 dst-address=10.2.0.0/24 sa-src=1.0.0.1 sa-dst=1.0.0.2`;
const theirs = `${encrypt} src-address=10.2.0.0/24 dst-address=1.2.3.0/27 sa-src=1.0.0.2 sa-dst=1.0.0.1`;

describe('R-60', () => {
  test('the mirrored policy is found', () => {
    expect(asked([ours], theirs)).toBe('a');
  });

  test('a network of another length is not', () => {
    expect(asked([ours], theirs.replace('/27', '/28'))).toBeUndefined();
  });

  test('another protocol is not', () => {
    expect(asked([ours], `${theirs} protocol=icmp`)).toBeUndefined();
  });

  test('other ends of phase 1 are not', () => {
    expect(asked([ours], theirs, '1.0.0.1', '1.0.0.3')).toBeUndefined();
    expect(asked([ours], theirs, '1.0.0.9', '1.0.0.2')).toBeUndefined();
  });

  test('disabled policies and those that do not encrypt are passed over', () => {
    expect(asked([`${ours} disabled=yes`, ours.replace('comment=a', 'comment=b')], theirs)).toBe(
      'b',
    );
    expect(asked([ours.replace('action=encrypt', 'action=accept')], theirs)).toBeUndefined();
  });

  test('transport identities are the addresses as written, before they are narrowed', () => {
    const narrow = 'action=encrypt comment=a sa-src=1.0.0.1 sa-dst=1.0.0.2 src-address=1.0.0.0/24';
    const mirrored = 'action=encrypt sa-src=1.0.0.2 sa-dst=1.0.0.1 dst-address=1.0.0.0/24';
    expect(asked([narrow], mirrored)).toBe('a');
    expect(asked([narrow], 'action=encrypt sa-src=1.0.0.2 sa-dst=1.0.0.1')).toBeUndefined();
  });
});
