/** Base mode on a captured wire, held to draft-ietf-ipsec-ike-base-mode-02 and RFC 2408. */
import {
  bodyOf,
  exchangeNumber,
  type OracleHash,
  payloadNumber,
  readChain,
  readHeader,
  Transcript,
} from '../exchange/rfc2409.js';
import type { CapturedPacket, Lab } from '../lab/guest.js';

export interface BaseModeTerms {
  readonly hash: OracleHash;
  readonly secret: string;
  /** The offered transform's attributes in hexadecimal, without those of the lifetime. */
  readonly attributes: string;
  /** Length of public values in bytes. */
  readonly groupBytes: number;
  /** Addresses of initiator and responder. */
  readonly ends: readonly [string, string];
}

const { SA, NONCE, ID, KE, HASH } = payloadNumber;
const opening = [SA, NONCE, ID];
const proof = [KE, HASH];
const udpHeaderBytes = 8;
const ikeHeaderBytes = 28;

/** Checks all four messages, and that what follows them is encrypted. */
export function checkBaseMode(
  lab: Lab,
  what: string,
  packets: readonly CapturedPacket[],
  terms: BaseModeTerms,
): void {
  const ike = packets.filter(({ protocol }) => protocol === 'udp');
  const sources = ike.slice(0, 4).map(({ source }) => source);
  lab.check(
    `${what}: four messages in turn`,
    sources.join() === [...terms.ends, ...terms.ends].join(),
    sources,
  );
  const messages = ike.map(({ payload }) => Buffer.from(payload.subarray(udpHeaderBytes)));
  checkHeaders(lab, what, messages);
  checkPayloads(lab, what, messages.slice(0, 4), terms);
}

function checkHeaders(lab: Lab, what: string, messages: readonly Buffer[]): void {
  const headers = messages.map(readHeader);
  const cookies = headers.map(({ cookieI, cookieR }) => [hex(cookieI), hex(cookieR)].join());
  const [first, second] = headers;
  const zero = '0'.repeat(16);
  const both = [first?.cookieI, second?.cookieR].map((cookie) => cookie && hex(cookie));
  lab.check(
    `${what}: RFC 2408 3.1 the cookies of both, the responder's from message 2 on`,
    cookies.every((pair, index) => pair === (index === 0 ? `${both[0]},${zero}` : both.join())) &&
      !both.includes(zero),
    cookies,
  );
  lab.check(
    `${what}: RFC 2408 3.1 headers in clear, of exchange type 1 and message id 0`,
    headers
      .slice(0, 4)
      .every(
        ({ exchange, version, flags, messageId, length }, index) =>
          exchange === exchangeNumber.base &&
          [version, flags, messageId].join() === '16,0,0' &&
          length === messages[index]?.length,
      ),
  );
  const later = headers.slice(4);
  lab.check(
    `${what}: all that follows is encrypted`,
    later.length >= 3 && later.every(({ flags }) => flags === 1),
    later.map(({ exchange, flags }) => `${exchange}/${flags}`),
  );
}

function checkPayloads(
  lab: Lab,
  what: string,
  phase1: readonly Buffer[],
  terms: BaseModeTerms,
): void {
  const chains = phase1.map((message) =>
    readChain(readHeader(message).next, message.subarray(ikeHeaderBytes)),
  );
  const types = chains.map((chain) => chain.map(({ type }) => type).join());
  lab.check(
    `${what}: SA Ni IDii, SA Nr IDir, KE HASH_I, KE HASH_R`,
    types.join(';') === [opening, opening, proof, proof].join(';'),
    types,
  );
  const [m1 = [], m2 = [], m3 = [], m4 = []] = chains;
  const offers = [m1, m2].map((chain) => hex(bodyOf(chain, 'SA')));
  lab.check(
    `${what}: R-51 the offer is the row, and the answer repeats it`,
    offers.every((offer) => offer === offerOf(terms)),
    offers,
  );
  const identities = [m1, m2].map((chain) => bodyOf(chain, 'ID'));
  lab.check(
    `${what}: R-54 each shows its address`,
    identities.every((id, index) => id[0] === 1 && id.subarray(4).join('.') === terms.ends[index]),
    identities.map(hex),
  );
  const publics = [m3, m4].map((chain) => bodyOf(chain, 'KE'));
  lab.check(
    `${what}: two public values of the group's length`,
    publics.every(({ length }) => length === terms.groupBytes) &&
      new Set(publics.map(hex)).size === 2,
    publics.map(({ length }) => length),
  );
  const proven = [terms.secret, `${terms.secret}x`].map((preSharedKey) => {
    const transcript = new Transcript({ hash: terms.hash, preSharedKey, messages: phase1 });
    return [
      transcript.baseHashI(bodyOf(m1, 'ID')).equals(bodyOf(m3, 'HASH')),
      transcript.hashR(bodyOf(m2, 'ID')).equals(bodyOf(m4, 'HASH')),
    ].join();
  });
  lab.check(
    `${what}: HASH_I and HASH_R prove the secret, and no other`,
    proven.join(';') === 'true,true;false,false',
    proven,
  );
}

/** The body of an SA payload: DOI, situation, one proposal of ISAKMP, one transform KEY_IKE (RFC 2408 3.4 to 3.6). */
function offerOf({ attributes }: BaseModeTerms): string {
  // Seconds and 86400 of them in four bytes go first.
  const values = `800b0001000c000400015180${attributes.replaceAll(' ', '')}`;
  const transformBytes = 8 + values.length / 2;
  const length = (bytes: number) => bytes.toString(16).padStart(4, '0');
  const proposal = `0000${length(8 + transformBytes)}01010001`;
  return `0000000100000001${proposal}0000${length(transformBytes)}01010000${values}`;
}

const hex = (bytes: Buffer) => bytes.toString('hex');
