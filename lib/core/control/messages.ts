/**
 * The control socket's language: one JSON object a line, each request answered by one response with
 * its id, in order. Both ends read what arrives through the `parse` functions here.
 */
import type { Result } from '../base/result.js';
import { err, ok } from '../base/result.js';
import type { ExecuteResult as ConsoleResult } from '../console/console-host.js';

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
  /** What a client sends at once of a long script, so that the daemon serves its peers in between. */
  scriptBytes: 4 * 1024,
  /** Connected clients. */
  clients: 64,
  /** Terminal widths that make sense to a printout. */
  columnsMin: 20,
  columnsMax: 1000,
} as const;

export type ControlRequest =
  /** Runs command lines in this connection's session; the menu it stands in stays for the next. */
  | {
      readonly version: number;
      readonly id: number;
      readonly method: 'execute';
      readonly text: string;
      readonly columns?: number;
      readonly colour?: boolean;
      readonly form?: 'text' | 'json';
    }
  /** `text`: the line up to the cursor. */
  | {
      readonly version: number;
      readonly id: number;
      readonly method: 'complete';
      readonly text: string;
    }
  | {
      readonly version: number;
      readonly id: number;
      readonly method: 'help';
      readonly text: string;
      readonly colour?: boolean;
    }
  | { readonly version: number; readonly id: number; readonly method: 'status' }
  | { readonly version: number; readonly id: number; readonly method: 'ping' };

/** What a command line answered. A refused command is an answer, not a failure of the protocol. */
export interface ExecuteResult extends ConsoleResult {
  /** The words of the menu the session stands in afterwards; empty at the root. */
  readonly path: readonly string[];
}

export interface PingResult {
  readonly pid: number;
}

/** Why the daemon could not take a request. */
export type ControlErrorCode = 'malformed' | 'version' | 'too-long' | 'busy';

export type ControlResponse =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  /** `id` is 0 when the request was not understood far enough to have one. */
  | {
      readonly id: number;
      readonly ok: false;
      readonly error: { readonly code: ControlErrorCode; readonly message: string };
    };

/** A request that cannot be taken, with the id to answer it by (0 = it had none). */
export interface RequestError {
  readonly id: number;
  readonly code: 'malformed' | 'version';
  readonly message: string;
}

export function parseRequest(line: string): Result<ControlRequest, RequestError> {
  const value = parseObject(line);
  if (value === undefined)
    return refuse(0, 'malformed', 'a request is one JSON object on one line');
  const { id, version, method, text, columns, colour, form } = value;
  if (!isCount(id)) return refuse(0, 'malformed', 'id: a whole number from 0 is needed');
  if (version !== controlVersion) {
    return refuse(
      id,
      'version',
      `this daemon speaks version ${controlVersion} of the control protocol; use the tools it came with`,
    );
  }
  switch (method) {
    case 'ping':
    case 'status':
      return ok({ version, id, method });
    case 'execute':
      if (typeof text !== 'string') return refuse(id, 'malformed', 'text: a string is needed');
      if (columns !== undefined && !isColumns(columns)) {
        const { columnsMin, columnsMax } = controlLimits;
        return refuse(id, 'malformed', `columns: a number from ${columnsMin} to ${columnsMax}`);
      }
      if (colour !== undefined && typeof colour !== 'boolean') {
        return refuse(id, 'malformed', 'colour: true or false');
      }
      if (form !== undefined && form !== 'text' && form !== 'json') {
        return refuse(id, 'malformed', 'form: text or json');
      }
      return ok({
        ...{ version, id, method, text },
        ...(columns !== undefined && { columns }),
        ...(colour !== undefined && { colour }),
        ...(form !== undefined && { form }),
      });
    case 'complete':
    case 'help':
      if (typeof text !== 'string') return refuse(id, 'malformed', 'text: a string is needed');
      if (method === 'complete') return ok({ version, id, method, text });
      if (colour !== undefined && typeof colour !== 'boolean') {
        return refuse(id, 'malformed', 'colour: true or false');
      }
      return ok({ version, id, method, text, ...(colour !== undefined && { colour }) });
    default:
      return refuse(id, 'malformed', 'method: execute, complete, help, status or ping');
  }
}

/** Reads a response line; undefined when it is not one. */
export function parseResponse(line: string): ControlResponse | undefined {
  const value = parseObject(line);
  if (value === undefined || !isCount(value['id'])) return undefined;
  const id = value['id'];
  if (value['ok'] === true) return { id, ok: true, result: value['result'] };
  const error = value['error'];
  if (value['ok'] !== false || !isObject(error)) return undefined;
  const { code, message } = error;
  if (!isErrorCode(code) || typeof message !== 'string') return undefined;
  return { id, ok: false, error: { code, message } };
}

/** Reads the result of `execute`; undefined when it is not one. */
export function parseExecuteResult(value: unknown): ExecuteResult | undefined {
  if (!isObject(value) || typeof value['output'] !== 'string') return undefined;
  if (!isTextList(value['path'])) return undefined;
  const error = value['error'];
  if (error !== undefined) {
    if (!isObject(error) || !isCount(error['line']) || !isCount(error['column'])) return undefined;
    if (typeof error['text'] !== 'string' || typeof error['rule'] !== 'string') return undefined;
  }
  return value as unknown as ExecuteResult;
}

/** Reads the result of `ping`; undefined when it is not one. */
export function parsePingResult(value: unknown): PingResult | undefined {
  return isObject(value) && isCount(value['pid']) ? { pid: value['pid'] } : undefined;
}

function refuse(id: number, code: RequestError['code'], message: string) {
  return err({ id, code, message });
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((element) => typeof element === 'string');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isColumns(value: unknown): value is number {
  return isCount(value) && value >= controlLimits.columnsMin && value <= controlLimits.columnsMax;
}

const errorCodes: readonly unknown[] = ['malformed', 'version', 'too-long', 'busy'];

function isErrorCode(value: unknown): value is ControlErrorCode {
  return errorCodes.includes(value);
}
