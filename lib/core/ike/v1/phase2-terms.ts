/** proposal-check: what the peer offers besides algorithms, and what becomes of it. */
import { formatSpan } from '../../config/values/time.js';
import type { DhGroupName } from '../../crypto/algorithms.js';
import type { PeerConfig, ProposalConfig } from '../ike-config.js';
import { defaultLifetimeSeconds } from '../limits.js';
import type { Mismatch } from './mismatch.js';

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

/** A list says in what the peer's terms are refused, and which property to change. */
export function checkTerms(
  peer: Checker,
  own: ProposalConfig,
  theirs: OfferedTerms,
): AgreedTerms | readonly Mismatch[] {
  const check = peer.proposalCheck;
  // No limit in seconds is left out of an offer, as ours do, and then reads as the default; or it is 0.
  const isUnlimited =
    own.lifetimeSeconds === 0 && theirs.lifetimeSeconds === defaultLifetimeSeconds;
  // Byte limits travel as kilobytes rounded up, so ours is compared in that form.
  const ownBytes = Math.ceil(own.lifetimeBytes / 1024) * 1024;
  const refusals = [
    groupRefusal(peer, own, theirs),
    isUnlimited
      ? undefined
      : limitRefusal(peer, own, 'lifetime', theirs.lifetimeSeconds, own.lifetimeSeconds),
    limitRefusal(peer, own, 'lifebytes', theirs.lifetimeBytes, ownBytes),
  ].filter((refusal) => refusal !== undefined);
  if (refusals.length > 0) return refusals;
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
): Mismatch | undefined {
  const attribute = 'pfs-group';
  if (theirs.groupNumber !== undefined && theirs.group === undefined) {
    const wanted = `${own.label} has pfs-group=${own.pfsGroup ?? 'none'}`;
    return {
      attribute,
      text: () =>
        `the peer wants perfect forward secrecy with group ${theirs.groupNumber}, which is unknown here, ${wanted}: the peer must be given a group known here`,
    };
  }
  const offered = theirs.group ?? 'none';
  const wanted = own.pfsGroup ?? 'none';
  const refused =
    check === 'exact'
      ? offered !== wanted
      : check !== 'obey' && wanted !== 'none' && offered !== wanted;
  if (!refused) return undefined;
  const text = () =>
    `the peer offers pfs-group=${offered}, proposal-check=${check} of ${label} accepts only pfs-group=${wanted} of ${own.label}: set pfs-group=${offered} there, or proposal-check=obey in the peer row`;
  return { attribute, text };
}

function limitRefusal(
  { label, proposalCheck: check }: Checker,
  own: ProposalConfig,
  name: 'lifetime' | 'lifebytes',
  theirs: number,
  ours: number,
): Mismatch | undefined {
  const exact = check === 'exact';
  const refused = exact ? theirs !== ours : check === 'strict' && longer(theirs, ours);
  if (!refused) return undefined;
  const text = () => {
    const words = name === 'lifetime' ? formatSpan : String;
    const offered = `${name}=${words(theirs)}`;
    const accepted = `${exact ? 'only' : 'at most'} ${name}=${words(ours)}`;
    return `the peer offers ${offered}, proposal-check=${check} of ${label} accepts ${accepted} of ${own.label}: set ${offered} there, or proposal-check=claim or obey in the peer row`;
  };
  return { attribute: name, text };
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
