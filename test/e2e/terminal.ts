/** `ipsecctl` with a terminal of its own on all three descriptors, given by script(1). */
import { execFile } from 'node:child_process';
import { compiled, type Ended } from './daemon-process.js';

export interface TerminalOptions {
  readonly socketPath: string;
  /** The words of one command; none starts the shell. */
  readonly words?: readonly string[];
  /** What is typed at the shell; it should end the shell. */
  readonly typed?: string;
  readonly columns?: number;
}

/** Standard output is what the terminal shows, with what moves the cursor, in lines that end with CR LF. */
export function onTerminal({
  socketPath,
  words = [],
  typed,
  columns = 80,
}: TerminalOptions): Promise<Ended> {
  const ipsecctl = [process.execPath, compiled('cli/ipsecctl.js'), '--socket', socketPath];
  const command = [...ipsecctl, ...words].map((word) => `'${word}'`).join(' ');
  const sized = `stty cols ${columns} rows 1000; exec ${command}`;
  // The flags of the test runner are not those of the product.
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const env = { ...inherited, TERM: 'xterm', NO_COLOR: '1', SHELL: '/bin/sh' };
  return new Promise((resolve) => {
    const child = execFile('script', ['-qec', sized, '/dev/null'], { env }, (_error, out, err) =>
      resolve({ code: child.exitCode, signal: child.signalCode, stdout: out, stderr: err }),
    );
    if (typed === undefined) child.stdin?.end();
    else child.stdin?.write(typed);
  });
}
