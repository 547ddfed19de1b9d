/** Random commands, each typed for the daemon and carried out on the model. */
import fc from 'fast-check';
import { ConsoleModel, type ModelRow, type Refusals } from './console-model.js';
import { type ExportedTable, exportedTables, propertyOrder, quoted } from './export-text.js';
import { canonicalOf, type Given, givenOf, text, typedOf } from './given-values.js';
import type { ValueText } from './value-texts.js';

/** A command before it is known which rows there are: numbers that pick among them. */
export interface Step {
  readonly kind:
    | 'add'
    | 'set'
    | 'remove'
    | 'enable'
    | 'disable'
    | 'comment'
    | 'move'
    | 'find'
    | 'get'
    | 'print'
    | 'mistake';
  readonly table: ExportedTable;
  readonly given: Given;
  readonly name: string;
  readonly text: string;
  readonly picks: readonly number[];
  readonly spelling: number;
}

const kinds: readonly (readonly [Step['kind'], number])[] = [
  ['add', 6],
  ['set', 5],
  ['remove', 2],
  ['enable', 1],
  ['disable', 1],
  ['comment', 1],
  ['move', 3],
  ['find', 2],
  ['get', 2],
  ['print', 1],
  ['mistake', 2],
];

/** Few, so that they clash. */
const fewNames = ['sa1', 'sa2', 'low', 'high', 'to office', 'default'];
const fewAddresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3/24', '10.0.0.0/24:501', '10.0.0.3:500'];
const canonicalAddresses = [
  ...['10.0.0.1:500', '10.0.0.2:500', '10.0.0.0/24:500', '10.0.0.0/24:501', '10.0.0.3:500'],
];

export const step: fc.Arbitrary<Step> = fc
  .constantFrom(...exportedTables, 'policy' as const, 'policy' as const)
  .chain((table) =>
    fc.record({
      kind: fc.oneof(...kinds.map(([kind, weight]) => ({ weight, arbitrary: fc.constant(kind) }))),
      table: fc.constant(table),
      given: givenOf(table, ['name', 'address', 'ident-string', 'secret']),
      name: fc.constantFrom(...fewNames),
      text: fc.string({ maxLength: 6 }),
      picks: fc.array(fc.nat(), { minLength: 4, maxLength: 6 }),
      spelling: fc.nat(),
    }),
  );

export interface Typed {
  readonly line: string;
  /** Carries it out on the model. */
  readonly act: () => Refusals;
  /** What it prints, when it is carried out. */
  readonly output?: () => string;
}

/** A way to name rows, and which they are; undefined for none that is there. */
interface Items {
  readonly typed: string;
  readonly rows: readonly ModelRow[] | undefined;
}

export class Script {
  readonly model = new ConsoleModel();

  typed(step: Step): Typed {
    const { table, kind } = step;
    const menu = `/ip ipsec ${table}`;
    const rows = this.model.rows[table];
    switch (kind) {
      case 'print':
        return { line: `${menu} print`, act: () => this.#done(() => this.model.print(table)) };
      case 'add':
        return this.#add(step);
      case 'mistake':
        return this.#mistake(step);
      case 'find': {
        const [condition, matches] = this.#condition(step);
        const ids = () => rows.filter(matches).map(({ id }) => id);
        return {
          line: `:put [${menu} find ${condition}]`,
          act: () => [],
          output: () => `${ids().join(';')}\n`,
        };
      }
      case 'move':
        return this.#move(step);
      default:
        return this.#onItems(step);
    }
  }

  #done(act: () => void): Refusals {
    act();
    return [];
  }

  #add(step: Step): Typed {
    const { table, given, picks } = step;
    const full = this.#given(step);
    // A row without what it needs is a mistake of its own.
    const before = table === 'policy' && (picks[0] ?? 0) % 3 === 0 ? this.#one(step) : undefined;
    const place = before === undefined ? '' : ` place-before=${before.typed}`;
    const isMissing = before !== undefined && before.rows === undefined;
    const hasIdentity = table !== 'pre-shared-secret' || full['secret'] !== undefined;
    return {
      line: `/ip ipsec ${table} add${typedOf({ ...given, ...full })}${place}`,
      act: () => {
        if (!hasIdentity) return ['C-60'];
        const values = canonicalOf({ ...given, ...full });
        return isMissing
          ? ['C-61', ...this.#wouldRefuse(table, values)]
          : this.model.add(table, values, before?.rows?.[0]);
      },
    };
  }

  /** A second opinion on values, without a change. */
  #wouldRefuse(table: ExportedTable, values: Record<string, string>): Refusals {
    const trial = this.model.add(table, values);
    if (trial.length === 0) this.model.rows[table].pop();
    return trial;
  }

  /** Names, addresses and references, which may clash or be missing. */
  #given({ table, name: own, text: words, picks: [, pick = 0, other = 0] }: Step): Given {
    const address = {
      typed: fewAddresses[pick % fewAddresses.length] ?? '',
      canonical: canonicalAddresses[pick % fewAddresses.length] ?? '',
    };
    switch (table) {
      case 'manual-sa':
        return pick % 4 === 0 ? {} : { name: text(own) };
      case 'proposal':
        return { name: text(own) };
      case 'peer':
        return { address };
      case 'pre-shared-secret': {
        const who: Given = pick % 2 === 0 ? { 'ident-string': text(`id ${words}`) } : {};
        const where: Given = other % 2 === 0 ? { address: plainText(`10.0.0.${pick % 5}`) } : {};
        return { ...who, ...where, secret: text(`s${words}`) };
      }
      case 'policy': {
        const proposal: Given = pick % 2 === 0 ? { proposal: text(own) } : {};
        const manualSa: Given =
          other % 2 === 0 ? { 'manual-sa': text(other % 4 === 0 ? own : 'none') } : {};
        return { ...proposal, ...manualSa };
      }
    }
  }

  #onItems(step: Step): Typed {
    const { table, kind, given, text: words, picks } = step;
    const menu = `/ip ipsec ${table}`;
    if (kind === 'get') return this.#get(step);
    const items = this.#items(step);
    const act = (change: (rows: readonly ModelRow[]) => Refusals) => () =>
      items.rows === undefined ? ['C-61'] : change(items.rows);
    switch (kind) {
      case 'remove':
        return {
          line: `${menu} remove ${items.typed}`,
          act: act((rows) => this.model.remove(table, rows)),
        };
      case 'comment':
        return {
          line: `${menu} comment ${items.typed} ${quoted(words)}`,
          act: act((rows) => this.model.set(table, rows, { comment: words })),
        };
      case 'enable':
      case 'disable': {
        const disabled = kind === 'enable' ? 'no' : 'yes';
        return {
          line: `${menu} ${kind} ${items.typed}`,
          act: act((rows) => this.model.set(table, rows, { disabled })),
        };
      }
      default: {
        const isRenaming = (picks[3] ?? 0) % 3 === 0;
        const { secret: _, ...own } = this.#given(step);
        const values = isRenaming ? { ...given, ...own } : given;
        // A set of nothing is a mistake that nobody describes.
        const changes = Object.keys(values).length === 0 ? { comment: text(words) } : values;
        return {
          line: `${menu} set ${items.typed}${typedOf(changes)}`,
          act: () => {
            const refusals = act((rows) => this.model.set(table, rows, canonicalOf(changes)))();
            const isMissing = refusals.length > 0 && items.rows === undefined;
            // Of two faults either may be named.
            return isMissing
              ? [...refusals, ...this.#wouldRefuse(table, canonicalOf(changes))]
              : refusals;
          },
        };
      }
    }
  }

  #get(step: Step): Typed {
    const { table, picks } = step;
    const item = this.#one(step);
    const properties = [...propertyOrder[table], 'comment', 'disabled'];
    const property = properties[(picks[2] ?? 0) % properties.length] ?? 'comment';
    const [row] = item.rows ?? [];
    return {
      line: `:put [/ip ipsec ${table} get ${item.typed} ${property}]`,
      act: () => (row === undefined ? ['C-61'] : []),
      output: () => `${row && this.model.written(table, row.values)[property]}\n`,
    };
  }

  #move(step: Step): Typed {
    const items = this.#items({ ...step, table: 'policy' });
    const { policy } = this.model.rows;
    const others = policy.filter((row) => !items.rows?.includes(row));
    const destination = others[(step.picks[3] ?? 0) % (others.length + 1)];
    const place = destination === undefined ? '' : ` ${destination.id}`;
    return {
      line: `/ip ipsec policy move ${items.typed}${place}`,
      act: () => (items.rows === undefined ? ['C-61'] : this.model.move(items.rows, destination)),
    };
  }

  #mistake({ table, picks: [pick = 0] }: Step): Typed {
    const menu = `/ip ipsec ${table}`;
    const lines: readonly (readonly [line: string, rule: string])[] = [
      [`${menu} frobnicate`, 'C-50'],
      [`${menu} add bogus=1`, 'C-52'],
      [`${menu} set 0 comment="open`, 'C-53'],
      [`${menu} add disabled=perhaps`, table === 'peer' ? 'C-54 C-58 C-60' : 'C-54 C-58'],
      [`${menu} remove`, 'C-60'],
      [`${menu} remove no-such-row`, 'C-61'],
      [`${menu} print nonsense`, 'C-52 C-61'],
      ['/ip ipsec policy set [find] protocol=300 comment=never', 'C-59'],
      ['/ip ipsec proposal set [find] comment=never lifebytes=-1', 'C-58 C-59'],
      ['/ip ipsec peer set [find] comment=never dh-group=modp', 'C-55'],
      ['/ip ipsec policy add s=1', 'C-57'],
      ['/ip ipsec p print', 'C-56'],
      ['/ip ipsec policy tunnel=yes', 'C-51'],
    ];
    const [line, rules] = lines[pick % lines.length] ?? ['', ''];
    return { line, act: () => rules.split(' ') };
  }

  /** One row, named in one of the ways C-20 lists, or one that is not there. */
  #one({ table, picks: [, pick = 0], spelling }: Step): Items {
    const rows = this.model.rows[table];
    const numbered = this.model.numbered[table];
    const row = rows[pick % Math.max(rows.length, 1)];
    switch (spelling % 5) {
      case 0: {
        const number = pick % (numbered.length + 2);
        const meant = numbered[number];
        const isThere = meant !== undefined && rows.includes(meant);
        return { typed: `${number}`, rows: isThere ? [meant] : undefined };
      }
      case 1: {
        const dead = this.model.deadIds[table];
        return { typed: dead[pick % Math.max(dead.length, 1)] ?? '*FFFFF', rows: undefined };
      }
      case 2:
        return this.#byName(table, row);
      default:
        return this.#byId(row);
    }
  }

  #byId(row: ModelRow | undefined): Items {
    return row === undefined
      ? { typed: '*FFFFF', rows: undefined }
      : { typed: row.id ?? '*0', rows: [row] };
  }

  #byName(table: ExportedTable, row: ModelRow | undefined): Items {
    const own = row?.values[table === 'peer' ? 'address' : 'name'];
    if (row === undefined || own === undefined || table === 'pre-shared-secret') {
      return this.#byId(row);
    }
    return { typed: own.includes(' ') ? quoted(own) : own, rows: [row] };
  }

  /** Some rows: one, a list of ids and numbers, or what a condition finds. */
  #items(step: Step): Items {
    const { table, picks, spelling } = step;
    const rows = this.model.rows[table];
    if (spelling % 4 === 0) {
      const [condition, matches] = this.#condition(step);
      return { typed: `[find ${condition}]`, rows: rows.filter(matches) };
    }
    if (spelling % 4 === 1 && rows.length > 0) {
      const chosen = rows.filter((_, index) => ((picks[2] ?? 0) >> index) % 2 === 1);
      if (chosen.length === 0) return this.#one(step);
      return { typed: chosen.map(({ id }) => id).join(','), rows: chosen };
    }
    return this.#one({ ...step, spelling: spelling >> 2 });
  }

  /** A comparison of one property with the value of one of the rows, if there is any (C-24). */
  #condition({ table, picks }: Step): readonly [string, (row: ModelRow) => boolean] {
    const rows = this.model.rows[table];
    const sample = rows[(picks[2] ?? 0) % Math.max(rows.length, 1)];
    const properties = [...propertyOrder[table], 'comment', 'disabled'];
    const property = properties[(picks[3] ?? 0) % properties.length] ?? 'comment';
    if (sample === undefined) return ['disabled=no', ({ values }) => values['disabled'] === 'no'];
    const own = this.model.written(table, sample.values)[property] ?? '';
    const isNot = (picks[0] ?? 0) % 4 === 0;
    return [
      `${property}${isNot ? '!=' : '='}${quoted(own)}`,
      ({ values }) => (this.model.written(table, values)[property] === own) !== isNot,
    ];
  }

  /** Takes note of the ids the daemon gave; says what is wrong with them, if anything. */
  adopt(table: ExportedTable, ids: readonly string[]): readonly string[] {
    const rows = this.model.rows[table];
    const wrong = rows.flatMap((row, index) => {
      row.id ??= ids[index];
      return row.id === ids[index] ? [] : [`row ${index} was ${row.id} and is ${ids[index]}`];
    });
    const risen = ids.filter((id) => this.model.deadIds[table].includes(id));
    return [...wrong, ...risen.map((id) => `${id} was removed and is there again`)];
  }
}

function plainText(value: string): ValueText {
  return { typed: value, canonical: value };
}
