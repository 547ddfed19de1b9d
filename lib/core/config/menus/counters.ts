/** `/ip ipsec counters`: what became of all packets together, one record (spec A.7, R-70 to R-78). */
import type { Counters } from '../live-status.js';
import type { LiveMenuShape } from '../menu.js';
import { defineMenu } from '../menu.js';
import type { Properties } from '../property.js';
import { approximately, property } from '../property.js';
import { integer } from '../values/number.js';

const packets = integer(0, Number.MAX_SAFE_INTEGER);

const properties = {
  'out-accept': property(packets, 'Sent unprotected: matched by an accept policy or by none.'),
  'out-drop': {
    type: packets,
    ...approximately(
      'Not sent: a drop policy, or level=require without all SAs.',
      'with what policies of other programs drop, and programs that try to connect',
    ),
  },
  'out-encrypt': property(packets, 'Encrypted.'),
  'in-accept': property(packets, 'Received unprotected and passed.'),
  'in-drop': {
    type: packets,
    ...approximately(
      'Received and dropped: a drop policy, or level=require without SAs.',
      'with what policies of other programs drop',
    ),
  },
  'in-decrypted': property(packets, 'Decrypted.'),
  'in-accept-isakmp': property(packets, 'UDP to port 500 of this router, passed unmatched.'),
  'out-accept-isakmp': property(packets, 'UDP from port 500 of this router, passed unmatched.'),
  'in-drop-encrypted-expected': property(packets, 'Dropped for they were not encrypted.'),
} as const satisfies Properties;

/** What programs see of the counters. */
export type CountersShape = LiveMenuShape<typeof properties>;

export const countersMenu = defineMenu<typeof properties>({
  name: 'counters',
  help: 'packet counters',
  properties,
  flags: [],
  printForm: 'sheet',
  brief: [],
  live: ({ counters }) => [{ key: 'counters', row: rowOf(counters) }],
});

function rowOf(counters: Counters) {
  return {
    'out-accept': counters.outAccept,
    'out-drop': counters.outDrop,
    'out-encrypt': counters.outEncrypt,
    'in-accept': counters.inAccept,
    'in-drop': counters.inDrop,
    'in-decrypted': counters.inDecrypted,
    'in-accept-isakmp': counters.inAcceptIsakmp,
    'out-accept-isakmp': counters.outAcceptIsakmp,
    'in-drop-encrypted-expected': counters.inDropEncryptedExpected,
  };
}
