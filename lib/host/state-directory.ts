/** The directory of everything the daemon keeps: made, and refused where others could tamper with it. */
import { statSync } from 'node:fs';
import { IpsecError } from './errors.js';
import { makeDirectory } from './make-directory.js';

export const defaultStateDirectory = '/var/lib/ipsecctl';

/** Write permission of group and others. */
const writableByOthers = 0o022;

/**
 * Makes the directory, for its owner alone, if it is not there. Throws an `IpsecError` when it cannot
 * be made, or when somebody but this user and root could put files into it.
 */
export function makeStateDirectory(directory: string): void {
  let problem: string | undefined;
  try {
    makeDirectory(directory, 0o700);
    problem = tamperingProblem(directory);
  } catch (cause) {
    throw stateDirectoryError(directory, cause);
  }
  if (problem !== undefined) throw new IpsecError('ERR_IPSEC_STATE', problem);
}

export function stateDirectoryError(directory: string, cause: unknown): IpsecError {
  const words = cause instanceof Error ? cause.message : String(cause);
  return new IpsecError(
    'ERR_IPSEC_STATE',
    `cannot write in the state directory ${directory} (${words}): run as root, or name a directory of this user with --state-dir`,
    cause,
  );
}

/** Whoever can put files there decides about policies and reads secrets. */
function tamperingProblem(directory: string): string | undefined {
  const { uid, mode } = statSync(directory);
  if (uid !== 0 && uid !== process.geteuid?.()) {
    return `the state directory ${directory} belongs to user ${uid}, who could change the configuration: give it to the user ipsecd runs as with chown, or name another one with --state-dir`;
  }
  if ((mode & writableByOthers) !== 0) {
    const octal = (mode & 0o7777).toString(8);
    return `the state directory ${directory} can be written by other users (mode ${octal}): run "chmod go-w ${directory}" after a look at what is in it, or name another one with --state-dir`;
  }
  return undefined;
}
