/** What the running system knows beyond the tables: the source of `print stats` and `installed-sa` (A.1, A.2, A.4). */
import type { InstalledSa } from '../dataplane/types.js';

export const phase1States = [
  'spawning',
  'starting',
  'message-1-received',
  'message-1-sent',
  'message-2-received',
  'message-2-sent',
  'message-3-received',
  'message-3-sent',
  'message-4-received',
  'established',
  'expired',
  'no-phase1',
] as const;
export type Ph1State = (typeof phase1States)[number];

/** `commiting` is spelled as the manual's system spells it. */
export const phase2States = [
  'spawning',
  'starting',
  'ready-to-send',
  'getspi-sent',
  'getspi-done',
  'msg1-sent',
  'ready-to-establish',
  'commiting',
  'adding-sa',
  'established',
  'expired',
  'no-phase2',
] as const;
export type Ph2State = (typeof phase2States)[number];

export interface PeerLiveStatus {
  readonly state: Ph1State;
  /** The rest is shown only while phase 1 is established (A.4). */
  readonly side?: 'initiator' | 'responder';
  readonly establishedEpochSeconds?: number;
  readonly phase2Active?: number;
  readonly phase2Total?: number;
}

/** Packets, as R-79 counts them. */
export interface PolicyLiveStatus {
  readonly state: Ph2State;
  readonly inAccepted: number;
  readonly inDropped: number;
  readonly outAccepted: number;
  readonly outDropped: number;
  readonly encrypted: number;
  readonly notEncrypted: number;
  readonly decrypted: number;
  readonly notDecrypted: number;
}

export interface InstalledSaView extends InstalledSa {
  /** The keys come from a quick mode with its own Diffie-Hellman exchange. */
  readonly pfs: boolean;
  /** Made from a manual-sa template. */
  readonly manual: boolean;
}

/** Packets of all policies together. */
export interface Counters {
  readonly outAccept: number;
  readonly outDrop: number;
  readonly outEncrypt: number;
  readonly inAccept: number;
  readonly inDrop: number;
  readonly inDecrypted: number;
  readonly inAcceptIsakmp: number;
  readonly outAcceptIsakmp: number;
  readonly inDropEncryptedExpected: number;
}

export interface LiveStatus {
  /** By id of the peer item; a missing entry means no-phase1. */
  readonly peers: ReadonlyMap<number, PeerLiveStatus>;
  /** By id of the policy item; a missing entry means no-phase2 and zeros. */
  readonly policies: ReadonlyMap<number, PolicyLiveStatus>;
  /** In print order. */
  readonly installedSas: readonly InstalledSaView[];
  readonly counters: Counters;
}
