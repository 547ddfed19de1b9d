/** Phase 2 proposals: offers, choice and proposal-check (RFC 2407 4.4, 4.5; ). */
import { memoize } from '../../base/memoize.js';
import type { EncryptionName, IntegrityName } from '../../crypto/algorithms.js';
import {
  dhGroup,
  dhGroups,
  encryptionAlgorithm,
  encryptionAlgorithms,
  integrityAlgorithm,
  integrityAlgorithms,
} from '../../crypto/algorithms.js';
import type { IpsecMode, IpsecProtocol } from '../../dataplane/types.js';
import type { Attribute, Payload, Proposal, Transform } from '../../wire/message.js';
import { encapsulationMode } from '../../wire/registry/encapsulation-mode.js';
import { lifeType } from '../../wire/registry/life-type.js';
import { phase2Attribute as attribute } from '../../wire/registry/phase2-attribute.js';
import { numberAttribute } from '../../wire/v1/attribute.js';
import type { PolicyConfig, ProposalConfig } from '../ike-config.js';
import { defaultLifetimeSeconds } from '../limits.js';
import { readAttributes, readLifetimes } from './attributes.js';
import { protocolNumber } from './informational.js';
import type { Misfit, Mismatch, Refusal } from './mismatch.js';
import { foreignOffer, misfit, nearestMisfit, refusalOf } from './mismatch.js';
import { saPayload } from './phase1-proposal.js';
import { type AgreedTerms, type Checker, checkTerms, type OfferedTerms } from './phase2-terms.js';

type SaPayload = Extract<Payload, { type: 'SA' }>;

/** One protocol of the agreed pair, with the algorithms and whose SPI. */
export interface AgreedProtocol {
  readonly protocol: IpsecProtocol;
  /** Undefined for AH. */
  readonly encryption?: EncryptionName;
  readonly integrity: IntegrityName;
  /** The other side's inbound SPI. */
  readonly remoteSpi: Uint8Array;
}

/** What both sides agreed on for one pair of SAs. */
export interface Agreement extends AgreedTerms {
  /** Innermost first, as in the policy. */
  readonly protocols: readonly AgreedProtocol[];
}

export interface Phase2Choice {
  readonly agreement: Agreement;
  /** The offer reduced to what was chosen, our SPIs still to be filled in. */
  readonly proposals: readonly Proposal[];
}

/** What a transform may say; anything else would be a promise we do not know how to keep. */
const understood: readonly number[] = [
  attribute['sa-life-type'],
  attribute['sa-life-duration'],
  attribute['group-description'],
  attribute['encapsulation-mode'],
  attribute['authentication-algorithm'],
  attribute['key-length'],
];

/** Strongest first. */
const encryptionOrder: readonly EncryptionName[] = [
  'aes-256',
  'aes-192',
  'aes-128',
  '3des',
  'des',
  'null',
];
const integrityOrder: readonly IntegrityName[] = ['sha1', 'md5', 'null'];

/** What one transform of a protocol stands for, whatever its lifetime. */
interface Algorithms {
  readonly encryption?: EncryptionName;
  readonly integrity: IntegrityName;
}

/**
 * Every combination the proposal row allows, or undefined when it allows none for one of the
 * policy's protocols. `localSpis` in the order of the policy's protocols.
 */
export function phase2Offer(
  policy: PolicyConfig,
  localSpis: readonly Uint8Array[],
): SaPayload | undefined {
  const proposals = policy.protocols.map((protocol, index) => ({
    number: 1,
    protocol: protocolNumber(protocol),
    spi: localSpis[index] ?? new Uint8Array(0),
    transforms: combinations(protocol, policy.proposal).map((algorithms, order) =>
      transformOf(policy, protocol, algorithms, order + 1),
    ),
  }));
  return proposals.some((proposal) => proposal.transforms.length === 0)
    ? undefined
    : saPayload(proposals);
}

/** ESP without cipher and without authentication is never offered nor taken. */
function combinations(protocol: IpsecProtocol, row: ProposalConfig): readonly Algorithms[] {
  return combinationsOf(row)[protocol];
}

const combinationsOf = memoize(
  (row: ProposalConfig): Readonly<Record<IpsecProtocol, readonly Algorithms[]>> => ({
    ah: makeCombinations('ah', row),
    esp: makeCombinations('esp', row),
  }),
);

function makeCombinations(protocol: IpsecProtocol, row: ProposalConfig): Algorithms[] {
  const integrities = integrityOrder.filter((name) => row.integrities.includes(name));
  if (protocol === 'ah') {
    return integrities.filter((name) => name !== 'null').map((integrity) => ({ integrity }));
  }
  return encryptionOrder
    .filter((name) => row.encryptions.includes(name))
    .flatMap((encryption) => integrities.map((integrity) => ({ encryption, integrity })))
    .filter(({ encryption, integrity }) => encryption !== 'null' || integrity !== 'null');
}

function transformOf(
  policy: PolicyConfig,
  protocol: IpsecProtocol,
  { encryption, integrity }: Algorithms,
  number: number,
): Transform {
  const { proposal } = policy;
  const cipher = encryption === undefined ? undefined : encryptionAlgorithm(encryption);
  const authentication = integrityAlgorithm(integrity);
  const attributes: Attribute[] = [];
  if (proposal.lifetimeSeconds > 0) {
    attributes.push(
      { type: attribute['sa-life-type'], value: lifeType.seconds },
      numberAttribute(attribute['sa-life-duration'], proposal.lifetimeSeconds),
    );
  }
  if (proposal.lifetimeBytes > 0) {
    attributes.push(
      { type: attribute['sa-life-type'], value: lifeType.kilobytes },
      numberAttribute(attribute['sa-life-duration'], Math.ceil(proposal.lifetimeBytes / 1024)),
    );
  }
  attributes.push({ type: attribute['encapsulation-mode'], value: encapsulationMode[policy.mode] });
  if (authentication.attribute !== undefined) {
    attributes.push({
      type: attribute['authentication-algorithm'],
      value: authentication.attribute,
    });
  }
  if (cipher?.keyLengthBits !== undefined) {
    attributes.push({ type: attribute['key-length'], value: cipher.keyLengthBits });
  }
  if (proposal.pfsGroup !== undefined) {
    attributes.push({
      type: attribute['group-description'],
      value: dhGroup(proposal.pfsGroup).ikev1,
    });
  }
  const id = protocol === 'ah' ? authentication.ah : cipher?.esp;
  return { number, id: id ?? 0, attributes };
}

/** A transform of the peer, read. */
interface ReadTransform extends OfferedAlgorithms, OfferedTerms {
  readonly mode?: IpsecMode;
}

/** What we do not know is undefined, and has a text all the same. */
interface OfferedAlgorithms {
  readonly encryption?: EncryptionName;
  readonly encryptionText: string;
  readonly integrity?: IntegrityName;
  readonly integrityText: string;
}

export type Phase2Result =
  | ({ readonly kind: 'chosen' } & Phase2Choice)
  | ({ readonly kind: 'none' } & Refusal);

/**
 * The first offered combination we allow ourselves, checked for lifetime and PFS by the peer
 * row's proposal-check. Proposals of one number belong together (RFC 2408 4.2): all of them
 * or none.
 */
export function choosePhase2(policy: PolicyConfig, peer: Checker, offer: SaPayload): Phase2Result {
  const misfits: Misfit[] = [];
  for (const group of groupByNumber(offer.proposals)) {
    const choice = chooseGroup(policy, peer, group);
    if (choice.kind === 'chosen') return choice;
    misfits.push(choice.misfit);
  }
  const nearest = nearestMisfit(misfits);
  if (nearest === undefined) {
    return { kind: 'none', message: 'the peer offers no proposal at all', attributes: [] };
  }
  const transforms = offer.proposals.flatMap((proposal) => proposal.transforms).length;
  const what = transforms > 1 ? `of ${transforms} transforms the nearest does not fit: ` : '';
  return { kind: 'none', ...refusalOf(what, nearest) };
}

type GroupChoice =
  | ({ readonly kind: 'chosen' } & Phase2Choice)
  | { readonly kind: 'none'; readonly misfit: Misfit };

function groupByNumber(proposals: readonly Proposal[]): Proposal[][] {
  const groups = new Map<number, Proposal[]>();
  for (const proposal of proposals) {
    const group = groups.get(proposal.number);
    if (group === undefined) groups.set(proposal.number, [proposal]);
    else group.push(proposal);
  }
  return [...groups.values()];
}

function chooseGroup(policy: PolicyConfig, peer: Checker, group: readonly Proposal[]): GroupChoice {
  if (group.length !== policy.protocols.length) {
    return none('ipsec-protocols', protocolsText(policy, group));
  }
  const agreed: AgreedProtocol[] = [];
  const chosenProposals: Proposal[] = [];
  const misfits: Misfit[] = [];
  let terms: AgreedTerms | undefined;
  for (const protocol of policy.protocols) {
    const proposal = group.find((candidate) => candidate.protocol === protocolNumber(protocol));
    if (proposal === undefined) return none('ipsec-protocols', protocolsText(policy, group));
    if (proposal.spi.length !== 4) {
      const text = `the peer's SPI for ${protocol} has ${proposal.spi.length} bytes instead of 4`;
      return none('spi', text);
    }
    const choice = chooseTransform(policy, protocol, peer, proposal);
    if (choice.kind === 'none') {
      misfits.push(choice.misfit);
      continue;
    }
    terms ??= choice.terms;
    const { encryption, integrity } = choice.read;
    agreed.push({
      protocol,
      ...(encryption === undefined ? {} : { encryption }),
      integrity,
      remoteSpi: proposal.spi,
    });
    chosenProposals.push({ ...proposal, transforms: [choice.transform] });
  }
  if (misfits.length > 0 || terms === undefined) return { kind: 'none', misfit: together(misfits) };
  const agreement = { protocols: agreed, ...terms };
  return { kind: 'chosen', agreement, proposals: chosenProposals };
}

function none(name: string, text: string): Extract<GroupChoice, { kind: 'none' }> {
  return { kind: 'none', misfit: foreignOffer(name, text) };
}

/** Of proposals that belong together. */
function together(misfits: readonly Misfit[]): Misfit {
  return {
    mismatches: misfits.flatMap(({ mismatches }) => mismatches),
    distance: misfits.reduce((sum, { distance }) => sum + distance, 0),
  };
}

function protocolsText({ protocols, label }: PolicyConfig, group: readonly Proposal[]): string {
  const wanted = [...protocols].sort().join(',');
  const names = group.map(
    ({ protocol: number }) =>
      (['ah', 'esp'] as const).find((name) => protocolNumber(name) === number) ??
      `protocol ${number}`,
  );
  const offered = names.sort().join(',');
  const isOurs = names.every((name) => name === 'ah' || name === 'esp');
  const advice =
    isOurs && new Set(names).size === names.length
      ? `set ipsec-protocols=${offered} there, or ${wanted} at the peer`
      : `the peer must be given ${wanted}`;
  return `the peer offers ipsec-protocols=${offered}, ${label} wants ${wanted}: ${advice}`;
}

type TransformChoice =
  | {
      readonly kind: 'chosen';
      readonly transform: Transform;
      readonly read: ReadTransform & Algorithms;
      readonly terms: AgreedTerms;
    }
  | { readonly kind: 'none'; readonly misfit: Misfit };

function chooseTransform(
  policy: PolicyConfig,
  protocol: IpsecProtocol,
  peer: Checker,
  proposal: Proposal,
): TransformChoice {
  const misfits: Misfit[] = [];
  for (const transform of proposal.transforms) {
    const read = readTransform(protocol, transform);
    if (read === undefined) {
      misfits.push(foreignOffer('transform', unreadable));
      continue;
    }
    const terms = checkTerms(peer, policy.proposal, read);
    const mismatches = [
      ...algorithmMismatches(policy.proposal, protocol, read),
      ...modeMismatch(policy, protocol, read),
      ...('notifyLifetime' in terms ? [] : terms),
    ];
    const { integrity } = read;
    if (mismatches.length === 0 && integrity !== undefined && 'notifyLifetime' in terms) {
      return { kind: 'chosen', transform, read: { ...read, integrity }, terms };
    }
    misfits.push(misfit(mismatches));
  }
  const nearest = nearestMisfit(misfits) ?? foreignOffer('transform', nothingOffered(protocol));
  return { kind: 'none', misfit: nearest };
}

const unreadable = 'the peer offers a transform with unknown or contradictory attributes';

function nothingOffered(protocol: IpsecProtocol): string {
  return `the peer offers no transform for ${protocol}`;
}

/** The algorithms the row does not allow, each of which it may list, or none that are not both null. */
function algorithmMismatches(
  row: ProposalConfig,
  protocol: IpsecProtocol,
  read: ReadTransform,
): readonly Mismatch[] {
  const allowed = combinations(protocol, row);
  if (allowed.some((own) => sameAlgorithms(own, read))) return [];
  const kinds: readonly (keyof Algorithms)[] =
    protocol === 'ah' ? ['integrity'] : ['encryption', 'integrity'];
  const differ = kinds.filter((kind) => !allowed.some((own) => own[kind] === read[kind]));
  // Each alone would do, but not the two together: null with null.
  return (differ.length > 0 ? differ : kinds).map((kind) => ({
    attribute: kind === 'encryption' ? 'enc-algorithms' : 'auth-algorithms',
    text: () => algorithmText(row, protocol, kind, read),
  }));
}

function algorithmText(
  row: ProposalConfig,
  protocol: IpsecProtocol,
  kind: keyof Algorithms,
  read: ReadTransform,
): string {
  const [property, offered] =
    kind === 'encryption'
      ? ['enc-algorithms', read.encryptionText]
      : ['auth-algorithms', read.integrityText];
  const allowed = combinations(protocol, row).flatMap((one) => one[kind] ?? []);
  const own = [...new Set(allowed)].join(',') || 'nothing';
  const advice =
    read[kind] === undefined
      ? 'the peer must be given one of those'
      : `add ${offered} there, or give the peer one of those`;
  return `the peer offers ${property}=${offered} for ${protocol}, ${row.label} allows ${own}: ${advice}`;
}

function modeMismatch(
  policy: PolicyConfig,
  protocol: IpsecProtocol,
  { mode }: ReadTransform,
): readonly Mismatch[] {
  if (mode === policy.mode) return [];
  return [{ attribute: 'tunnel', text: () => modeText(policy, protocol, mode) }];
}

function modeText(
  { mode: own, label }: PolicyConfig,
  protocol: IpsecProtocol,
  offered: IpsecMode | undefined,
): string {
  const tunnel = (mode: IpsecMode) => `tunnel=${mode === 'tunnel' ? 'yes' : 'no'}`;
  const advice =
    offered === undefined
      ? 'the peer must be given one of the two modes'
      : `set ${tunnel(offered)} there, or the other mode at the peer`;
  return `the peer offers ${offered ?? 'no known'} mode for ${protocol}, ${label} has ${tunnel(own)}: ${advice}`;
}

function sameAlgorithms(a: Algorithms, b: ReadTransform): boolean {
  return a.encryption === b.encryption && a.integrity === b.integrity;
}

/** Undefined: attributes that contradict each other or stand for nothing we know. */
function readTransform(protocol: IpsecProtocol, transform: Transform): ReadTransform | undefined {
  const values = readAttributes(transform.attributes, [
    attribute['sa-life-type'],
    attribute['sa-life-duration'],
  ]);
  const lifetimes = readLifetimes(
    transform.attributes,
    attribute['sa-life-type'],
    attribute['sa-life-duration'],
  );
  if (values === undefined || lifetimes === undefined) return undefined;
  if ([...values.keys()].some((type) => !understood.includes(type))) return undefined;
  const algorithms = readAlgorithms(protocol, transform.id, values);
  if (algorithms === undefined) return undefined;
  const modeNumber = values.get(attribute['encapsulation-mode']);
  const mode = (['transport', 'tunnel'] as const).find(
    (name) => encapsulationMode[name] === modeNumber,
  );
  const groupNumber = values.get(attribute['group-description']);
  const group = dhGroups.find(
    (row) => row.ikev1 === groupNumber || ('alias' in row && row.alias === groupNumber),
  )?.name;
  return {
    ...algorithms,
    ...(mode === undefined ? {} : { mode }),
    lifetimeSeconds: lifetimes.get(lifeType.seconds) ?? defaultLifetimeSeconds,
    lifetimeBytes: (lifetimes.get(lifeType.kilobytes) ?? 0) * 1024,
    ...(group === undefined ? {} : { group }),
    ...(groupNumber === undefined ? {} : { groupNumber }),
  };
}

/** Undefined where the transform of AH and its attribute name different algorithms. */
function readAlgorithms(
  protocol: IpsecProtocol,
  transformId: number,
  values: ReadonlyMap<number, number>,
): OfferedAlgorithms | undefined {
  const number = values.get(attribute['authentication-algorithm']);
  const keyLength = values.get(attribute['key-length']);
  const row = integrityAlgorithms.find(
    (one) => ('attribute' in one ? one.attribute : undefined) === number,
  );
  const integrity = {
    ...(row === undefined ? {} : { integrity: row.name }),
    integrityText: row?.name ?? `number ${number ?? 'missing'}`,
  };
  if (protocol === 'ah') {
    const matches = row === undefined || ('ah' in row && row.ah === transformId);
    return matches ? { ...integrity, encryptionText: 'none' } : undefined;
  }
  const cipher = encryptionAlgorithms.find(
    (one) =>
      one.esp === transformId &&
      ('keyLengthBits' in one ? one.keyLengthBits : undefined) === keyLength,
  );
  const bits = keyLength === undefined ? '' : ` with keys of ${keyLength} bits`;
  return {
    ...integrity,
    ...(cipher === undefined ? {} : { encryption: cipher.name }),
    encryptionText: cipher?.name ?? `number ${transformId}${bits}`,
  };
}

/**
 * Reads the responder's answer: it must be our own offer reduced to one transform for each protocol, its
 * lifetimes such as proposal-check takes, else what is wrong with it, in words.
 */
export function readPhase2Answer(
  policy: PolicyConfig,
  peer: Checker,
  answer: SaPayload,
): Agreement | string {
  const result = choosePhase2(policy, peer, answer);
  if (result.kind === 'none') return result.message;
  if (
    answer.proposals.length !== policy.protocols.length ||
    answer.proposals.some((proposal) => proposal.transforms.length !== 1)
  ) {
    return 'the peer answers with more than one choice';
  }
  const { agreement } = result;
  if (agreement.pfsGroup !== policy.proposal.pfsGroup) {
    return `the peer answers pfs-group=${agreement.pfsGroup ?? 'none'} to our pfs-group=${policy.proposal.pfsGroup ?? 'none'}`;
  }
  return agreement;
}
