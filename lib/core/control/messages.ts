/**
 * The control socket's language: one JSON object a line, each request answered by one response with
 * its id, in order. Between `subscribe` and `unsubscribe` lines without an id come in between:
 * `{"notify": WATCHEVENT}`.
 */
import type { Result } from '../base/result.js';
import { err } from '../base/result.js';
import type { FieldValues, JsonReader } from './json-reader.js';
import {
  count,
  flag,
  integer,
  isJsonObject,
  list,
  object,
  optional,
  shape,
  text,
  word,
} from './json-reader.js';
import type { WatchEvent } from './watch-event.js';

export type { ExecuteResult } from './results.js';

/** A daemon refuses requests of another version; it grows when an old client could misread an answer. */
export const controlVersion = 2;

/** Where the daemon listens and the tools look when nobody says otherwise. */
export const defaultSocketPath = '/run/ipsecctl/ipsecd.sock';

/** Every bound of the control socket, with its reason. */
export const controlLimits = {
  /** One request line: a command line of hundreds of pages, and little enough to hold per client. */
  requestBytes: 1024 * 1024,
  /** One response line: 100,000 installed SAs printed in full are about 50 MB. */
  responseBytes: 256 * 1024 * 1024,
  /** What a client sends at once of a long script: so much is lost at most when it is interrupted. */
  scriptBytes: 64 * 1024,
  /** Connected clients. */
  clients: 64,
  /**
   * Requests of one connection that wait for their turn. A client that sends more without reading
   * the answers is not read until some are answered: it waits, and nothing is lost.
   */
  waitingRequests: 32,
  /**
   * What may pile up for a client that does not read, before watch events are left out and counted:
   * some thousand of them. Answers are never left out.
   */
  unreadBytes: 1024 * 1024,
  /** The same at the client's end: events that a slow loop over `watch` has not taken yet. */
  watchedEvents: 4096,
  /** Terminal widths that make sense to a printout. */
  columnsMin: 20,
  columnsMax: 1000,
} as const;

const menu = text;
const columns = integer(controlLimits.columnsMin, controlLimits.columnsMax);
const values = object;
const ids = list(text);

/** The fields of every request besides `version`, `id` and `method`: what they are, said once. */
const requestFields = {
  /** Runs command lines in this connection's session; the menu it stands in stays for the next. */
  execute: {
    text,
    columns: optional(columns),
    colour: optional(flag),
    form: optional(word('text', 'json')),
  },
  /** `text`: the line up to the cursor. */
  complete: { text },
  help: { text, colour: optional(flag) },
  status: {},
  ping: {},
  /**
   * The items of a menu as JSON: those that `ids` names, in that order, or all; of these the ones
   * that meet the condition `where` (C-24). Items are named by internal id or by name (C-20), never
   * by number: numbers belong to a console.
   */
  rows: { menu, ids: optional(ids), where: optional(text), statistics: optional(flag) },
  /**
   * What the console's `print` shows of the items that `rows` would give, and as every print does it
   * numbers them for `execute` (C-21).
   */
  print: {
    menu,
    ids: optional(ids),
    where: optional(text),
    statistics: optional(flag),
    layout: optional(word('brief', 'detail', 'terse')),
    columns: optional(columns),
  },
  /** Adds an item of these values (C-10). */
  add: { menu, values, copyFrom: optional(text), placeBefore: optional(text) },
  /** Changes all of the items, or none (C-11). */
  set: { menu, ids, values },
  remove: { menu, ids },
  /** Places items before another, or at the end (C-14). */
  move: { menu, ids, before: optional(text) },
  /** Negotiates for a policy as if a packet had asked for it. */
  initiate: { menu: word('policy'), item: text },
  /** Whether items take effect, and if not why. */
  explain: { menu, ids: optional(ids) },
  /** From now on this connection is told what happens. */
  subscribe: {},
  /** From now on it is not. */
  unsubscribe: {},
} as const;

export type Method = keyof typeof requestFields;

type Fields = { readonly [M in Method]: FieldValues<(typeof requestFields)[M]> };

interface Envelope {
  readonly version: number;
  readonly id: number;
}

/** The fields of a request, by its method. */
export type RequestBody = {
  readonly [M in Method]: { readonly method: M } & Fields[M];
}[Method];

export type ControlRequest = Envelope & RequestBody;

/** Requests about the items of a menu. */
export type TableRequest = Extract<
  RequestBody,
  { readonly method: 'rows' | 'add' | 'set' | 'remove' | 'move' | 'initiate' | 'explain' }
>;

/** What a console session is asked about items. */
export type PrintRequest = Extract<RequestBody, { readonly method: 'print' }>;

/** Why the daemon could not take a request. */
export const controlErrorCodes = ['malformed', 'version', 'too-long', 'busy'] as const;
export type ControlErrorCode = (typeof controlErrorCodes)[number];

export type ControlResponse =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  /** `id` is 0 when the request was not understood far enough to have one. */
  | {
      readonly id: number;
      readonly ok: false;
      readonly error: { readonly code: ControlErrorCode; readonly message: string };
    };

/** A line nobody asked for. */
export interface Notification {
  readonly notify: WatchEvent;
}

/** A request that cannot be taken, with the id to answer it by (0 = it had none). */
export interface RequestError {
  readonly id: number;
  readonly code: 'malformed' | 'version';
  readonly message: string;
}

const methods = Object.keys(requestFields) as readonly Method[];
const readMethod = word(...methods);
const envelope = { version: count, id: count, method: readMethod };

/** What reads the requests of each method; a field they do not have is refused by its name. */
const readers = Object.fromEntries(
  Object.entries(requestFields).map(([method, fields]) => [
    method,
    shape({ ...envelope, ...fields }, { exact: true }),
  ]),
) as unknown as { readonly [M in Method]: JsonReader<ControlRequest> };

export function parseRequest(line: string): Result<ControlRequest, RequestError> {
  const value = parseJson(line);
  if (!isJsonObject(value)) {
    return refuse(0, 'malformed', 'a request is one JSON object on one line');
  }
  const id = count(value['id'], 'id');
  if (!id.ok) return refuse(0, 'malformed', id.error);
  if (value['version'] !== controlVersion) {
    return refuse(
      id.value,
      'version',
      `this daemon speaks version ${controlVersion} of the control protocol; use the tools it came with`,
    );
  }
  const method = readMethod(value['method'], 'method');
  if (!method.ok) return refuse(id.value, 'malformed', method.error);
  const request = readers[method.value](value, '');
  return request.ok ? request : refuse(id.value, 'malformed', request.error);
}

function refuse(id: number, code: RequestError['code'], message: string) {
  return err({ id, code, message });
}

/** The value of a JSON text, or undefined when it is none. */
export function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
