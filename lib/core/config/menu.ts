/** A menu declared once: parser, defaults, checks, print and help read it and nothing else (spec A, B). */
import type { Result } from '../base/result.js';
import type { Config } from './config.js';
import type { LaterArgument, LaterDefault, LaterItem } from './later-arguments.js';
import type { LiveStatus } from './live-status.js';
import type {
  JsonInput,
  JsonRow,
  Properties,
  Property,
  PropertyType,
  Row,
  ValueError,
} from './property.js';
import { property } from './property.js';
import { yesNo } from './values/enumeration.js';
import { string } from './values/text.js';

/** The hidden properties of every writable table. */
export const commonProperties = {
  disabled: property(yesNo, 'Keeps the item in the table without effect.', {
    default: false,
    hidden: true,
  }),
  comment: property(string, 'A remark, shown above the item.', { default: '', hidden: true }),
} as const satisfies Properties;

/** One item: its values under their RouterOS names, and its internal id. */
export type Item<P extends Properties> = Row<P> &
  Row<typeof commonProperties> & {
    /** Given once and never to another item of any table; written `*H` in upper-case hexadecimal. */
    readonly id: number;
  };

/** An item of a menu known only at run time. */
export type AnyRow = Readonly<Record<string, unknown>>;
export type AnyItem = Item<Properties>;

/** What flags and statistics are computed from. */
export interface View {
  readonly config: Config;
  readonly status: LiveStatus;
}

export interface Flag<I> {
  readonly letter: string;
  readonly word: string;
  applies(item: I, view: View): boolean;
  /** Why it applies, for `explain`: every rule, and which row and property to change. */
  reasons?(item: I, view: View): readonly { readonly rule: string; readonly text: string }[];
  /** The hidden property that says the same, which programs see instead. */
  readonly shows?: string;
}

/** A read-only value computed from the running system. */
export interface Statistic<I, T = unknown> {
  readonly type: PropertyType<T, unknown>;
  readonly help: string;
  /** As with properties. */
  readonly approximate?: true;
  value(item: I, view: View): T;
}

/** An argument that stands for other properties and is never printed (B-20, 5). */
export interface LegacyArgument<P extends Properties> {
  readonly help: string;
  readonly grammar: string;
  parse(text: string): Result<Partial<Row<P>>, ValueError>;
}

export interface Judgement<I> {
  readonly property: string;
  /** Why its value is weak, in words that do not tell the value; undefined where it is not. */
  why(item: I): string | undefined;
}

export interface Menu<P extends Properties = Properties, I = Item<P>> {
  /** The path word, `policy`. */
  readonly name: string;
  readonly help: string;
  /** In print order. */
  readonly properties: P;
  /** One group per column; of a group the first flag that applies is shown (B-03). */
  readonly flags: readonly (readonly Flag<I>[])[];
  /** `sheet`: one record, a value a line (B-11). */
  readonly printForm: 'detail' | 'brief' | 'sheet';
  /** Columns of the table form. A column in `whenUsed` appears only if some printed item fills it. */
  readonly brief: readonly (keyof P & string)[];
  readonly whenUsed?: readonly (keyof P & string)[];
  readonly statistics?: Readonly<Record<string, Statistic<I>>>;
  /** The properties printed before the statistics; absent = all (B-12). */
  readonly statisticsAfter?: readonly (keyof P & string)[];
  /** Position is meaningful: the table has `move`. */
  readonly ordered?: true;
  /** The unique property whose value may stand for an item in commands (C-20). */
  readonly itemName?: keyof P & string;
  /** The name of an item that always exists: not removed, not renamed. */
  readonly permanentItem?: string;
  readonly legacyArguments?: Readonly<Record<string, LegacyArgument<P>>>;
  /** What later versions write besides, or mean by leaving something out (C-46). */
  readonly laterArguments?: Readonly<Record<string, LaterArgument<Row<P>>>>;
  readonly laterDefaults?: { readonly [K in keyof P]?: LaterDefault<Row<P>[K]> };
  readonly laterItem?: LaterItem;
  /** Words of theirs that mean here what the reader should know, by property and word. */
  readonly laterWords?: {
    readonly [K in keyof P]?: Readonly<Record<string, string>>;
  };
  /** Fills values in from others after `add` and `set`. */
  complete?(row: I): I;
  /** Why the table refuses such an item, or undefined (C-63). */
  refusal?(row: I): string | undefined;
  /** What is worth knowing of an item that is enabled and valid, for `explain`: one sentence each. */
  remarks?(item: I, view: View): readonly string[];
  /** The algorithms of the item that are rightly none: what it does not use is not weak. */
  mayBeNull?(item: I, view: View): readonly (keyof P & string)[];
  /** Properties whose values may be weak in one item and not in another. */
  readonly judgements?: readonly Judgement<I>[];
  /** Items of a read-only menu, made from the running system; `key` tells the same item again later. */
  live?(status: LiveStatus): readonly { readonly key: string; readonly row: Row<P> }[];
}

/** Checks a menu against its properties while keeping their exact types. */
export function defineMenu<const P extends Properties>(menu: Menu<P>): Menu<P> {
  return menu;
}

export type AnyMenu = Menu<Properties, AnyItem>;

/** Every property that `add` and `set` accept, the hidden ones last as in an export (C-41). */
export function writableProperties(menu: AnyMenu): Properties {
  return { ...menu.properties, ...commonProperties };
}

/** The property of that name; a menu is only ever asked for what it declares. */
export function propertyOf(menu: AnyMenu, name: string): Property<unknown> | undefined {
  const properties = writableProperties(menu);
  return Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** Flag X, the same in every writable table. */
export const disabledFlag: Flag<{ readonly disabled: boolean }> = {
  letter: 'X',
  word: 'disabled',
  shows: 'disabled',
  applies: (item) => item.disabled,
};

/** Properties and statistics alike. */
type Typed = Readonly<Record<string, { readonly type: PropertyType<unknown, unknown> }>>;

export type NoStatistics = Readonly<Record<never, never>>;

/** What programs see of a menu's items; for its type alone. */
export interface MenuShape<
  P extends Properties,
  S extends Typed = NoStatistics,
  F extends { readonly word: string } = never,
> {
  /** What `print` shows of an item. */
  readonly item: JsonRow<typeof commonProperties> &
    JsonRow<P> & { readonly [W in F['word']]: boolean };
  /** What an item has besides when statistics are asked for. */
  readonly statistics: JsonRow<S>;
  /** What `add` takes. */
  readonly input: JsonInput<P & typeof commonProperties>;
}

/** The same for a menu that shows the running system. */
export interface LiveMenuShape<P extends Properties> {
  readonly item: JsonRow<P>;
  readonly statistics: NoStatistics;
  readonly input: never;
}
