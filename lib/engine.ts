/** `ipsecctl/engine`: the IKE engine for hosts of their own. It has no clock, socket or randomness. */
export { type Instant, instant } from './core/base/instant.js';
export { Secret } from './core/base/secret.js';
export type { CryptoJob, CryptoProvider, CryptoResult } from './core/crypto/provider.js';
export { MemoryDataPlane } from './core/dataplane/memory/memory-data-plane.js';
export type {
  DataPlane,
  DataPlaneEvent,
  DataPlaneOperation,
  DataPlaneResult,
} from './core/dataplane/types.js';
export { drive, type Effect, type EngineEvent, type IkeEngine } from './core/ike/effect.js';
export { Engine, type EngineOptions } from './core/ike/engine.js';
export type { IkeConfig, PeerConfig, PolicyConfig, SecretConfig } from './core/ike/ike-config.js';
export type { Command, Datagram, Input } from './core/ike/input.js';
export type { EngineStatus } from './core/ike/status.js';
export { computeJob, createCryptoProvider, startJob } from './host/crypto.js';
