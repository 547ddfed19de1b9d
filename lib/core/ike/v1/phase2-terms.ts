/** proposal-check: what the peer offers besides algorithms, and what becomes of it. */
import { formatSpan } from '../../config/values/time.js';
import type { DhGroupName } from '../../crypto/algorithms.js';
import type { PeerConfig, ProposalConfig } from '../ike-config.js';
import { defaultLifetimeSeconds } from '../limits.js';

/** What the peer row says about offers. */
export type Checker = Pick<PeerConfig, 'label' | 'proposalCheck'>;

/** The lifetime and PFS group that one transform of the peer carries. */
export interface OfferedTerms {
  readonly lifetimeSeconds: number;
  /** 0 = no limit. */
  readonly lifetimeBytes: number;
  /** None: no PFS, or a group we do not know, which then has its number. */
  readonly group?: DhGroupName;
  readonly groupNumber?: number;
}

export interface AgreedTerms {
  readonly lifetimeSeconds: number;
  /** 0 = no limit. */
  readonly lifetimeBytes: number;
  readonly pfsGroup?: DhGroupName;
  /** Our shorter lifetime was taken, the initiator is to be told (claim). */
  readonly notifyLifetime: boolean;
}

/** A string says why the peer's terms are refused, and which property to change. */
export function checkTerms(
  peer: Checker,
  own: ProposalConfig,
  theirs: OfferedTerms,
): AgreedTerms | string {
  const check = peer.proposalCheck;
  // No limit in seconds cannot be said on the wire; it reads as the default.
  const ownSeconds =
    check === 'exact' ? own.lifetimeSeconds || defaultLifetimeSeconds : own.lifetimeSeconds;
  // Byte limits travel as kilobytes rounded up, so ours is compared in that form.
  const ownBytes = Math.ceil(own.lifetimeBytes / 1024) * 1024;
  const refusal =
    groupRefusal(peer, own, theirs) ??
    limitRefusal(peer, own, 'lifetime', theirs.lifetimeSeconds, ownSeconds) ??
    limitRefusal(peer, own, 'lifebytes', theirs.lifetimeBytes, ownBytes);
  if (refusal !== undefined) return refusal;
  const claim = check === 'claim';
  const seconds = claim
    ? shorter(theirs.lifetimeSeconds, own.lifetimeSeconds)
    : theirs.lifetimeSeconds;
  const bytes = claim ? shorter(theirs.lifetimeBytes, ownBytes) : theirs.lifetimeBytes;
  return {
    lifetimeSeconds: seconds,
    lifetimeBytes: bytes,
    ...(theirs.group === undefined ? {} : { pfsGroup: theirs.group }),
    notifyLifetime: seconds !== theirs.lifetimeSeconds || bytes !== theirs.lifetimeBytes,
  };
}

function groupRefusal(
  { label, proposalCheck: check }: Checker,
  own: ProposalConfig,
  theirs: OfferedTerms,
): string | undefined {
  if (theirs.groupNumber !== undefined && theirs.group === undefined) {
    return `the peer wants perfect forward secrecy with group ${theirs.groupNumber}, which is unknown here`;
  }
  const offered = theirs.group ?? 'none';
  const wanted = own.pfsGroup ?? 'none';
  const refused =
    check === 'exact'
      ? offered !== wanted
      : check !== 'obey' && wanted !== 'none' && offered !== wanted;
  if (!refused) return undefined;
  return `the peer offers pfs-group=${offered}, proposal-check=${check} of ${label} accepts only pfs-group=${wanted} of ${own.label}: set pfs-group=${offered} there, or proposal-check=obey in the peer row`;
}

function limitRefusal(
  { label, proposalCheck: check }: Checker,
  own: ProposalConfig,
  name: 'lifetime' | 'lifebytes',
  theirs: number,
  ours: number,
): string | undefined {
  const exact = check === 'exact';
  const refused = exact ? theirs !== ours : check === 'strict' && longer(theirs, ours);
  if (!refused) return undefined;
  const text = name === 'lifetime' ? formatSpan : String;
  const offered = `${name}=${text(theirs)}`;
  const accepted = `${exact ? 'only' : 'at most'} ${name}=${text(ours)}`;
  return `the peer offers ${offered}, proposal-check=${check} of ${label} accepts ${accepted} of ${own.label}: set ${offered} there, or proposal-check=claim or obey in the peer row`;
}

/** 0 = no limit compares as longer than any number. */
function longer(a: number, b: number): boolean {
  if (b === 0) return false;
  return a === 0 || a > b;
}

function shorter(a: number, b: number): number {
  if (a === 0 || b === 0) return a + b;
  return Math.min(a, b);
}
