/** The running states that the manual's printouts show (spec B.2), as an engine and a data plane would report them. */
import { fromHex } from '../../lib/core/base/bytes.js';
import { type Instant, instant } from '../../lib/core/base/instant.js';
import { Secret } from '../../lib/core/base/secret.js';
import type { Counters } from '../../lib/core/config/live-status.js';
import type { EncryptionName, IntegrityName } from '../../lib/core/crypto/algorithms.js';
import { reqidOf } from '../../lib/core/dataplane/ownership.js';
import type { InstalledSa } from '../../lib/core/dataplane/types.js';
import type { PeerStatus } from '../../lib/core/ike/status.js';

export interface GoldenState {
  /** What every configured peer is in. */
  readonly peer?: PeerStatus;
  readonly sas: readonly InstalledSa[];
  readonly counters?: Counters;
}

/** The clock of these states counts milliseconds since the epoch, in UTC. */
function at(utc: string): Instant {
  return instant(Date.parse(`${utc}Z`));
}

interface Sample {
  readonly spi: number;
  readonly from: string;
  readonly to: string;
  readonly keys: readonly [authentication: string, encryption: string];
  readonly bytes: number;
}

interface Common {
  readonly integrity: IntegrityName;
  readonly encryption: EncryptionName;
  readonly added: string;
  readonly used?: string;
}

/** The pair of one quick mode: out, then in; 24m/30m, no byte limit, without PFS. */
function pair(common: Common, out: Sample, into: Sample): readonly InstalledSa[] {
  return [sa(common, 'out', out), sa(common, 'in', into)];
}

function sa(common: Common, direction: 'in' | 'out', sample: Sample): InstalledSa {
  const [authentication, encryption] = sample.keys;
  return {
    protocol: 'esp',
    spi: sample.spi,
    source: sample.from,
    destination: sample.to,
    direction,
    reqid: reqidOf(1),
    mode: 'tunnel',
    encryption: common.encryption,
    integrity: common.integrity,
    encryptionKey: secret(encryption),
    integrityKey: secret(authentication),
    // Four bytes of bitmap.
    replayWindow: 32,
    lifetime: { softSeconds: 24 * 60, hardSeconds: 30 * 60, softBytes: 0, hardBytes: 0 },
    state: 'mature',
    counters: {
      bytes: sample.bytes,
      packets: 0,
      addTime: at(common.added) / 1000,
      useTime: common.used === undefined ? 0 : at(common.used) / 1000,
      replayErrors: 0,
      integrityErrors: 0,
    },
  };
}

function secret(hex: string): Secret {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new Error('a key of a sample is not hexadecimal');
  return new Secret(bytes);
}

export const goldenStates: Readonly<Record<string, GoldenState>> = {
  G05: {
    peer: {
      state: 'established',
      side: 'initiator',
      establishedAt: at('2008-11-19T17:13:24'),
      phase2Active: 0,
      phase2Total: 1,
    },
    sas: [],
  },
  G10: {
    sas: pair(
      { integrity: 'sha1', encryption: '3des', added: '2008-11-24T14:28:42' },
      {
        spi: 0x21237b07,
        from: '10.0.0.204',
        to: '10.0.0.201',
        keys: [
          '3c1f4a3f5d2014e565f9f3fb671bab89056febb5',
          '725d43ed2742530a257d19dd36702259ea7a50060aa760a3',
        ],
        bytes: 0,
      },
      {
        spi: 0xfaacf20d,
        from: '10.0.0.201',
        to: '10.0.0.204',
        keys: [
          'acb0c8c3dc81f3ff5f92cbc15c49c7a710f9efa5',
          'a50c04b44904c07009c3e218760f3827493579172b29bcfd',
        ],
        bytes: 0,
      },
    ),
  },
  G11: {
    sas: [],
    counters: {
      outAccept: 2298,
      outDrop: 0,
      outEncrypt: 4,
      inAccept: 3497,
      inDrop: 0,
      inDecrypted: 4,
      inAcceptIsakmp: 20,
      outAcceptIsakmp: 12,
      inDropEncryptedExpected: 0,
    },
  },
  G12: {
    // That build printed SPIs in decimal (B-20, 1). These numbers have those digits in hexadecimal;
    // the second one is no SPI for it: only a state that is made up can hold it.
    sas: pair(
      {
        integrity: 'sha1',
        encryption: 'des',
        added: '2002-07-12T16:13:21',
        used: '2002-07-12T16:13:21',
      },
      {
        spi: 0x9437482,
        from: '10.0.1.1',
        to: '10.0.1.2',
        keys: ['9cf2123b8b5add950e3e67b9eac79421d406aa09', 'ffe7ec65b7a385c3'],
        bytes: 71896,
      },
      {
        spi: 0x319317260,
        from: '10.0.1.2',
        to: '10.0.1.1',
        keys: ['7575f5624914dd312839694db2622a318030bc3b', '633593f809c9d6af'],
        bytes: 0,
      },
    ),
  },
  G13: {
    sas: pair(
      {
        integrity: 'md5',
        encryption: 'des',
        added: '2002-11-26T09:33:47',
        used: '2002-11-26T09:33:53',
      },
      {
        spi: 0x3c3c7a8d,
        from: '10.0.0.204',
        to: '10.0.0.81',
        keys: ['5697ee9fe98867005ac057e1b62a6c3b', '7b992840ea30b180'],
        bytes: 896,
      },
      {
        spi: 0xa472a105,
        from: '10.0.0.81',
        to: '10.0.0.204',
        keys: ['70655b51846308f68ce964d90b5580cd', 'a3623a16f6bef13d'],
        bytes: 0,
      },
    ),
  },
};
