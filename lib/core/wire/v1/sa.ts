/** Security association payload with its proposals and transforms (RFC 2408 3.4-3.6, RFC 2407 4.6.1). */
import { assert } from '../../base/assert.js';
import { limits } from '../../base/limits.js';
import type { EncodeOptions } from '../encode-options.js';
import type { Reader } from '../reader.js';
import { doi as dois } from '../registry/doi.js';
import { payloadType } from '../registry/payload-type.js';
import { situation as situations } from '../registry/situation.js';
import type { Writer } from '../writer.js';
import { type Attribute, decodeAttributes, encodeAttributes } from './attribute.js';
import { type Reserved, readLink, writeLink } from './generic-header.js';

// SA         +---------------------------------------------------------------+
//            |                  domain of interpretation                     |
//            +---------------------------------------------------------------+
//            |                          situation                            |
//            +---------------------------------------------------------------+
//            | proposals ...
// proposal   +---------------+---------------+---------------+---------------+
//            |  proposal #   |   protocol    |   SPI size    | # transforms  |
//            +---------------+---------------+---------------+---------------+
//            | SPI ...       | transforms ...
// transform  +---------------+---------------+-------------------------------+
//            |  transform #  | transform id  |           reserved            |
//            +---------------+---------------+-------------------------------+
//            | attributes ...

export interface SaPayload extends Reserved {
  readonly type: 'SA';
  readonly doi: number;
  /** Bits of RFC 2407 4.2. */
  readonly situation: number;
  /**
   * What follows the situation, undecoded, where the DOI is not IPSEC or the situation is not
   * IDENTITY_ONLY: its layout is another one and nobody here can answer it. `proposals` is empty then.
   */
  readonly situationRest?: Uint8Array;
  readonly proposals: readonly Proposal[];
}

/** Proposals with the same number belong together (logical and). */
export interface Proposal extends Reserved {
  readonly number: number;
  readonly protocol: number;
  /** 0..255 bytes: four for ESP and AH, usually none for ISAKMP. */
  readonly spi: Uint8Array;
  /** At least one, the most preferred first. */
  readonly transforms: readonly Transform[];
}

export interface Transform extends Reserved {
  readonly number: number;
  readonly id: number;
  readonly attributes: readonly Attribute[];
  /** The two reserved bytes after the id, present only where received ones were not zero. */
  readonly reserved2?: number;
}

export function decodeSa(reader: Reader): SaPayload {
  const doi = reader.u32();
  const situation = reader.u32();
  if (!hasProposals(doi, situation)) {
    return { type: 'SA', doi, situation, situationRest: reader.rest(), proposals: [] };
  }
  return { type: 'SA', doi, situation, proposals: decodeProposals(reader) };
}

function hasProposals(doi: number, situation: number): boolean {
  return doi === dois.IPSEC && situation === situations.IDENTITY_ONLY;
}

function decodeProposals(reader: Reader): readonly Proposal[] {
  const proposals: Proposal[] = [];
  for (let more = true; more && !reader.failed; ) {
    if (proposals.length === limits.proposalsPerSa) {
      reader.fail(`SA: more than ${limits.proposalsPerSa} proposals`, 'limited');
      break;
    }
    const { link, next } = readLink(reader, payloadType.P);
    const proposal = decodeProposal(link.body);
    proposals.push(link.reserved === 0 ? proposal : { ...proposal, reserved: link.reserved });
    more = hasSuccessor(reader, next, payloadType.P);
  }
  return proposals;
}

function decodeProposal(reader: Reader): Proposal {
  const number = reader.u8();
  const protocol = reader.u8();
  const spiBytes = reader.u8();
  const transformCount = reader.u8();
  const spi = reader.bytes(spiBytes);
  const transforms: Transform[] = [];
  for (let more = true; more && !reader.failed; ) {
    const { link, next } = readLink(reader, payloadType.T);
    const transform = decodeTransform(link.body);
    transforms.push(link.reserved === 0 ? transform : { ...transform, reserved: link.reserved });
    more = hasSuccessor(reader, next, payloadType.T);
    if (more ? transforms.length === transformCount : transforms.length !== transformCount) {
      reader.fail(`proposal ${number}: not the ${transformCount} transforms it announces`);
    }
  }
  reader.end(`proposal ${number}`);
  return { number, protocol, spi, transforms };
}

function decodeTransform(reader: Reader): Transform {
  const number = reader.u8();
  const id = reader.u8();
  const reserved2 = reader.u16();
  const attributes = decodeAttributes(reader);
  return reserved2 === 0 ? { number, id, attributes } : { number, id, attributes, reserved2 };
}

/** The next-payload field of proposals and transforms says only whether another one follows. */
function hasSuccessor(reader: Reader, next: number, type: number): boolean {
  if (next !== 0 && next !== type) {
    reader.fail(`SA: a payload of type ${next} before ${reader.offset}`);
  }
  return next === type;
}

export function encodeSa(writer: Writer, payload: SaPayload, options: EncodeOptions): void {
  const { doi, situation, situationRest, proposals } = payload;
  writer.u32(doi);
  writer.u32(situation);
  if (!hasProposals(doi, situation)) {
    assert(proposals.length === 0, 'proposals are for IPSEC and IDENTITY_ONLY');
    writer.bytes(situationRest ?? new Uint8Array(0));
    return;
  }
  assert(proposals.length > 0, 'an SA payload proposes something');
  proposals.forEach((proposal, index) => {
    const next = index < proposals.length - 1 ? payloadType.P : 0;
    writeLink(writer, next, proposal, options, () => encodeProposal(writer, proposal, options));
  });
}

function encodeProposal(writer: Writer, proposal: Proposal, options: EncodeOptions): void {
  const { number, protocol, spi, transforms } = proposal;
  assert(
    transforms.length > 0 && transforms.length <= limits.transformsPerProposal,
    'a proposal has 1..255 transforms',
  );
  writer.u8(number);
  writer.u8(protocol);
  writer.u8(spi.length);
  writer.u8(transforms.length);
  writer.bytes(spi);
  transforms.forEach((transform, index) => {
    const next = index < transforms.length - 1 ? payloadType.T : 0;
    writeLink(writer, next, transform, options, () => {
      writer.u8(transform.number);
      writer.u8(transform.id);
      writer.u16(options.keepReserved === true ? (transform.reserved2 ?? 0) : 0);
      encodeAttributes(writer, transform.attributes);
    });
  });
}
