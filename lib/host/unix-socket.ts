/** Unix sockets that must have one holder: how they are bound, and whether somebody holds one. */
import { createConnection, type Server } from 'node:net';

/** `sun_path` of unix(7) has 108 bytes, the last one zero. Node cuts longer paths without a word. */
const pathBytesMax = 107;

/** The longest first line an answer may have, in characters. */
const answerMax = 1024 * 1024;
const answerTimeoutMs = 1_000;

export type Holder =
  /** Nobody listens: the file is a leftover, or it is gone. */
  | { readonly kind: 'dead' }
  /** `answer`: the first line it sent, empty when it was too busy for that. */
  | { readonly kind: 'alive'; readonly answer: string }
  /** It could not be asked, so it must be taken for alive; the errno name says why. */
  | { readonly kind: 'unknown'; readonly code: string };

export function socketPathProblem(path: string): string | undefined {
  const length = Buffer.byteLength(path);
  if (length <= pathBytesMax) return undefined;
  return `the socket path ${path} has ${length} bytes, and a unix socket's path may have ${pathBytesMax}`;
}

/** Rejects with the error of bind(2), such as EADDRINUSE. */
export function listenOn(server: Server, path: string, mode: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // bind(2) happens inside `listen`, so the mask is in force for it and for nothing else.
    const mask = process.umask(0o777 & ~mode);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
    process.umask(mask);
  });
}

/** Connects to the path, sends the request if there is one, and waits a second for a line. */
export function askHolder(path: string, request = ''): Promise<Holder> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    let answer = '';
    socket.setTimeout(answerTimeoutMs, () => socket.destroy());
    let isConnected = false;
    socket.on('connect', () => {
      isConnected = true;
      if (request !== '') socket.write(request);
    });
    socket.setEncoding('utf8');
    socket.on('data', (text) => {
      answer += text;
      if (answer.includes('\n') || answer.length > answerMax) socket.destroy();
    });
    // Only these two say that nobody listens. No permission (EACCES) or a full queue (EAGAIN) do not.
    socket.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
      if (isConnected) return;
      const isDead = code === 'ECONNREFUSED' || code === 'ENOENT';
      resolve(isDead ? { kind: 'dead' } : { kind: 'unknown', code });
    });
    socket.on('close', () => resolve({ kind: 'alive', answer: answer.split('\n')[0] ?? '' }));
  });
}
