/** What scenarios import: everything the guest side of the lab offers. */
export type { Capture } from './guest/capture.js';
export type { Daemon, DaemonOptions, LogEntry } from './guest/daemon.js';
export type { KernelPolicy, KernelSa } from './guest/kernel-state.js';
export type { Lab, TwoRouters } from './guest/lab.js';
export { innermostPacket, layersOf } from './guest/layers.js';
export type { Libreswan } from './guest/libreswan.js';
export type { Datagram, Machine } from './guest/machine.js';
export type { CapturedPacket } from './guest/pcap.js';
export type { PeerOptions } from './guest/peer-options.js';
export type { PingOptions, PingResult } from './guest/ping.js';
export { BackgroundProcess, must, type RunResult, run } from './guest/process.js';
export type { Router } from './guest/router.js';
export { type Scenario, scenario } from './guest/scenario.js';
export type { Strongswan, StrongswanOptions } from './guest/strongswan.js';
export { Transfer, type TransferOptions, type TransferResult } from './guest/transfer.js';
export { pause, waitUntil, within } from './guest/wait.js';
export type { Wire } from './guest/wire.js';
