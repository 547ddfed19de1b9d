/** A console session of a running daemon as tests use it: commands that must succeed, and ones that must not. */
import { type Client, connect, type ExecuteOptions } from '../../lib/client/client.js';
import type { ExecuteResult } from '../../lib/core/control/messages.js';

export type Refusal = NonNullable<ExecuteResult['error']>;

export class Session {
  readonly client: Client;

  private constructor(client: Client) {
    this.client = client;
  }

  static async open(socketPath: string): Promise<Session> {
    return new Session(await connect({ socketPath }));
  }

  /** What the commands print; every one of them must be accepted. */
  async run(text: string, options: ExecuteOptions = {}): Promise<string> {
    const { output, error } = await this.client.execute(text, options);
    if (error === undefined) return output;
    throw new Error(`refused: ${error.text} @${error.line}:${error.column}, of: ${text}`);
  }

  /** Why the commands are refused; one of them must be. */
  async refusal(text: string): Promise<Refusal> {
    const { error } = await this.client.execute(text);
    if (error === undefined) throw new Error(`accepted: ${text}`);
    return error;
  }

  /** All tables as text, without the line that says when (C-41). */
  async tables(): Promise<string> {
    return withoutHeader(await this.run('/ip ipsec export'));
  }

  /** The value of one property, as the console gives it. */
  async value(path: string, item: string, property: string): Promise<string> {
    return (await this.run(`:put [${path} get ${item} ${property}]`)).replace(/\n$/, '');
  }

  /** The rows of a table as `print` of its JSON form gives them. */
  async rows(menu: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const document: unknown = JSON.parse(
      await this.run(`/ip ipsec ${menu} print`, { form: 'json' }),
    );
    if (!isRecord(document) || !Array.isArray(document['items'])) {
      throw new Error(`print of ${menu} is no document with items`);
    }
    return document['items'].filter(isRecord);
  }

  close(): void {
    this.client.close();
  }
}

/** Back to what a new daemon holds. */
export const emptyTables = [
  '/ip ipsec policy remove [find]',
  '/ip ipsec peer remove [find]',
  '/ip ipsec pre-shared-secret remove [find]',
  '/ip ipsec manual-sa remove [find]',
  '/ip ipsec proposal remove [find name!=default]',
  '/ip ipsec proposal set default auth-algorithms=sha1 enc-algorithms=3des lifetime=30m' +
    ' lifebytes=0 pfs-group=modp1024 comment="" disabled=no',
].join('\n');

export function withoutHeader(exported: string): string {
  return exported.slice(exported.indexOf('\n') + 1);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
