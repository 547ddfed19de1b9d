/** The kernel's counts of packets that its policies dropped (Linux, networking/xfrm_proc; spec E-41). */
import { readFileSync } from 'node:fs';

/** Packets since the network namespace exists, everybody's. */
export interface XfrmStatistics {
  /** No SA where a policy requires one, or a policy drops them. */
  readonly outDropped: number;
  /** To be encrypted, and lost on the way: no route to the other end, an expired or worn-out SA. */
  readonly outFailed: number;
  /** By a policy that drops them. */
  readonly inBlocked: number;
  /** In clear where a policy requires an SA, or decrypted by another SA than that. */
  readonly inMismatched: number;
}

const nothing: XfrmStatistics = { outDropped: 0, outFailed: 0, inBlocked: 0, inMismatched: 0 };

const encryptionFailures = [
  ...['XfrmOutError', 'XfrmOutBundleGenError', 'XfrmOutBundleCheckError', 'XfrmOutStateProtoError'],
  ...[
    'XfrmOutStateModeError',
    'XfrmOutStateSeqError',
    'XfrmOutStateExpired',
    'XfrmOutStateInvalid',
  ],
];

/** Zeros where the kernel does not count. */
export function readXfrmStatistics(path = '/proc/net/xfrm_stat'): XfrmStatistics {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return nothing;
  }
  const counts = new Map(text.split('\n').map((line) => line.split(/\s+/) as [string, string]));
  const of = (name: string) => Number(counts.get(name) ?? 0);
  return {
    outDropped: of('XfrmOutNoStates') + of('XfrmOutPolBlock'),
    outFailed: encryptionFailures.reduce((sum, name) => sum + of(name), 0),
    inBlocked: of('XfrmInPolBlock'),
    inMismatched: of('XfrmInTmplMismatch'),
  };
}
