/** What the daemon answers, as its clients read it: strictly, for anything may listen at a path. */
import { err, ok } from '../base/result.js';
import type { Candidate, Completion } from '../console/complete.js';
import type { ExecuteResult as ConsoleResult, ExecuteError } from '../console/console-host.js';
import type { DaemonStatus } from './daemon-status.js';
import type { JsonObject, JsonReader, ReadBy } from './json-reader.js';
import {
  count,
  flag,
  isJsonObject,
  list,
  object,
  optional,
  record,
  shape,
  text,
  word,
} from './json-reader.js';
import type { ControlResponse, Method, Notification } from './messages.js';
import { controlErrorCodes, parseJson } from './messages.js';
import { readWatchEvent } from './watch-event.js';

/** What a command line answered. A refused command is an answer, not a failure of the protocol. */
export interface ExecuteResult extends ConsoleResult {
  /** The words of the menu the session stands in afterwards; empty at the root. */
  readonly path: readonly string[];
}

/** Said or left out. */
const yes: JsonReader<true> = (value, place) => (value === true ? ok(true) : err(`${place}: true`));

/** Every name of that interface: one that is added there is not lost here. */
type Every<T> = Record<keyof T, unknown>;

const executeError = shape({
  text,
  rule: text,
  line: count,
  column: count,
  file: optional(text),
  hint: optional(text),
} satisfies Every<ExecuteError>);

const execute: JsonReader<ExecuteResult> = shape({
  output: text,
  path: list(text),
  error: optional(executeError),
  intervalSeconds: optional(count),
  withoutPaging: optional(yes),
  edit: optional(shape({ path: list(text), id: text, property: text, value: text })),
} satisfies Every<ExecuteResult>);

const completion = shape({
  from: count,
  candidates: list(
    shape({
      text,
      kind: word('menu', 'command', 'property', 'keyword', 'value', 'item'),
      help: text,
    } satisfies Every<Candidate>),
  ),
} satisfies Every<Completion>);

const status: JsonReader<DaemonStatus> = shape({
  pid: count,
  uptimeSeconds: count,
  dataPlane: shape({ name: text, esp: flag, ah: flag }),
  port: count,
  listening: list(text),
  peers: record(text),
  policies: record(text),
  installedSas: count,
  refusedPolicies: list(text),
  events: record(count),
} satisfies Every<DaemonStatus>);

const reason = shape({ rule: text, text });

const explanation = shape({
  /** `*1A` */
  id: text,
  /** Position in the table. */
  number: count,
  disabled: flag,
  valid: flag,
  reasons: list(reason),
  /** What is to be said of a valid item: why it gets no keys, what is easily guessed. */
  remarks: list(shape({ text })),
});

/** Whether an item takes effect, and if not by which rule, and what to change. */
export type Explanation = ReadBy<typeof explanation>;

const refusal = shape({ rule: text, text, property: optional(text), hint: optional(text) });

/**
 * Why a table refuses a request: the rule, the console's words, the property at fault, and for a person
 * what could stand there.
 */
export type TableRefusal = ReadBy<typeof refusal>;

/** Which values an item has is the menu's matter; every item has these. */
type Item = JsonObject & { readonly id: string; readonly number: number };
const listed = shape({ id: text, number: count });
const item: JsonReader<Item> = (value, place) => {
  const values = object(value, place);
  if (!values.ok) return values;
  const head = listed(value, place);
  return head.ok ? ok({ ...values.value, ...head.value }) : head;
};
const nothing = shape({});

/** What reads the result of each method. */
const results = {
  execute,
  complete: completion,
  help: shape({ output: text }),
  status,
  ping: shape({ pid: count }),
  rows: shape({ items: list(item) }),
  print: shape({ output: text }),
  add: shape({ id: text }),
  set: nothing,
  remove: nothing,
  move: nothing,
  initiate: nothing,
  explain: shape({ items: list(explanation) }),
  subscribe: nothing,
  unsubscribe: nothing,
} as const satisfies Readonly<Record<Method, JsonReader<unknown>>>;

/** The result of each method. Those about tables may be a refusal instead. */
export type Results = { readonly [M in Method]: ReadBy<(typeof results)[M]> };

/** Reads the result of a method; undefined when it is not one. */
export function parseResult<M extends Method>(method: M, value: unknown): Results[M] | undefined {
  const read = results[method] as JsonReader<Results[M]>;
  const result = read(value, '');
  return result.ok ? result.value : undefined;
}

/** Reads the refusal that a request about a table may be answered with. */
export function parseRefusal(value: unknown): TableRefusal | undefined {
  if (!isJsonObject(value) || value['refusal'] === undefined) return undefined;
  const read = refusal(value['refusal'], 'refusal');
  return read.ok ? read.value : undefined;
}

const readError = shape({ code: word(...controlErrorCodes), message: text });

/** Reads a line of the daemon; undefined when it is none. */
export function parseDaemonLine(line: string): ControlResponse | Notification | undefined {
  const value = parseJson(line);
  if (!isJsonObject(value)) return undefined;
  if (value['notify'] !== undefined) {
    const event = readWatchEvent(value['notify'], 'notify');
    return event.ok ? { notify: event.value } : undefined;
  }
  const id = count(value['id'], 'id');
  if (!id.ok) return undefined;
  if (value['ok'] === true) return { id: id.value, ok: true, result: value['result'] };
  if (value['ok'] !== false) return undefined;
  const error = readError(value['error'], 'error');
  return error.ok ? { id: id.value, ok: false, error: error.value } : undefined;
}
