/** Binds stream servers to paths with the file mode they are to have from the first instant. */
import type { Server } from 'node:net';

/** `sun_path` of unix(7) has 108 bytes, the last one zero. Node cuts longer paths without a word. */
const pathBytesMax = 107;

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
