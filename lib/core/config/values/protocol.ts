/** IP protocols by name or number (spec A.0 `protocol`, A-02). */
import { ok } from '../../base/result.js';
import { matchName } from '../abbreviation.js';
import type { PropertyType } from '../property.js';
import { ambiguousValue, outOfRange, unknownValue } from '../value-error.js';

export const protocolNumbers = { all: 0, tcp: 6, udp: 17, esp: 50, ah: 51 } as const;

/** The first name of a number is the one printed. */
const protocolNames: readonly { readonly name: string; readonly value: number }[] = [
  { name: 'all', value: protocolNumbers.all },
  { name: 'icmp', value: 1 },
  { name: 'igmp', value: 2 },
  { name: 'ggp', value: 3 },
  { name: 'ipencap', value: 4 },
  { name: 'ip-encap', value: 4 },
  { name: 'st', value: 5 },
  { name: 'tcp', value: protocolNumbers.tcp },
  { name: 'egp', value: 8 },
  { name: 'pup', value: 12 },
  { name: 'udp', value: protocolNumbers.udp },
  { name: 'hmp', value: 20 },
  { name: 'xns-idp', value: 22 },
  { name: 'rdp', value: 27 },
  { name: 'iso-tp4', value: 29 },
  { name: 'xtp', value: 36 },
  { name: 'ddp', value: 37 },
  { name: 'idpr-cmtp', value: 38 },
  { name: 'gre', value: 47 },
  { name: 'esp', value: protocolNumbers.esp },
  { name: 'ipsec-esp', value: protocolNumbers.esp },
  { name: 'ah', value: protocolNumbers.ah },
  { name: 'ipsec-ah', value: protocolNumbers.ah },
  { name: 'rspf', value: 73 },
  { name: 'vmtp', value: 81 },
  { name: 'ospf', value: 89 },
  { name: 'ipip', value: 94 },
  { name: 'encap', value: 98 },
];

/** A protocol number, 0..255; 0 is every protocol. */
export const protocol: PropertyType<number> = {
  grammar: 'all, a name, or 0..255',
  takesNumbers: true,
  words: protocolNames.map(({ name }) => name),
  parse: (text) => {
    if (/^\d+$/.test(text)) {
      const value = Number(text);
      return value <= 255 ? ok(value) : outOfRange(0, 255);
    }
    const match = matchName(text, protocolNames);
    switch (match.kind) {
      case 'found':
        return ok(match.value);
      case 'none':
        return unknownValue;
      case 'ambiguous':
        return ambiguousValue;
    }
  },
  format: (value) => protocolNames.find((row) => row.value === value)?.name ?? `${value}`,
  order: (value) => value,
};
