/**
 * One test for each rule about packets. All are tried in two guests, on the wire and in the kernel; each
 * test is what was found about its rule. docs/semantics.md says how Linux keeps them.
 */
import { beforeAll, expect, test } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTestMilliseconds } from '../lab/lab-test.js';
import type { RuleChecks } from './scenarios/semantics/stage.js';
import type { Topic } from './scenarios/semantics.js';

const guests: readonly (readonly Topic[])[] = [
  ['order', 'levels', 'nesting'],
  ['inbound', 'modes', 'manualKeys'],
];

const found: RuleChecks = {};

beforeAll(async () => {
  const run = (topics: readonly Topic[]) =>
    runInLab<RuleChecks>({
      scenario: 'test/kernel/scenarios/semantics.js',
      args: topics,
      timeoutSeconds: 1800,
    });
  for (const { value } of await Promise.all(guests.map(run))) Object.assign(found, value);
}, labTestMilliseconds);

test.each([
  'R-01 policies look at packets as they are after source NAT',
  'R-02 the first enabled, valid row that matches decides, and no match is accept',
  'R-03 rows match by prefix, protocol and ports, and fragments without ports match no ports',
  'R-04 accept sends the packet unchanged, drop discards it, encrypt encrypts it',
  'R-05 with all SAs in place, mature or dying, packets are encrypted',
  'R-06 without all SAs the level decides: use, acquire and require',
  'R-07 IKE that cannot be asked is told in the log, and the level decides',
  'R-08 while a negotiation is under way further packets ask for none',
  'R-10 an encrypted packet passes the output firewall, source NAT and the policies again',
  'R-11 an encrypted packet that matches a policy is encrypted again',
  'R-12 a packet that matches a policy it already passed is sent as it is',
  'R-13 the policy an encrypted packet matches decides about it as about any other',
  'R-14 the chain of policies that an encrypted packet meets follows every change of the table',
  'R-15 transport with protocol=all encrypts once, with protocol=icmp a later policy may match',
  'R-16 UDP from port 500 passes if it is of the router itself, and only then',
  'R-17 level=unique is require, whose SAs serve one policy',
  'R-20 what arrives encrypted is decrypted after destination NAT and the input firewall',
  'R-21 an SA is found by destination, protocol and SPI, and without one the packet is dropped',
  'R-22 what fails authentication, padding, replay check or the limits of its SA is dropped',
  'R-23 a decrypted packet that is not of the policy of its SA is dropped',
  'R-24 a decrypted packet passes destination NAT and routing again',
  'R-25 clear packets that should have come encrypted are dropped once there are SAs',
  'R-26 a decrypted packet is exempt from that check, and decrypted again if it is encrypted within',
  'R-27 UDP to port 500 of the router itself is let in, and only that',
  'R-28 a packet that arrives in clear asks nobody for SAs',
  'R-30 tunnel mode puts the whole packet behind a new header of the two SA addresses',
  'R-31 transport mode serves the two SA addresses alone, other packets go on to the next row',
  'R-32 with ah,esp AH is around ESP, and in transport mode',
  'R-33 AH alone in tunnel mode is AH tunnel mode',
  'R-35 too large a packet with DF is refused, and its sender told how large it may be',
  "R-36 the outer header has the router's time to live and the packet's type of service",
  'R-40 a policy with manual keys has one SA for each protocol and direction',
  "R-41 one side's inbound SPIs and keys are the other's outbound ones",
  'R-42 policies with the same ends and template share their SAs',
  'R-43 a policy whose SAs another template makes already is invalid',
  'R-44 manual SAs have no limits, appear at once and vanish with their policy',
  'R-45 an edited template replaces its SAs',
  'R-46 IKE is never asked for manual keys, and the level decides where an SA is refused',
])('%s', (title) => {
  const checks = found[title.slice(0, 'R-00'.length)] ?? [];
  expect(checks.length).toBeGreaterThan(0);
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
});
