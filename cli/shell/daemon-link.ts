/** The shell's way to the daemon, which lasts longer than a connection: it is made again after a restart. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, ExecuteOptions } from '../../lib/client/client.js';
import { ClientError } from '../../lib/client/client-error.js';
import type { Result } from '../../lib/core/base/result.js';
import { err, ok } from '../../lib/core/base/result.js';
import type { Completion } from '../../lib/core/console/complete.js';
import type { ExecuteResult } from '../../lib/core/control/messages.js';

/** What the shell asks of a connection. */
export type Session = Pick<Client, 'execute' | 'complete' | 'help' | 'closed' | 'close'>;

export interface DaemonLinkOptions {
  /** Opens another connection to the same daemon's socket. */
  connect(): Promise<Session>;
  /** Tells the user something that no command of theirs is the cause of. */
  notice(text: string): void;
}

/** The answer, or what to tell the user instead. */
export type Answer<T> = Result<T, string>;

const notices = {
  lost: 'the connection to ipsecd is lost: it is made again when ipsecd is back',
  restarted: 'ipsecd was restarted: the numbers of the last print are forgotten',
  interrupted:
    'the connection to ipsecd was lost before it answered: see what the command did before you repeat it',
  byNumber: 'the command was not sent: print first, for it may name items by their numbers',
};

/** After a loss: so soon, and so often, is a connection tried without being asked for. */
const pauseMs = 250;
const attempts = 40;

/** A word of digits, or a list of them: `remove 0,2`, `set numbers=3`. */
const mayNameNumbers = /(?:^|[\s=])\d+(?:,\d+)*(?=[\s;\]]|$)/;

export class DaemonLink {
  readonly #options: DaemonLinkOptions;
  /** Undefined while there is no connection. */
  #session: Session | undefined;
  /** The attempt to make one that is under way. */
  #attempt: Promise<Session> | undefined;
  /** What that attempt waits for. */
  #candidate: Session | undefined;
  #path: readonly string[] = [];
  #asked = 0;
  #isEnded = false;

  constructor(session: Session, options: DaemonLinkOptions) {
    this.#options = options;
    this.#use(session);
  }

  /** The menu the session stands in, in a new connection too. */
  get path(): readonly string[] {
    return this.#path;
  }

  async execute(text: string, options: ExecuteOptions): Promise<Answer<ExecuteResult>> {
    const wasAway = this.#session === undefined;
    return this.#ask(notices.interrupted, 'the command was not sent', async (session) => {
      // Who typed it saw the numbers of a session that is over.
      if (wasAway && mayNameNumbers.test(text)) return err(notices.byNumber);
      const result = await session.execute(text, options);
      this.#path = result.path;
      return ok(result);
    });
  }

  complete(line: string): Promise<Answer<Completion>> {
    return this.#ask(notices.lost, 'nothing can be completed', async (session) =>
      ok(await session.complete(line)),
    );
  }

  help(line: string, options: { readonly colour: boolean }): Promise<Answer<string>> {
    return this.#ask(notices.lost, 'there is no help', async (session) =>
      ok(await session.help(line, options)),
    );
  }

  /** Ends the connection for good: what waits for an answer rejects. */
  close(): void {
    this.#isEnded = true;
    this.#session?.close();
    this.#candidate?.close();
  }

  /** `whenLost`, `whenAway`: what to say when there is no answer, or nobody to ask. */
  async #ask<T>(
    whenLost: string,
    whenAway: string,
    request: (session: Session) => Promise<Answer<T>>,
  ): Promise<Answer<T>> {
    this.#asked += 1;
    let session = this.#session;
    try {
      session ??= await this.#connect();
      return await request(session);
    } catch (error) {
      if (this.#isEnded || !(error instanceof ClientError)) throw error;
      if (session === undefined) return err(`${whenAway}: ${error.message}`);
      if (error.code !== 'ERR_IPSEC_CONNECTION_LOST') throw error;
      this.#lose(session);
      return err(whenLost);
    } finally {
      this.#asked -= 1;
    }
  }

  #use(session: Session): void {
    this.#session = session;
    session.closed.then(() => {
      // Whoever waits for an answer says it in its own words.
      if (this.#session !== session || this.#isEnded || this.#asked > 0) return;
      this.#options.notice(notices.lost);
      this.#lose(session);
    });
  }

  #lose(session: Session): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    this.#keepTrying();
  }

  async #keepTrying(): Promise<void> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      await delay(pauseMs, undefined, { ref: false });
      if (this.#session !== undefined || this.#isEnded) return;
      try {
        await this.#connect();
        return;
      } catch {
        // The next command tries again, and says why it cannot be sent.
      }
    }
  }

  /** One attempt, however many ask for it. */
  #connect(): Promise<Session> {
    this.#attempt ??= this.#newSession().finally(() => {
      this.#attempt = undefined;
      this.#candidate = undefined;
    });
    return this.#attempt;
  }

  async #newSession(): Promise<Session> {
    const session = await this.#options.connect();
    this.#candidate = session;
    if (this.#path.length > 0) {
      const { path } = await session.execute(`/${this.#path.join(' ')}`);
      this.#path = path;
    }
    this.#use(session);
    this.#options.notice(notices.restarted);
    return session;
  }
}
