/** The tables as the specification describes them (A, C-10 to C-23), simple and slow: what the daemon is held against. */
import {
  defaults,
  type ExportedTable,
  exportedTables,
  exportText,
  propertyOrder,
  type Row,
} from './export-text.js';

/** Why a command is refused: the rules that may say so; none when it is carried out. */
export type Refusals = readonly string[];

export interface ModelRow {
  readonly values: Record<string, string>;
  /** Once it is known from the daemon. */
  id: string | undefined;
}

const unset = '0.0.0.0/32:any';
const noAddress = '0.0.0.0';

export class ConsoleModel {
  readonly rows: Readonly<Record<ExportedTable, ModelRow[]>> = {
    'manual-sa': [],
    proposal: [newRow({ ...defaults.proposal, name: 'default', comment: '', disabled: 'no' })],
    peer: [],
    'pre-shared-secret': [],
    policy: [],
  };
  /** What the numbers of the last print mean, rows that are gone included. */
  readonly numbered: Record<ExportedTable, readonly ModelRow[]> = {
    'manual-sa': [],
    proposal: [],
    peer: [],
    'pre-shared-secret': [],
    policy: [],
  };
  /** Ids of rows that are gone. */
  readonly deadIds: Readonly<Record<ExportedTable, string[]>> = {
    'manual-sa': [],
    proposal: [],
    peer: [],
    'pre-shared-secret': [],
    policy: [],
  };

  print(table: ExportedTable): void {
    this.numbered[table] = [...this.rows[table]];
  }

  /** All tables as `export` writes them. */
  text(): string {
    const texts = exportedTables.map((table) => [
      table,
      this.rows[table].map(({ values }) => this.written(table, values)),
    ]);
    return exportText(Object.fromEntries(texts));
  }

  /** References by the name that the item has now. */
  written(table: ExportedTable, values: Row): Row {
    if (table !== 'policy') return values;
    return {
      ...values,
      proposal: this.#nameOf('proposal', values['proposal'] ?? ''),
      'manual-sa': this.#nameOf('manual-sa', values['manual-sa'] ?? ''),
    };
  }

  add(table: ExportedTable, given: Row, before?: ModelRow): Refusals {
    const values: Record<string, string> = { comment: '', disabled: 'no', ...defaults[table] };
    if (table === 'manual-sa') values['name'] = this.#freeName();
    if (table === 'policy') values['proposal'] = keyOf(this.rows.proposal[0]);
    const row = newRow(values);
    const refusals = this.#assign(table, row, given);
    if (refusals.length > 0) return refusals;
    const rows = this.rows[table];
    const at = before === undefined ? rows.length : rows.indexOf(before);
    rows.splice(at, 0, row);
    return [];
  }

  /** All or nothing (C-11). */
  set(table: ExportedTable, items: readonly ModelRow[], given: Row): Refusals {
    const before = items.map((row) => ({ ...row.values }));
    const refusals = items.flatMap((row) => this.#assign(table, row, given));
    // A value that nothing can take is refused although no item was to take it.
    if (table === 'policy' && !this.#canRefer(given)) refusals.push('C-54');
    if (refusals.length > 0) {
      for (const [index, row] of items.entries()) Object.assign(row.values, before[index]);
    }
    return refusals;
  }

  remove(table: ExportedTable, items: readonly ModelRow[]): Refusals {
    const refusals = items.flatMap((row) => {
      const isDefault = table === 'proposal' && row.values['name'] === 'default';
      return isDefault || this.#isUsed(table, row) ? ['C-63'] : [];
    });
    if (refusals.length > 0) return refusals;
    for (const row of items) {
      this.rows[table].splice(this.rows[table].indexOf(row), 1);
      if (row.id !== undefined) this.deadIds[table].push(row.id);
    }
    return [];
  }

  /** In their present order, before the destination or at the end (C-14). */
  move(items: readonly ModelRow[], destination: ModelRow | undefined): Refusals {
    const all = this.rows.policy;
    const moved = all.filter((row) => items.includes(row));
    const others = all.filter((row) => !items.includes(row));
    const at = destination === undefined ? others.length : others.indexOf(destination);
    others.splice(at, 0, ...moved);
    all.splice(0, all.length, ...others);
    return [];
  }

  /** What a reference to the item of that name is kept as; undefined when there is none. */
  reference(table: 'proposal' | 'manual-sa', name: string): string | undefined {
    if (table === 'manual-sa' && name === 'none') return 'none';
    const row = this.rows[table].find(({ values }) => values['name'] === name);
    return row === undefined ? undefined : keyOf(row);
  }

  #assign(table: ExportedTable, row: ModelRow, given: Row): Refusals {
    const { values } = row;
    const refusals: string[] = [];
    const renamesDefault =
      table === 'proposal' &&
      values['name'] === 'default' &&
      (given['name'] ?? 'default') !== 'default';
    if (renamesDefault) refusals.push('C-63');
    for (const [name, text] of Object.entries(given)) {
      const isReference = table === 'policy' && (name === 'proposal' || name === 'manual-sa');
      const value = isReference ? this.reference(name, text) : text;
      if (value === undefined) refusals.push('C-54');
      else values[name] = value;
    }
    if (table === 'policy') derive(values);
    const isUnique = ['name', 'address'].every(
      (name) => table === 'pre-shared-secret' || this.#isAlone(table, row, name),
    );
    if (!isUnique) refusals.push('C-62');
    if (table === 'pre-shared-secret') {
      const given = [values['address'] !== noAddress, values['ident-string'] !== ''];
      if (given.filter(Boolean).length !== 1) refusals.push('C-63');
    }
    return refusals;
  }

  #canRefer(given: Row): boolean {
    return (['proposal', 'manual-sa'] as const).every((table) => {
      const name = given[table];
      return name === undefined || this.reference(table, name) !== undefined;
    });
  }

  #isAlone(table: ExportedTable, row: ModelRow, name: string): boolean {
    const isProperty = propertyOrder[table].includes(name);
    const same = this.rows[table].filter(
      (other) => other !== row && other.values[name] === row.values[name],
    );
    return !isProperty || same.length === 0;
  }

  #isUsed(table: ExportedTable, row: ModelRow): boolean {
    if (table !== 'proposal' && table !== 'manual-sa') return false;
    return this.rows.policy.some(({ values }) => values[table] === keyOf(row));
  }

  #nameOf(table: 'proposal' | 'manual-sa', reference: string): string {
    const row = this.rows[table].find((candidate) => keyOf(candidate) === reference);
    return row?.values['name'] ?? reference;
  }

  #freeName(): string {
    const names = new Set(this.rows['manual-sa'].map(({ values }) => values['name']));
    let number = 1;
    while (names.has(`sa${number}`)) number += 1;
    return `sa${number}`;
  }
}

const keys = new WeakMap<ModelRow, string>();
let keyCount = 0;

function newRow(values: Record<string, string>): ModelRow {
  const row: ModelRow = { values, id: undefined };
  keyCount += 1;
  keys.set(row, `row ${keyCount}`);
  return row;
}

/** The identity of a row: what references hold, so that they follow a new name. */
function keyOf(row: ModelRow | undefined): string {
  return (row && keys.get(row)) ?? 'none';
}

/** The addresses of the SAs stand for selectors that are not given. */
function derive(values: Record<string, string>): void {
  for (const side of ['src', 'dst']) {
    const own = values[`sa-${side}-address`];
    if (values[`${side}-address`] === unset && own !== noAddress) {
      values[`${side}-address`] = `${own}/32:any`;
    }
  }
}
