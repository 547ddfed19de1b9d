/** Twenty policies of every action and level, and edits of them drawn from a seed, as both routers have them. */
import type { Random } from '../../simulator/random.js';
import { manualSa } from '../scenarios/semantics/stage.js';

export type Side = 1 | 2;

interface Row {
  /** Names the row, and the series of its SPIs; never changes. */
  readonly index: number;
  /** Below 10.2.0.0, where router 2 is. */
  readonly far: string;
  /** Of UDP, at that end. */
  readonly ports?: readonly [first: number, last: number];
  readonly protocols?: 'esp' | 'ah' | 'ah,esp';
  /** Both ends of the SAs are the second addresses of the routers. */
  readonly isNested?: boolean;
  action: 'accept' | 'drop' | 'encrypt';
  level: 'require' | 'use' | 'acquire';
}

const levels = ['require', 'use', 'acquire'] as const;
/** What the ESP of the nested rows is protected by. */
const outerIndex = 16;

function initialRows(): Row[] {
  const encrypt = (index: number, protocols: 'esp' | 'ah' | 'ah,esp', isNested = false): Row => ({
    ...{ index, far: `${10 + index}/32`, protocols, isNested, action: 'encrypt' },
    level: levels[index % 3] ?? 'require',
  });
  const plain = (
    index: number,
    action: 'accept' | 'drop',
    far: string,
    ports?: Row['ports'],
  ): Row => ({
    ...{ index, far, action, level: 'require' },
    ...(ports && { ports }),
  });
  return [
    plain(0, 'drop', '0/24', [4000, 4010]),
    plain(1, 'accept', '0/24', [5000, 5005]),
    ...[2, 3, 4, 5, 6, 7].map((index) => encrypt(index, 'esp')),
    ...[8, 9, 10].map((index) => encrypt(index, 'ah')),
    ...[11, 12, 13].map((index) => encrypt(index, 'ah,esp')),
    ...[14, 15].map((index) => encrypt(index, 'esp', true)),
    { ...encrypt(outerIndex, 'ah'), level: 'require' },
    plain(17, 'accept', '128/25'),
    plain(18, 'drop', '96/27'),
    { ...encrypt(19, 'esp'), far: '64/27' },
  ];
}

/** Hosts of 10.2.0.0/24 that packets go to and come from: those of the rows, and some that no row names. */
export const hosts: readonly number[] = [
  ...Array.from({ length: 14 }, (_, index) => 12 + index),
  ...[64, 95, 100, 127, 130, 250, 9],
];
/** Number of a row that no packet meets: it tells which edits have arrived. */
export const markedRow = 20;
const markedPolicy = 'policy add src-address=192.0.2.0/24 dst-address=198.51.100.0/32 action=drop';

export const ports: readonly number[] = [4000, 4010, 4011, 5000, 5005, 5006, 6000];

/** Index of the row whose SAs have that SPI. */
export function rowOfSpi(spi: number): number {
  return Number((spi >>> 8).toString(16)) - 100;
}

export class Tables {
  /** In the order of the policy menu. */
  readonly rows = initialRows();
  /** Rows that one side has disabled. */
  readonly #disabled: Record<Side, Set<number>> = { 1: new Set(), 2: new Set() };
  /** Rows whose SAs are disabled on both sides: without them a row is invalid. */
  readonly #keyless = new Set<number>();

  /** The rows as they are at the beginning, to be typed at one side. */
  text(side: Side): string {
    const lines = this.rows.flatMap((row) => {
      const { index, protocols } = row;
      const keys = protocols === undefined ? [] : [manualSa(side, `m${index}`, 100 + index)];
      return [...keys, `policy add ${this.#words(row, side)}`];
    });
    return `/ip ipsec\n${[...lines, markedPolicy].join('\n')}\n`;
  }

  /** One edit; what is to be typed at each side. */
  edit(random: Random): Readonly<Record<Side, string>> {
    const both = (text: string) => ({ 1: `/ip ipsec ${text}\n`, 2: `/ip ipsec ${text}\n` });
    const position = random.integer(0, this.rows.length - 1);
    const row = this.rows[position] as Row;
    switch (random.integer(0, 4)) {
      case 0: {
        const target = random.integer(0, this.rows.length - 2);
        const [moved] = this.rows.splice(position, 1);
        this.rows.splice(target, 0, moved as Row);
        return both(`policy move ${position} ${target < position ? target : target + 1}`);
      }
      case 1: {
        const side: Side = random.chance(0.5) ? 1 : 2;
        const disabled = this.#disabled[side];
        const verb = disabled.delete(row.index) ? 'enable' : 'disable';
        if (verb === 'disable') disabled.add(row.index);
        const other = { 1: '', 2: '' };
        return { ...other, [side]: `/ip ipsec policy ${verb} ${position}\n` };
      }
      case 2: {
        if (row.protocols === undefined || row.index === outerIndex) return this.edit(random);
        row.level = random.pick(levels.filter((level) => level !== row.level));
        return both(`policy set ${position} level=${row.level}`);
      }
      case 3: {
        if (row.protocols !== undefined) return this.edit(random);
        row.action = row.action === 'accept' ? 'drop' : 'accept';
        return both(`policy set ${position} action=${row.action}`);
      }
      default: {
        if (row.protocols === undefined || row.isNested || row.index === outerIndex) {
          return this.edit(random);
        }
        const verb = this.#keyless.delete(row.index) ? 'enable' : 'disable';
        if (verb === 'disable') this.#keyless.add(row.index);
        return both(`manual-sa ${verb} [find name=m${row.index}]`);
      }
    }
  }

  /** Index of the row that decides at `side`, of packets between its network and that host and port of the other. */
  match(side: Side, host: number, port: number): number | undefined {
    return this.rows.find(
      ({ index, far, ports: range }) =>
        index !== outerIndex &&
        this.isOn(side, index) &&
        isWithin(host, far) &&
        (range === undefined || (port >= range[0] && port <= range[1])),
    )?.index;
  }

  /** Whether the row is in force at that side. */
  isOn(side: Side, index: number): boolean {
    return !this.#disabled[side].has(index) && !this.#keyless.has(index);
  }

  #words(
    { index, far, ports: range, protocols, isNested, action, level }: Row,
    side: Side,
  ): string {
    const other = 3 - side;
    const last = isNested || index === outerIndex ? 1 : 0;
    const ends = `1.0.0.${last}${side}`;
    const [near, remote] =
      last === 0 ? [`1.0.0.${side}`, `1.0.0.${other}`] : [ends, `1.0.0.1${other}`];
    const sas = `action=encrypt sa-src-address=${near} sa-dst-address=${remote} manual-sa=m${index} ipsec-protocols=${protocols} level=${level}`;
    if (index === outerIndex) {
      return `src-address=${near}/32 dst-address=${remote}/32 protocol=50 ${sas}`;
    }
    const [start, bits] = far.split('/');
    const wide = range === undefined ? '' : `:${range[0]}-${range[1]}`;
    const upper = range === undefined ? '' : 'protocol=udp ';
    const [own, others] = ['10.1.0.0/24', `10.2.0.${start}/${bits}${wide}`];
    const networks =
      side === 1
        ? `${upper}src-address=${own} dst-address=${others}`
        : `${upper}src-address=${others} dst-address=${own}`;
    return protocols === undefined
      ? `${networks} action=${action}`
      : `${networks} tunnel=yes ${sas}`;
  }
}

function isWithin(host: number, prefix: string): boolean {
  const [start = 0, bits = 32] = prefix.split('/').map(Number);
  const size = 2 ** (32 - bits);
  return host >= start && host < start + size;
}
