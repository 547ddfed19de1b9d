import { describe, expect, test } from '@jest/globals';
import { DaemonLink, type Session } from '../../../../cli/shell/daemon-link.js';
import { ClientError } from '../../../../lib/client/client-error.js';

const options = { columns: 80 };

/** A connection that notes what it is asked, enters menus, and can be lost. */
class FakeSession implements Session {
  readonly asked: string[] = [];
  /** Answers nothing any more. */
  isSilent = false;
  #path: readonly string[] = [];
  #isLost = false;
  readonly #ends: (() => void)[] = [];
  readonly #rejects: ((error: Error) => void)[] = [];
  readonly closed = new Promise<void>((resolve) => {
    this.#ends.push(resolve);
  });

  execute(text: string) {
    this.asked.push(text);
    if (text.startsWith('/')) this.#path = text.slice(1).split(' ');
    return this.#answer({ output: `did ${text}`, path: this.#path });
  }

  complete(line: string) {
    return this.#answer({ from: line.length, candidates: [] });
  }

  help() {
    return this.#answer('help');
  }

  /** What was asked and not answered rejects, as with a daemon that was killed. */
  lose(): void {
    this.#isLost = true;
    for (const reject of this.#rejects) reject(lost());
    for (const end of this.#ends) end();
  }

  close(): void {
    this.lose();
  }

  #answer<T>(value: T): Promise<T> {
    if (this.#isLost) return Promise.reject(lost());
    if (!this.isSilent) return Promise.resolve(value);
    return new Promise((_, reject) => this.#rejects.push(reject));
  }
}

function lost(): ClientError {
  return new ClientError('ERR_IPSEC_CONNECTION_LOST', 'closed');
}

/** A link whose further connections are the given ones; none left is a daemon that is not there. */
function newLink(...further: FakeSession[]) {
  const first = new FakeSession();
  const told: string[] = [];
  const link = new DaemonLink(first, {
    connect: async () => {
      const next = further.shift();
      if (next === undefined)
        throw new ClientError('ERR_IPSEC_NO_DAEMON', 'no ipsecd answers at X');
      return next;
    },
    notice: (text) => told.push(text),
  });
  return { first, link, told };
}

const lostText = 'the connection to ipsecd is lost: it is made again when ipsecd is back';
const restartedText = 'ipsecd was restarted: the numbers of the last print are forgotten';

describe('the link to a daemon that is restarted', () => {
  test('says once that it is lost, and goes on in the same menu', async () => {
    const second = new FakeSession();
    const { first, link, told } = newLink(second);
    await link.execute('/ip ipsec peer', options);
    first.lose();
    await first.closed;
    expect(told).toEqual([lostText]);
    expect(link.path).toEqual(['ip', 'ipsec', 'peer']);
    expect(await link.execute('print', options)).toMatchObject({
      ok: true,
      value: { output: 'did print' },
    });
    expect(told).toEqual([lostText, restartedText]);
    expect(second.asked).toEqual(['/ip ipsec peer', 'print']);
  });

  test('does not repeat the command that was under way', async () => {
    const second = new FakeSession();
    const { first, link, told } = newLink(second);
    first.isSilent = true;
    const answer = link.execute('add address=10.0.0.1', options);
    first.lose();
    expect(await answer).toEqual({
      ok: false,
      error: expect.stringContaining('see what the command did before you repeat it'),
    });
    expect(told).toEqual([]);
    expect(await link.execute('print', options)).toMatchObject({ ok: true });
    expect(second.asked).toEqual(['print']);
  });

  test('says of each command that it was not sent while nobody answers', async () => {
    const { first, link } = newLink();
    first.lose();
    await first.closed;
    const away = { ok: false, error: 'the command was not sent: no ipsecd answers at X' };
    expect(await link.execute('print', options)).toEqual(away);
    expect(await link.execute('remove 0', options)).toEqual(away);
    expect(await link.help('', { colour: false })).toMatchObject({ ok: false });
    expect(await link.complete('pri')).toMatchObject({ ok: false });
    expect(first.asked).toEqual([]);
  });

  test.each(['remove 0', 'set numbers=0,2 comment=x', '/ip ipsec peer remove 1;print'])(
    'C-21 sends no command that means the numbers of a print before the restart: %s',
    async (command) => {
      const second = new FakeSession();
      const { first, link } = newLink(second);
      first.lose();
      await first.closed;
      expect(await link.execute(command, options)).toEqual({
        ok: false,
        error: expect.stringMatching(/^the command was not sent: print first/),
      });
      expect(second.asked).toEqual([]);
      expect(await link.execute(command, options)).toMatchObject({ ok: true });
    },
  );

  test('ends for good when the user leaves: what waits is told so by an error', async () => {
    const { first, link, told } = newLink(new FakeSession());
    first.isSilent = true;
    const answer = link.execute('print', options);
    link.close();
    await expect(answer).rejects.toMatchObject({ code: 'ERR_IPSEC_CONNECTION_LOST' });
    expect(told).toEqual([]);
  });
});
