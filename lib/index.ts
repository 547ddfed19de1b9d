/** What the package offers to programs: a client of a running daemon. */
export {
  type Client,
  type ConnectOptions,
  connect,
  type ExecuteOptions,
  type WatchOptions,
} from './client/client.js';
export { ClientError, type ClientErrorCode } from './client/client-error.js';
export type { ReadyOptions } from './client/ready.js';
export type { StopSignal } from './client/stop-signal.js';
export type {
  AddOptions,
  CountersMenu,
  Items,
  Menu,
  PolicyAddOptions,
  PolicyTable,
  PrintOptions,
  Table,
  TableOf,
  Where,
  WithStatistics,
} from './client/tables.js';
export type { EventsByName } from './client/watch.js';
export type {
  CountersItem,
  InstalledSaItem,
  JsonItem,
  JsonItemInput,
  JsonItemWithStatistics,
  ManualSaInput,
  ManualSaItem,
  MenuName,
  PeerInput,
  PeerItem,
  PeerStatistics,
  PolicyInput,
  PolicyItem,
  PolicyStatistics,
  PreSharedSecretInput,
  PreSharedSecretItem,
  ProposalInput,
  ProposalItem,
} from './core/config/menu-shapes.js';
export type { DaemonStatus } from './core/control/daemon-status.js';
export { defaultSocketPath, type ExecuteResult } from './core/control/messages.js';
export type { Explanation } from './core/control/results.js';
export type {
  EngineWatchEvent,
  LostEvent,
  TableEvent,
  WatchEvent,
} from './core/control/watch-event.js';
