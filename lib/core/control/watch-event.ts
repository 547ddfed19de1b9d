/** What a daemon tells those who watch it: changes of the tables, and what becomes of phases and SAs. */
import { lifeEventNames } from '../config/engine-event-names.js';
import type { JsonReader, ReadBy } from './json-reader.js';
import { count, list, object, optional, shape, text, word } from './json-reader.js';

const when = {
  /** Seconds since 1970-01-01 UTC. */
  epochSeconds: count,
};

const readers = {
  /** A row of a table, after the change was saved. */
  table: shape({
    kind: word('table'),
    ...when,
    /** The menu's name, `pre-shared-secret`. */
    menu: text,
    change: word('added', 'changed', 'removed', 'moved'),
    /** `*1A` */
    id: text,
    /** Its position, from 0; of a removed row the one it had. */
    number: count,
    /** The properties and flags that are other than before, after `changed`; of secrets the name alone. */
    changed: optional(list(text)),
    /** The item as it is now, without its secrets; not after `removed`. */
    item: optional(object),
  }),
  /** What became of a phase or an SA. */
  engine: shape({
    kind: word('engine'),
    ...when,
    name: word(...lifeEventNames),
    level: word('debug', 'info', 'warn', 'error'),
    /** One sentence for a person: what happened, the row or cause, and what to do. */
    message: text,
    /** A stable word, such as `no-proposal-chosen`. */
    reason: optional(text),
    /** Of a refused proposal: the properties, by commas, in which the nearest offer was no match. */
    attributes: optional(text),
    /** Weak algorithms that were agreed on, by commas. */
    weak: optional(text),
    policyId: optional(text),
    peerId: optional(text),
    /** Addresses. */
    local: optional(text),
    remote: optional(text),
  }),
  /** So many events were left out, for they were not read in time. */
  lost: shape({ kind: word('lost'), ...when, count }),
} as const;

/** A row was added, changed, removed or moved; `item` is as `print` in JSON shows it, without secrets. */
export type TableEvent = ReadBy<(typeof readers)['table']>;

/** What became of a phase or an SA. `policyId` and `peerId` are ids of rows, as `*1A`. */
export type EngineWatchEvent = ReadBy<(typeof readers)['engine']>;

/** Events were left out because they were not read in time; `count` says how many. */
export type LostEvent = ReadBy<(typeof readers)['lost']>;

export type WatchEvent = TableEvent | EngineWatchEvent | LostEvent;

const readKind = word('table', 'engine', 'lost');

/** Reads a watch event. */
export const readWatchEvent: JsonReader<WatchEvent> = (value, place) => {
  const read = object(value, place);
  if (!read.ok) return read;
  const kind = readKind(read.value['kind'], 'kind');
  return kind.ok ? readers[kind.value](value, place) : kind;
};
