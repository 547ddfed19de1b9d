/** Phase 1 proposals: what we offer, what we accept, and in words why not (RFC 2409 5, appendix A; ). */
import {
  dhGroup,
  dhGroups,
  encryptionAlgorithm,
  encryptionAlgorithms,
  hashAlgorithm,
  hashAlgorithms,
} from '../../crypto/algorithms.js';
import type { Payload, Proposal, Transform } from '../../wire/message.js';
import { authenticationMethod } from '../../wire/registry/authentication-method.js';
import { doi } from '../../wire/registry/doi.js';
import { lifeType } from '../../wire/registry/life-type.js';
import { phase1Attribute as attribute } from '../../wire/registry/phase1-attribute.js';
import { protocolId } from '../../wire/registry/protocol-id.js';
import { situation } from '../../wire/registry/situation.js';
import { numberAttribute } from '../../wire/v1/attribute.js';
import type { PeerConfig } from '../ike-config.js';
import { ikeTimes } from '../limits.js';
import { readAttributes } from './attributes.js';

/** ISAKMP transform KEY_IKE (RFC 2407 4.4.2). */
const keyIke = 1;

/** What a transform may say; a prf or a private group is nothing we could honour. */
const understood: readonly number[] = [
  attribute['encryption-algorithm'],
  attribute['hash-algorithm'],
  attribute['authentication-method'],
  attribute['group-description'],
  attribute['life-type'],
  attribute['life-duration'],
  attribute['key-length'],
];

/** A lifetime in seconds and one in kilobytes may stand side by side. */
const repeatable = [attribute['life-type'], attribute['life-duration']];

type SaPayload = Extract<Payload, { type: 'SA' }>;

/** The one transform a peer row stands for. */
export function phase1Offer(peer: PeerConfig): SaPayload {
  const cipher = encryptionAlgorithm(peer.encryption);
  const transform: Transform = {
    number: 1,
    id: keyIke,
    attributes: [
      { type: attribute['life-type'], value: lifeType.seconds },
      numberAttribute(attribute['life-duration'], ikeTimes.phase1LifetimeMs / 1000),
      { type: attribute['encryption-algorithm'], value: cipher.ikev1 ?? 0 },
      ...(cipher.keyLengthBits === undefined
        ? []
        : [{ type: attribute['key-length'], value: cipher.keyLengthBits }]),
      { type: attribute['authentication-method'], value: authenticationMethod['pre-shared-key'] },
      { type: attribute['hash-algorithm'], value: hashAlgorithm(peer.hash).ikev1 },
      { type: attribute['group-description'], value: dhGroup(peer.group).ikev1 },
    ],
  };
  return saPayload([
    { number: 1, protocol: protocolId.ISAKMP, spi: new Uint8Array(0), transforms: [transform] },
  ]);
}

export type Phase1Choice =
  | { readonly kind: 'chosen'; readonly answer: SaPayload }
  /** `offered`: every transform of the peer in words. */
  | { readonly kind: 'none'; readonly offered: string };

/**
 * The first transform the peer row allows: cipher with key length, hash, group and pre-shared key must
 * be exactly the row's; lifetimes are not compared. The answer repeats it unchanged.
 */
export function choosePhase1(peer: PeerConfig, offer: SaPayload): Phase1Choice {
  for (const proposal of offer.proposals) {
    if (proposal.protocol !== protocolId.ISAKMP) continue;
    const transform = proposal.transforms.find((candidate) => allows(peer, candidate));
    if (transform !== undefined) {
      return { kind: 'chosen', answer: saPayload([{ ...proposal, transforms: [transform] }]) };
    }
  }
  return { kind: 'none', offered: describeOffer(offer) };
}

/** Whether the responder answered with what we offered; if not, what it sent instead, in words. */
export function checkPhase1Answer(peer: PeerConfig, answer: SaPayload): string | undefined {
  const [proposal, ...more] = answer.proposals;
  const transform = proposal?.transforms[0];
  if (
    more.length > 0 ||
    proposal?.protocol !== protocolId.ISAKMP ||
    proposal.transforms.length !== 1 ||
    transform === undefined
  ) {
    return 'an answer that is not one single transform';
  }
  return allows(peer, transform) ? undefined : describeTransform(transform);
}

/** What the row wants, in the words of `describeOffer`. */
export function describePeer(peer: PeerConfig): string {
  return `${peer.encryption}/${peer.hash}/${peer.group}/pre-shared-key`;
}

function allows(peer: PeerConfig, transform: Transform): boolean {
  const values = readAttributes(transform.attributes, repeatable);
  if (values === undefined || transform.id !== keyIke) return false;
  if ([...values.keys()].some((type) => !understood.includes(type))) return false;
  const cipher = encryptionAlgorithm(peer.encryption);
  const group = dhGroup(peer.group);
  const offeredGroup = values.get(attribute['group-description']);
  return (
    values.get(attribute['encryption-algorithm']) === cipher.ikev1 &&
    // A key length where the cipher has none is as wrong as a missing one (hostile #7).
    values.get(attribute['key-length']) === cipher.keyLengthBits &&
    values.get(attribute['hash-algorithm']) === hashAlgorithm(peer.hash).ikev1 &&
    values.get(attribute['authentication-method']) === authenticationMethod['pre-shared-key'] &&
    (offeredGroup === group.ikev1 || (group.alias !== undefined && offeredGroup === group.alias))
  );
}

/** Every transform as `cipher/hash/group/authentication`, bounded. */
function describeOffer(offer: SaPayload): string {
  const all = offer.proposals.flatMap((proposal) => proposal.transforms.map(describeTransform));
  const distinct = [...new Set(all)];
  const shown = distinct.slice(0, 6).join(', ');
  return distinct.length > 6 ? `${shown} and ${distinct.length - 6} more` : shown || 'nothing';
}

function describeTransform(transform: Transform): string {
  const values = readAttributes(transform.attributes, repeatable);
  if (values === undefined) return 'a transform with contradictory attributes';
  const number = (type: number) => values.get(type);
  const cipher = encryptionAlgorithms.find(
    (row) =>
      'ikev1' in row &&
      row.ikev1 === number(attribute['encryption-algorithm']) &&
      ('keyLengthBits' in row ? row.keyLengthBits : undefined) === number(attribute['key-length']),
  );
  const hash = hashAlgorithms.find((row) => row.ikev1 === number(attribute['hash-algorithm']));
  const group = dhGroups.find((row) => row.ikev1 === number(attribute['group-description']));
  const authentication =
    number(attribute['authentication-method']) === authenticationMethod['pre-shared-key']
      ? 'pre-shared-key'
      : `authentication ${number(attribute['authentication-method']) ?? 'missing'}`;
  return [
    cipher?.name ?? `cipher ${number(attribute['encryption-algorithm']) ?? 'missing'}`,
    hash?.name ?? `hash ${number(attribute['hash-algorithm']) ?? 'missing'}`,
    group?.name ?? `group ${number(attribute['group-description']) ?? 'missing'}`,
    authentication,
  ].join('/');
}

export function saPayload(proposals: readonly Proposal[]): SaPayload {
  return { type: 'SA', doi: doi.IPSEC, situation: situation.IDENTITY_ONLY, proposals };
}
