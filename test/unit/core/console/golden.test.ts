/** The manual's own printouts, byte for byte, through the console (spec B.2). */
import { describe, expect, test } from '@jest/globals';
import { fromHex } from '../../../../lib/core/base/bytes.js';
import { Secret } from '../../../../lib/core/base/secret.js';
import type { InstalledSaView, LiveStatus } from '../../../../lib/core/config/live-status.js';
import type { AnyMenu } from '../../../../lib/core/config/menu.js';
import { installedSaMenu } from '../../../../lib/core/config/menus/installed-sa.js';
import { property } from '../../../../lib/core/config/property.js';
import { integer } from '../../../../lib/core/config/values/number.js';
import { consoleMenus } from '../../../../lib/core/console/menu-tree.js';
import type { EncryptionName, IntegrityName } from '../../../../lib/core/crypto/algorithms.js';
import { readSharedText } from '../../../support/shared.js';
import { idleStatus, newConsole } from './fake-host.js';

function golden(name: string): string {
  return readSharedText('golden', `${name}.txt`);
}

interface SampleSa {
  readonly spi: number;
  readonly ends: readonly [string, string];
  readonly direction: 'in' | 'out';
  readonly integrity: IntegrityName;
  readonly encryption: EncryptionName;
  readonly authKey: string;
  readonly encKey: string;
  readonly addTime: string;
  readonly useTime?: string;
  readonly bytes: number;
}

function secret(hex: string): Secret {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new Error('the sample key is not hexadecimal');
  return new Secret(bytes);
}

const seconds = (utc: string) => Date.parse(utc) / 1000;

function sampleSa(sample: SampleSa): InstalledSaView {
  return {
    protocol: 'esp',
    spi: sample.spi,
    source: sample.ends[0],
    destination: sample.ends[1],
    direction: sample.direction,
    reqid: 0x49000001,
    mode: 'tunnel',
    encryption: sample.encryption,
    integrity: sample.integrity,
    encryptionKey: secret(sample.encKey),
    integrityKey: secret(sample.authKey),
    replayWindow: 32,
    lifetime: { softSeconds: 1440, hardSeconds: 1800, softBytes: 0, hardBytes: 0 },
    state: 'mature',
    counters: {
      bytes: sample.bytes,
      packets: 0,
      addTime: seconds(sample.addTime),
      useTime: sample.useTime === undefined ? 0 : seconds(sample.useTime),
      replayErrors: 0,
      integrityErrors: 0,
    },
    pfs: false,
    manual: false,
  };
}

function printInstalled(
  samples: readonly SampleSa[],
  columns: number,
  menus: readonly AnyMenu[] = consoleMenus,
): string {
  const { host, run } = newConsole({ menus });
  host.live = { ...idleStatus, installedSas: samples.map(sampleSa) };
  return run('/ip ipsec installed-sa print', columns);
}

describe('printouts of the manual', () => {
  test('G01 policy print shows derived selectors and every default', () => {
    const { run } = newConsole();
    run('/ip ipsec policy');
    run('add sa-src-address=10.0.0.205 sa-dst-address=10.0.0.201 \\\n\\... action=encrypt\n');
    expect(run('print')).toBe(golden('G01-policy-print'));
  });

  test('G02 policy print stats before any negotiation', () => {
    const { run } = newConsole();
    run('/ip ipsec policy add sa-src-address=10.0.0.205 sa-dst-address=10.0.0.201 action=encrypt');
    expect(run('/ip ipsec policy print stats')).toBe(golden('G02-policy-print-stats'));
  });

  test('G03 peer print', () => {
    const { run } = newConsole();
    run('/ip ipsec peer add address=10.0.0.201');
    expect(run('/ip ipsec peer print')).toBe(golden('G03-peer-print'));
  });

  test('G04 peer print stats without phase 1', () => {
    const { run } = newConsole();
    run('/ip ipsec peer add address=10.0.0.201');
    expect(run('/ip ipsec peer print stats')).toBe(golden('G04-peer-print-stats-idle'));
  });

  test('G05 peer print stats with phase 1 established', () => {
    const { host, run } = newConsole();
    run('/ip ipsec peer add address=10.0.0.201');
    const [peer] = host.current.tables.peer;
    const status: LiveStatus = {
      ...idleStatus,
      peers: new Map([
        [
          peer?.id ?? 0,
          {
            state: 'established',
            side: 'initiator',
            establishedEpochSeconds: seconds('2008-11-19T17:13:24Z'),
            phase2Active: 0,
            phase2Total: 1,
          },
        ],
      ]),
    };
    host.live = status;
    expect(run('/ip ipsec peer print stats')).toBe(golden('G05-peer-print-stats-running'));
  });

  test.each([
    ['G06-psk-print-a', '10.0.0.201'],
    ['G07-psk-print-b', '10.0.0.205'],
  ])('%s is a table', (name, address) => {
    const { run } = newConsole();
    run(`/ip ipsec pre-shared-secret add address=${address} secret=gwejimezyfopmekun`);
    expect(run('/ip ipsec pre-shared-secret print')).toBe(golden(name));
  });

  test('G08 manual-sa print', () => {
    const { run } = newConsole();
    run('/ip ipsec manual-sa add ah-key=A0/0A');
    expect(run('/ip ipsec manual-sa print')).toBe(golden('G08-manual-sa-print'));
  });

  test('G09 proposal print of a new system', () => {
    const { run } = newConsole();
    expect(run('/ip ipsec proposal print')).toBe(golden('G09-proposal-print'));
  });

  test('G10 installed-sa print', () => {
    const addTime = '2008-11-24T14:28:42Z';
    const common = { integrity: 'sha1', encryption: '3des', addTime, bytes: 0 } as const;
    const text = printInstalled(
      [
        {
          ...common,
          spi: 0x21237b07,
          direction: 'out',
          ends: ['10.0.0.204', '10.0.0.201'],
          authKey: '3c1f4a3f5d2014e565f9f3fb671bab89056febb5',
          encKey: '725d43ed2742530a257d19dd36702259ea7a50060aa760a3',
        },
        {
          ...common,
          spi: 0xfaacf20d,
          direction: 'in',
          ends: ['10.0.0.201', '10.0.0.204'],
          authKey: 'acb0c8c3dc81f3ff5f92cbc15c49c7a710f9efa5',
          encKey: 'a50c04b44904c07009c3e218760f3827493579172b29bcfd',
        },
      ],
      80,
    );
    expect(text).toBe(golden('G10-installed-sa-print'));
  });

  test('G11 counters print', () => {
    const { host, run } = newConsole();
    host.live = {
      ...idleStatus,
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
    };
    expect(run('/ip ipsec\ncounters print')).toBe(golden('G11-counters-print'));
  });

  test('G12 installed-sa print of an older build: 77 columns and decimal SPIs', () => {
    // The decimal SPI was a mistake of that build (B-20, 1): only this test has a menu with it.
    const decimalSpi: AnyMenu = {
      ...installedSaMenu,
      properties: {
        ...installedSaMenu.properties,
        spi: property(integer(0, 0xffff_ffff), 'SPI, in decimal.'),
      },
    } as AnyMenu;
    const time = '2002-07-12T16:13:21Z';
    const common = { integrity: 'sha1', encryption: 'des', addTime: time, useTime: time } as const;
    const text = printInstalled(
      [
        {
          ...common,
          spi: 9437482,
          direction: 'out',
          ends: ['10.0.1.1', '10.0.1.2'],
          authKey: '9cf2123b8b5add950e3e67b9eac79421d406aa09',
          encKey: 'ffe7ec65b7a385c3',
          bytes: 71896,
        },
        {
          ...common,
          spi: 319317260,
          direction: 'in',
          ends: ['10.0.1.2', '10.0.1.1'],
          authKey: '7575f5624914dd312839694db2622a318030bc3b',
          encKey: '633593f809c9d6af',
          bytes: 0,
        },
      ],
      77,
      [decimalSpi],
    );
    expect(text).toBe(golden('G12-installed-sa-cisco'));
  });

  test('G13 installed-sa print, which the document cuts off before its last empty lines', () => {
    const common = {
      integrity: 'md5',
      encryption: 'des',
      addTime: '2002-11-26T09:33:47Z',
      useTime: '2002-11-26T09:33:53Z',
    } as const;
    const text = printInstalled(
      [
        {
          ...common,
          spi: 0x3c3c7a8d,
          direction: 'out',
          ends: ['10.0.0.204', '10.0.0.81'],
          authKey: '5697ee9fe98867005ac057e1b62a6c3b',
          encKey: '7b992840ea30b180',
          bytes: 896,
        },
        {
          ...common,
          spi: 0xa472a105,
          direction: 'in',
          ends: ['10.0.0.81', '10.0.0.204'],
          authKey: '70655b51846308f68ce964d90b5580cd',
          encKey: 'a3623a16f6bef13d',
          bytes: 0,
        },
      ],
      80,
    );
    expect(text.trimEnd()).toBe(golden('G13-installed-sa-sonicwall').trimEnd());
  });
});
