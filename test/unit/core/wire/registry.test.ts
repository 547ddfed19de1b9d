/** The tables of numbers: no number and no name twice, and a name for every number in a log. */
import { describe, expect, test } from '@jest/globals';
import { authenticationMethods } from '../../../../lib/core/wire/registry/authentication-method.js';
import { certEncodings } from '../../../../lib/core/wire/registry/cert-encoding.js';
import { dois } from '../../../../lib/core/wire/registry/doi.js';
import { encapsulationModes } from '../../../../lib/core/wire/registry/encapsulation-mode.js';
import { exchangeTypes } from '../../../../lib/core/wire/registry/exchange-type.js';
import { identificationTypes } from '../../../../lib/core/wire/registry/identification-type.js';
import { lifeTypes } from '../../../../lib/core/wire/registry/life-type.js';
import {
  isErrorNotify,
  notifyType,
  notifyTypes,
} from '../../../../lib/core/wire/registry/notify-type.js';
import { payloadTypes } from '../../../../lib/core/wire/registry/payload-type.js';
import { phase1Attributes } from '../../../../lib/core/wire/registry/phase1-attribute.js';
import { phase2Attributes } from '../../../../lib/core/wire/registry/phase2-attribute.js';
import { protocolIds } from '../../../../lib/core/wire/registry/protocol-id.js';
import { nameOf, type RegistryEntry } from '../../../../lib/core/wire/registry/registry.js';
import { situations } from '../../../../lib/core/wire/registry/situation.js';

const tables: Readonly<Record<string, readonly RegistryEntry[]>> = {
  authenticationMethods,
  certEncodings,
  dois,
  encapsulationModes,
  exchangeTypes,
  identificationTypes,
  lifeTypes,
  notifyTypes,
  payloadTypes,
  phase1Attributes,
  phase2Attributes,
  protocolIds,
  situations,
};

describe('each table', () => {
  test.each(Object.entries(tables))('%s has no number and no name twice', (_, table) => {
    expect(new Set(table.map(({ number }) => number)).size).toBe(table.length);
    expect(new Set(table.map(({ name }) => name)).size).toBe(table.length);
  });
});

test('numbers assigned far from the first of their table are those of their RFC', () => {
  expect(notifyType).toMatchObject({
    'INVALID-PAYLOAD-TYPE': 1,
    'NO-PROPOSAL-CHOSEN': 14,
    'PAYLOAD-MALFORMED': 16,
    'INVALID-ID-INFORMATION': 18,
    'INVALID-HASH-INFORMATION': 23,
    'AUTHENTICATION-FAILED': 24,
    'UNEQUAL-PAYLOAD-LENGTHS': 30,
    CONNECTED: 16384,
    'RESPONDER-LIFETIME': 24576,
    'REPLAY-STATUS': 24577,
    'INITIAL-CONTACT': 24578,
    'R-U-THERE': 36136,
    'R-U-THERE-ACK': 36137,
  });
  expect(nameOf(identificationTypes, 11)).toBe('ID_KEY_ID');
  expect(nameOf(phase1Attributes, 14)).toBe('key-length');
  expect(nameOf(phase2Attributes, 6)).toBe('key-length');
  expect(nameOf(certEncodings, 4)).toBe('x509-signature');
});

test('a number without a name is named by itself', () => {
  expect(nameOf(notifyTypes, 9101)).toBe('number 9101');
});

test('error and status notifies are told apart by their range (RFC 2408 3.14.1)', () => {
  expect([0, 1, 30, 8191, 16383, 16384, 24578, 36136].map(isErrorNotify)).toEqual([
    false,
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
