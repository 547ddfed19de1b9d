/** Phase 1 proposals: what we offer, what we accept, and in words why not (RFC 2409 5, appendix A; ). */
import { peerMenu } from '../../config/menus/peer.js';
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
import type { Misfit, Mismatch, Refusal } from './mismatch.js';
import { foreignOffer, misfit, nearestMisfit, refusalOf, remedy } from './mismatch.js';

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
  | ({ readonly kind: 'none' } & Refusal);

/**
 * The first transform the peer row allows: cipher with key length, hash, group and pre-shared key must
 * be exactly the row's; lifetimes are not compared. The answer repeats it unchanged.
 */
export function choosePhase1(peer: PeerConfig, offer: SaPayload): Phase1Choice {
  for (const proposal of offer.proposals) {
    if (proposal.protocol !== protocolId.ISAKMP) continue;
    const transform = proposal.transforms.find((candidate) => !misfitOf(peer, candidate));
    if (transform !== undefined) {
      return { kind: 'chosen', answer: saPayload([{ ...proposal, transforms: [transform] }]) };
    }
  }
  return { kind: 'none', ...refusal(peer, offer) };
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
  return misfitOf(peer, transform) === undefined ? undefined : describeTransform(transform);
}

/** What the row wants, in the words of `describeTransform`. */
export function describePeer(peer: PeerConfig): string {
  return `${peer.encryption}/${peer.hash}/${peer.group}/pre-shared-key`;
}

/** An offer, and the attributes in which it is not what the row wants. */
interface TransformMisfit extends Misfit {
  readonly transform: Transform;
}

/** Undefined where the row allows the transform. */
function misfitOf(peer: PeerConfig, transform: Transform): TransformMisfit | undefined {
  const values = readAttributes(transform.attributes, repeatable);
  if (values === undefined || transform.id !== keyIke) return unreadable(transform);
  if ([...values.keys()].some((type) => !understood.includes(type))) return unreadable(transform);
  const cipher = encryptionAlgorithm(peer.encryption);
  const group = dhGroup(peer.group);
  const offeredGroup = values.get(attribute['group-description']);
  const isCipher =
    values.get(attribute['encryption-algorithm']) === cipher.ikev1 &&
    // A key length where the cipher has none is as wrong as a missing one (hostile #7).
    values.get(attribute['key-length']) === cipher.keyLengthBits;
  const isHash = values.get(attribute['hash-algorithm']) === hashAlgorithm(peer.hash).ikev1;
  const isGroup =
    offeredGroup === group.ikev1 || (group.alias !== undefined && offeredGroup === group.alias);
  const isSecret =
    values.get(attribute['authentication-method']) === authenticationMethod[preSharedKey];
  if (isCipher && isHash && isGroup && isSecret) return undefined;
  const offered = readWords(values);
  const mismatches = [
    ...(isCipher ? [] : [mismatch('enc-algorithm', offered.cipher)]),
    ...(isHash ? [] : [mismatch('hash-algorithm', offered.hash)]),
    ...(isGroup ? [] : [mismatch('dh-group', offered.group)]),
    ...(isSecret ? [] : [notOurMethod]),
  ];
  return { ...misfit(mismatches), transform };
}

const notOurMethod: Mismatch = {
  attribute: 'authentication-method',
  text: () => 'the peer must be told to authenticate with a pre-shared key',
};

function mismatch(
  property: 'enc-algorithm' | 'hash-algorithm' | 'dh-group',
  offered: string,
): Mismatch {
  const { words } = peerMenu.properties[property].type;
  return { attribute: property, text: () => remedy(property, offered, words) };
}

function unreadable(transform: Transform): TransformMisfit {
  const text = 'have the peer offer ciphers, hashes and groups as named here, and nothing besides';
  return { ...foreignOffer('transform', text), transform };
}

/** What the nearest offer is, and in what it differs from the row. */
function refusal(peer: PeerConfig, offer: SaPayload): Refusal {
  const misfits = offer.proposals.flatMap(({ protocol, transforms }) =>
    protocol === protocolId.ISAKMP
      ? transforms.flatMap((transform) => misfitOf(peer, transform) ?? [])
      : [],
  );
  const nearest = nearestMisfit(misfits);
  if (nearest === undefined) {
    return { message: 'no common proposal: the peer offers nothing for IKE', attributes: [] };
  }
  const what =
    misfits.length === 1 ? 'the peer offers' : `the nearest of ${misfits.length} offers is`;
  const attributes = nearest.mismatches.map(({ attribute: name }) => name).join(', ');
  return refusalOf(
    `no common proposal: ${what} ${describeTransform(nearest.transform)}, ${peer.label} wants ${describePeer(peer)}, which differs in ${attributes}: `,
    nearest,
  );
}

function describeTransform(transform: Transform): string {
  const values = readAttributes(transform.attributes, repeatable);
  if (values === undefined) return 'a transform with contradictory attributes';
  const strange = [...values.keys()].filter((type) => !understood.includes(type));
  const { cipher, hash, group, authentication } = readWords(values);
  const more = strange.map((type) => `/attribute ${type}`).join('');
  return `${cipher}/${hash}/${group}/${authentication}${more}`;
}

const preSharedKey = 'pre-shared-key';

/** The attributes in the words of the peer menu, or as numbers where it has none. */
function readWords(values: ReadonlyMap<number, number>) {
  const number = (type: number) => values.get(type);
  const keyLength = number(attribute['key-length']);
  const cipher = encryptionAlgorithms.find(
    (row) =>
      'ikev1' in row &&
      row.ikev1 === number(attribute['encryption-algorithm']) &&
      ('keyLengthBits' in row ? row.keyLengthBits : undefined) === keyLength,
  );
  const hash = hashAlgorithms.find((row) => row.ikev1 === number(attribute['hash-algorithm']));
  const groupNumber = number(attribute['group-description']);
  const group = dhGroups.find(
    (row) => row.ikev1 === groupNumber || ('alias' in row && row.alias === groupNumber),
  );
  const method = number(attribute['authentication-method']);
  const bits = keyLength === undefined ? '' : ` with a key of ${keyLength} bits`;
  return {
    cipher:
      cipher?.name ?? `cipher ${number(attribute['encryption-algorithm']) ?? 'missing'}${bits}`,
    hash: hash?.name ?? `hash ${number(attribute['hash-algorithm']) ?? 'missing'}`,
    group: group?.name ?? `group ${groupNumber ?? 'missing'}`,
    authentication:
      method === authenticationMethod[preSharedKey]
        ? preSharedKey
        : `authentication ${method ?? 'missing'}`,
  };
}

export function saPayload(proposals: readonly Proposal[]): SaPayload {
  return { type: 'SA', doi: doi.IPSEC, situation: situation.IDENTITY_ONLY, proposals };
}
