/** Conditions of `find` and `print where` (C-24). */
import type { Result } from '../base/result.js';
import { ok } from '../base/result.js';
import { matchName } from '../config/abbreviation.js';
import type { AnyItem, AnyMenu, View } from '../config/menu.js';
import { writableProperties } from '../config/menu.js';
import type { FormatContext, ParseContext, PropertyType } from '../config/property.js';
import { yesNo } from '../config/values/enumeration.js';
import type { ConsoleError } from './console-error.js';
import {
  ambiguousInput,
  expectedEndOfCommand,
  refused,
  refusedValue,
  syntaxError,
} from './console-error.js';
import { consoleLimits } from './console-limits.js';
import { subjectHint, syntaxHints, valueHint } from './hints.js';
import type { Assignment, Operator, Token, Value } from './tokens.js';

export type Condition = (item: AnyItem) => boolean;

/** What names and values in a condition are read with. */
export interface ConditionContext {
  readonly menu: AnyMenu;
  readonly view: View;
  readonly parse: ParseContext;
  readonly format: FormatContext;
  /** The text a value stands for, brackets carried out. */
  textOf(value: Value): Result<string, ConsoleError>;
  /** Whether a text contains a match of the regular expression; undefined when it is none. */
  matcher(pattern: string): ((text: string) => boolean) | undefined;
}

type Parsed = Result<Condition, ConsoleError>;

/** Something of an item that a condition can ask for. */
interface Subject {
  readonly type: PropertyType<unknown, unknown>;
  of(item: AnyItem): unknown;
  textOf(item: AnyItem): string | undefined;
}

type Ask<T> = (item: AnyItem) => T;

/** However many terms ask the same of an item in turn, it is worked out once. */
function onceForEach<T>(ask: Ask<T>): Ask<T> {
  let last: { readonly item: AnyItem; readonly answer: T } | undefined;
  return (item) => {
    if (last?.item !== item) last = { item, answer: ask(item) };
    return last.answer;
  };
}

/** No tokens at all match every item. */
export function parseCondition(tokens: readonly Token[], context: ConditionContext): Parsed {
  if (tokens.length === 0) return ok(() => true);
  const parser = new ConditionParser(tokens, context);
  const condition = parser.alternatives(0);
  if (!condition.ok) return condition;
  const rest = parser.next();
  return rest === undefined ? condition : syntaxError(rest.offset, syntaxHints.condition);
}

function subjectsOf({ menu, view, format }: ConditionContext): ReadonlyMap<string, Subject> {
  const subjects = new Map<string, Subject>();
  const keep = (name: string, type: Subject['type'], ask: Ask<unknown>) => {
    const of = onceForEach(ask);
    subjects.set(name, { type, of, textOf: onceForEach((item) => type.format(of(item), format)) });
  };
  for (const flag of menu.flags.flat()) {
    keep(flag.word, yesNo, (item) => flag.applies(item, view));
  }
  const { itemName, permanentItem } = menu;
  if (itemName !== undefined && permanentItem !== undefined) {
    // Later versions find the permanent item by `default=yes`.
    keep('default', yesNo, (item) => item[itemName] === permanentItem);
  }
  for (const [name, { type, value }] of Object.entries(menu.statistics ?? {})) {
    keep(name, type, (item) => value(item, view));
  }
  const properties = menu.live === undefined ? writableProperties(menu) : menu.properties;
  for (const [name, { type }] of Object.entries(properties)) {
    keep(name, type, (item) => item[name]);
  }
  return subjects;
}

class ConditionParser {
  readonly #tokens: readonly Token[];
  readonly #context: ConditionContext;
  readonly #subjects: ReadonlyMap<string, Subject>;
  #position = 0;
  #patternsLength = 0;
  #terms = 0;

  constructor(tokens: readonly Token[], context: ConditionContext) {
    this.#tokens = tokens;
    this.#context = context;
    this.#subjects = subjectsOf(context);
  }

  next(): Token | undefined {
    return this.#tokens[this.#position];
  }

  /** One of several: `a || b`, `a or b`. */
  alternatives(depth: number): Parsed {
    const all: Condition[] = [];
    do {
      const next = this.#conjunction(depth);
      if (!next.ok) return next;
      all.push(next.value);
    } while (this.#take('||', 'or'));
    return ok((item) => all.some((condition) => condition(item)));
  }

  /** All of several: `a && b`, `a and b`, or side by side. */
  #conjunction(depth: number): Parsed {
    const all: Condition[] = [];
    do {
      const next = this.#single(depth);
      if (!next.ok) return next;
      all.push(next.value);
    } while (this.#take('&&', 'and') || this.#startsSingle());
    return ok((item) => all.every((condition) => condition(item)));
  }

  #startsSingle(): boolean {
    const token = this.next();
    if (token === undefined) return false;
    if (token.kind === 'sign') return token.sign === '(' || token.sign === '!';
    return !(token.kind === 'text' && token.text === 'or');
  }

  #take(sign: string, word: string): boolean {
    const token = this.next();
    const taken =
      (token?.kind === 'sign' && token.sign === sign) ||
      (token?.kind === 'text' && !token.quoted && token.text === word);
    if (taken) this.#position += 1;
    return taken;
  }

  #single(depth: number): Parsed {
    const token = this.next();
    if (token === undefined) {
      return syntaxError(this.#tokens.at(-1)?.offset ?? 0, syntaxHints.condition);
    }
    if (depth > consoleLimits.conditionDepth) {
      return syntaxError(token.offset, syntaxHints.conditionDepth);
    }
    this.#position += 1;
    if (token.kind === 'assignment') return this.#comparison(token);
    if (token.kind === 'text' && !token.quoted) return this.#bareFlag(token.text, token.offset);
    if (token.kind !== 'sign') return syntaxError(token.offset, syntaxHints.condition);
    if (token.sign === '!') {
      const inner = this.#single(depth + 1);
      if (!inner.ok) return inner;
      const { value } = inner;
      return ok((item) => !value(item));
    }
    if (token.sign !== '(') return syntaxError(token.offset, syntaxHints.condition);
    const inner = this.alternatives(depth + 1);
    if (!inner.ok) return inner;
    if (this.#take(')', ')')) return inner;
    return syntaxError(token.offset, syntaxHints.parenthesisOpen);
  }

  #subject(name: string, offset: number): Result<[string, Subject], ConsoleError> {
    this.#terms += 1;
    if (this.#terms > consoleLimits.conditionTerms) {
      const words = `a condition has at most ${consoleLimits.conditionTerms} comparisons and flags`;
      return refused(`failure: ${words}: ask in several parts`, 'C-63', offset);
    }
    const match = matchName(
      name,
      Array.from(this.#subjects, (entry) => ({ name: entry[0], value: entry })),
    );
    switch (match.kind) {
      case 'found':
        return ok(match.value);
      case 'none':
        return expectedEndOfCommand(offset, subjectHint(name, [...this.#subjects.keys()]));
      case 'ambiguous':
        return ambiguousInput(name, offset, match.names);
    }
  }

  /** `disabled` alone asks for what is yes. */
  #bareFlag(word: string, offset: number): Parsed {
    const subject = this.#subject(word, offset);
    if (!subject.ok) return subject;
    const [, { type, of }] = subject.value;
    if (type.grammar === yesNo.grammar) return ok((item) => of(item) === true);
    return syntaxError(offset, syntaxHints.condition);
  }

  #comparison({ name, operator, value, offset }: Assignment): Parsed {
    const subject = this.#subject(name, offset);
    if (!subject.ok) return subject;
    const [property, { type, textOf }] = subject.value;
    const { format } = this.#context;
    const text = this.#context.textOf(value);
    if (!text.ok) return text;
    if (operator === '~' || operator === '!~') {
      this.#patternsLength += text.value.length;
      if (this.#patternsLength > consoleLimits.patternsLength) return patternsTooLong(offset);
      const matches = this.#context.matcher(text.value);
      if (matches === undefined) {
        return refusedValue({ kind: 'invalid' }, property, offset, syntaxHints.pattern);
      }
      const contains = (item: AnyItem) => matches(textOf(item) ?? '');
      return ok((item) => contains(item) === (operator === '~'));
    }
    const wanted = type.parse(text.value, this.#context.parse);
    if (!wanted.ok) {
      const hint = valueHint(property, type, this.#context.view.config);
      return refusedValue(wanted.error, property, offset, hint);
    }
    const compare = comparison(subject.value[1], wanted.value, format);
    return ok((item) => holds(operator, compare(item)));
  }
}

function patternsTooLong(offset: number) {
  const words = `the regular expressions of one condition have at most ${consoleLimits.patternsLength} characters`;
  return refused(`failure: ${words}`, 'C-63', offset);
}

/** Negative, zero or positive as a value is below, equal to or above the wanted one; NaN = neither. */
function comparison({ type, of, textOf }: Subject, wanted: unknown, context: FormatContext) {
  const canonical = type.format(wanted, context);
  return (item: AnyItem): number => {
    const text = textOf(item);
    if (text === canonical) return 0;
    if (text === undefined || canonical === undefined) return Number.NaN;
    if (type.order === undefined) return text < canonical ? -1 : 1;
    // Different values may be equal in order (10.0.0.0/8 and 10.0.0.0/16): not equal all the same.
    return type.order(of(item)) - type.order(wanted) || Number.NaN;
  };
}

function holds(operator: Exclude<Operator, '~' | '!~'>, order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '>':
      return order > 0;
    case '<=':
      return order <= 0;
    case '>=':
      return order >= 0;
  }
}
