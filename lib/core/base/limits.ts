/** Every bound on work or memory that a remote end could otherwise choose, with the reason for its size. */

export const limits = {
  /** Payloads in one ISAKMP message. A main mode message with certificates and vendor ids has about 25. */
  payloadsPerMessage: 64,
  /** Proposals in one SA payload. The largest offer we make ourselves has 12 (spec R-61). */
  proposalsPerSa: 32,
  /** Transforms in one proposal: what the one-byte count of RFC 2408 3.5 can say. */
  transformsPerProposal: 255,
  /** Attributes of one transform or one configuration payload. RFC 2409 appendix A defines 16 classes. */
  attributesPerList: 64,
  /** SPIs in one delete payload. Peers send one or two; more would let one message do unbounded work. */
  spisPerDelete: 256,
} as const;
