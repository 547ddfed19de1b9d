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
interface ReadTransform extends Algorithms, OfferedTerms {
  readonly mode?: IpsecMode;
}

export type Phase2Result =
  | ({ readonly kind: 'chosen' } & Phase2Choice)
  /** Why not, attribute by attribute, in words. */
  | { readonly kind: 'none'; readonly why: string };

/**
 * The first offered combination we allow ourselves, checked for lifetime and PFS by the peer
 * row's proposal-check. Proposals of one number belong together (RFC 2408 4.2): all of them
 * or none.
 */
export function choosePhase2(policy: PolicyConfig, peer: Checker, offer: SaPayload): Phase2Result {
  const reasons = new Set<string>();
  for (const group of groupByNumber(offer.proposals)) {
    const choice = chooseGroup(policy, peer, group, reasons);
    if (choice !== undefined) return { kind: 'chosen', ...choice };
  }
  const why = [...reasons].slice(0, 4).join('; ');
  return { kind: 'none', why: why === '' ? 'the peer offers no proposal at all' : why };
}

function groupByNumber(proposals: readonly Proposal[]): Proposal[][] {
  const groups = new Map<number, Proposal[]>();
  for (const proposal of proposals) {
    const group = groups.get(proposal.number);
    if (group === undefined) groups.set(proposal.number, [proposal]);
    else group.push(proposal);
  }
  return [...groups.values()];
}

function chooseGroup(
  policy: PolicyConfig,
  peer: Checker,
  group: readonly Proposal[],
  reasons: Set<string>,
): Phase2Choice | undefined {
  if (group.length !== policy.protocols.length) {
    reasons.add(
      `the peer offers ${group.length} protocols together, the policy wants ${policy.protocols.join(',')}`,
    );
    return undefined;
  }
  const agreed: AgreedProtocol[] = [];
  const chosenProposals: Proposal[] = [];
  let terms: AgreedTerms | undefined;
  for (const protocol of policy.protocols) {
    const proposal = group.find((candidate) => candidate.protocol === protocolNumber(protocol));
    if (proposal === undefined) {
      reasons.add(`the peer does not offer ${protocol}, which the policy wants`);
      return undefined;
    }
    if (proposal.spi.length !== 4) {
      reasons.add(`the peer's SPI for ${protocol} has ${proposal.spi.length} bytes instead of 4`);
      return undefined;
    }
    const choice = chooseTransform(policy, protocol, peer, proposal, reasons);
    if (choice === undefined) return undefined;
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
  if (terms === undefined) return undefined;
  return { agreement: { protocols: agreed, ...terms }, proposals: chosenProposals };
}

function chooseTransform(
  policy: PolicyConfig,
  protocol: IpsecProtocol,
  peer: Checker,
  proposal: Proposal,
  reasons: Set<string>,
) {
  const allowed = combinations(protocol, policy.proposal);
  for (const transform of proposal.transforms) {
    const read = readTransform(protocol, transform);
    if (read === undefined) {
      reasons.add('the peer offers a transform with unknown or contradictory attributes');
      continue;
    }
    if (!allowed.some((own) => sameAlgorithms(own, read))) {
      const own = allowed.map(describeAlgorithms).join(' or ') || 'nothing';
      reasons.add(
        `the peer offers ${protocol} ${describeAlgorithms(read)}, ${policy.proposal.label} allows ${own}`,
      );
      continue;
    }
    if (read.mode !== policy.mode) {
      reasons.add(
        `the peer offers ${read.mode ?? 'no known'} mode, the policy has tunnel=${policy.mode === 'tunnel' ? 'yes' : 'no'}`,
      );
      continue;
    }
    const terms = checkTerms(peer, policy.proposal, read);
    if (typeof terms === 'string') {
      reasons.add(terms);
      continue;
    }
    return { transform, read, terms };
  }
  return undefined;
}

function sameAlgorithms(a: Algorithms, b: Algorithms): boolean {
  return a.encryption === b.encryption && a.integrity === b.integrity;
}

function describeAlgorithms({ encryption, integrity }: Algorithms): string {
  return encryption === undefined ? integrity : `${encryption}-${integrity}`;
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

function readAlgorithms(
  protocol: IpsecProtocol,
  transformId: number,
  values: ReadonlyMap<number, number>,
): Algorithms | undefined {
  const attributeValue = values.get(attribute['authentication-algorithm']);
  const integrity = integrityAlgorithms.find(
    (row) => ('attribute' in row ? row.attribute : undefined) === attributeValue,
  );
  if (integrity === undefined) return undefined;
  if (protocol === 'ah') {
    const matches = 'ah' in integrity && integrity.ah === transformId;
    return matches ? { integrity: integrity.name } : undefined;
  }
  const encryption = encryptionAlgorithms.find(
    (row) =>
      row.esp === transformId &&
      ('keyLengthBits' in row ? row.keyLengthBits : undefined) ===
        values.get(attribute['key-length']),
  );
  return encryption && { encryption: encryption.name, integrity: integrity.name };
}

/**
 * Reads the responder's answer: it must be our own offer reduced to one transform for each protocol
 * else what is wrong with it, in words.
 */
export function readPhase2Answer(policy: PolicyConfig, answer: SaPayload): Agreement | string {
  const result = choosePhase2(policy, { label: '', proposalCheck: 'obey' }, answer);
  if (result.kind === 'none') return result.why;
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
