/** The answer of `explain`: which policy decides, what becomes of the packet, and what to change. */
import type { Flow } from '../base/flow.js';
import type { IpsecMode, IpsecProtocol } from '../dataplane/types.js';
import type { PacketLength } from './facts.js';

/** A row that comes before the one that decides, or would. */
export interface PassedOver {
  readonly number: number;
  readonly id: number;
  /** Why it does not decide, a sentence each. */
  readonly reasons: readonly string[];
}

export type Decider =
  | { readonly kind: 'row'; readonly number: number; readonly id: number; readonly text: string }
  /** Nothing matches: packets pass. */
  | { readonly kind: 'none' }
  /** IKE's own packets pass. */
  | { readonly kind: 'isakmp' }
  /** A policy that another program has installed. */
  | { readonly kind: 'foreign'; readonly text: string };

/** One SA a packet passes; the innermost comes first. */
export interface Transform {
  readonly protocol: IpsecProtocol;
  readonly mode: IpsecMode;
  readonly source: string;
  readonly destination: string;
  readonly spi: number;
  /** Cipher and integrity, as installed-sa names them. */
  readonly algorithms: string;
  /** The row whose SA it is, if it is one of ours. */
  readonly number?: number;
}

export type Fate = 'encrypted' | 'clear' | 'dropped';

export interface Cause {
  /** One sentence: what is so, and what to change. */
  readonly text: string;
  /** The menu and number of the row to change, where it is a row. */
  readonly row?: { readonly menu: string; readonly number: number };
}

export interface Verdict {
  readonly flow: Flow;
  readonly passedOver: readonly PassedOver[];
  readonly decider: Decider;
  /** Of a packet that leaves; of one that arrives: what it must be to pass. */
  readonly fate: Fate;
  /** What it passes, or would if it were not too long. */
  readonly transforms: readonly Transform[];
  readonly causes: readonly Cause[];
}

export interface OutboundVerdict extends Verdict {
  /** As it was asked about. */
  readonly length?: PacketLength;
  /** Bytes of the largest packet that leaves in one piece, where the way out is known. */
  readonly mtu?: number;
  /** It leaves in several pieces; absent: it does not leave, or its length or the way out is not known. */
  readonly isFragmented?: boolean;
}

export interface InboundVerdict extends Verdict {
  /** What becomes of the packet when it arrives in clear. */
  readonly inClear: 'passes' | 'dropped';
  /** It is for this router, and not to be forwarded. */
  readonly isLocal: boolean;
}

export interface Explanation {
  readonly out: OutboundVerdict;
  /** Of the packet that answers. */
  readonly in: InboundVerdict;
}
