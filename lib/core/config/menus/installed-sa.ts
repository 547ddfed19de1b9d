/** `/ip ipsec installed-sa`: the SAs as they are, keys included (spec A.2). */

import { toHex } from '../../base/bytes.js';
import { encryptionAlgorithms, integrityAlgorithms } from '../../crypto/algorithms.js';
import { saKey } from '../../dataplane/sa-key.js';
import type { InstalledSaView } from '../live-status.js';
import type { LiveMenuShape } from '../menu.js';
import { defineMenu } from '../menu.js';
import type { Properties, Row } from '../property.js';
import { property } from '../property.js';
import { ip } from '../values/address.js';
import { withWeakWords } from '../values/algorithm.js';
import { oneOf, yesNo } from '../values/enumeration.js';
import { integer, softHardBytes, softHardTime, spi, whenPresent } from '../values/number.js';
import { hexString } from '../values/text.js';
import { dateTime } from '../values/time.js';

const none = { none: 'none' };
const authAlgorithm = withWeakWords(oneOf(['none', 'md5', 'sha1']), integrityAlgorithms, none);
const encAlgorithm = withWeakWords(
  oneOf(['none', 'des', '3des', 'aes']),
  encryptionAlgorithms,
  none,
);

const properties = {
  protocol: property(oneOf(['ah', 'esp']), 'AH or ESP.', { hidden: true }),
  pfs: property(yesNo, 'The keys come from a Diffie-Hellman exchange of their own.', {
    hidden: true,
  }),
  manual: property(yesNo, 'Made from a manual-sa template.', { hidden: true }),
  spi: property(spi, 'SPI, in hexadecimal.'),
  direction: property(oneOf(['in', 'out']), 'Which packets the SA serves.'),
  'src-address': property(ip, 'Source of the SA.'),
  'dst-address': property(ip, 'Destination of the SA.'),
  'auth-algorithm': property(authAlgorithm, 'Authentication algorithm.'),
  'enc-algorithm': property(encAlgorithm, 'Encryption algorithm.'),
  replay: property(integer(0, 0xffff_ffff), 'Size of the replay window, in bytes.'),
  state: property(oneOf(['larval', 'mature', 'dying', 'dead']), 'Where in its life the SA is.'),
  'auth-key': property(hexString, 'Authentication key.'),
  'enc-key': property(whenPresent(hexString), 'Encryption key; ESP only.'),
  'add-lifetime': property(softHardTime, 'Limits counted from installation.'),
  'use-lifetime': property(softHardTime, 'Limits counted from first use.'),
  lifebytes: property(softHardBytes, 'Limits of processed bytes.'),
  'current-addtime': property(dateTime, 'When the SA was installed.'),
  'current-usetime': property(dateTime, 'When it was first used.'),
  'current-bytes': property(integer(0, Number.MAX_SAFE_INTEGER), 'Bytes processed.'),
} as const satisfies Properties;

type InstalledSaRow = Row<typeof properties>;

/** The key length is not shown, and null is called none here. */
function encryptionWord(name: InstalledSaView['encryption']): InstalledSaRow['enc-algorithm'] {
  switch (name) {
    case undefined:
    case 'null':
      return 'none';
    case 'des':
    case '3des':
      return name;
    default:
      return 'aes';
  }
}

function rowOf(sa: InstalledSaView): InstalledSaRow {
  const { lifetime, counters } = sa;
  return {
    protocol: sa.protocol,
    pfs: sa.pfs,
    manual: sa.manual,
    spi: sa.spi,
    direction: sa.direction,
    'src-address': sa.source,
    'dst-address': sa.destination,
    'auth-algorithm': sa.integrity === 'null' ? 'none' : sa.integrity,
    'enc-algorithm': encryptionWord(sa.encryption),
    // A window of 32 packets is a bitmap of 4 bytes.
    replay: sa.replayWindow / 8,
    state: sa.state,
    'auth-key': toHex(sa.integrityKey.reveal()),
    'enc-key': sa.protocol === 'ah' ? undefined : toHex(sa.encryptionKey.reveal()),
    'add-lifetime': { soft: lifetime.softSeconds, hard: lifetime.hardSeconds },
    // Always 0s/0s.
    'use-lifetime': { soft: 0, hard: 0 },
    lifebytes: { soft: lifetime.softBytes, hard: lifetime.hardBytes },
    'current-addtime': counters.addTime,
    'current-usetime': counters.useTime,
    'current-bytes': counters.bytes,
  };
}

/** What programs see of an installed SA. */
export type InstalledSaShape = LiveMenuShape<typeof properties>;

export const installedSaMenu = defineMenu<typeof properties>({
  name: 'installed-sa',
  help: 'currently installed security associations',
  properties,
  flags: [
    [
      { letter: 'A', word: 'AH', shows: 'protocol', applies: ({ protocol }) => protocol === 'ah' },
      {
        letter: 'E',
        word: 'ESP',
        shows: 'protocol',
        applies: ({ protocol }) => protocol === 'esp',
      },
    ],
    [{ letter: 'P', word: 'pfs', shows: 'pfs', applies: ({ pfs }) => pfs }],
    [{ letter: 'M', word: 'manual', shows: 'manual', applies: ({ manual }) => manual }],
  ],
  printForm: 'detail',
  brief: ['spi', 'direction', 'src-address', 'dst-address', 'state', 'current-bytes'],
  mayBeNull: ({ protocol }) => (protocol === 'ah' ? ['enc-algorithm'] : []),
  live: (status) =>
    status.installedSas.map((sa) => ({
      key: saKey(sa),
      row: rowOf(sa),
    })),
});
