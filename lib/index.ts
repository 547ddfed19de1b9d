/** What the package offers to programs: a client of a running daemon. */
export { type Client, type ConnectOptions, connect, type ExecuteOptions } from './client/client.js';
export { ClientError, type ClientErrorCode } from './client/client-error.js';
export type { DaemonStatus } from './core/control/daemon-status.js';
export { defaultSocketPath, type ExecuteResult } from './core/control/messages.js';
