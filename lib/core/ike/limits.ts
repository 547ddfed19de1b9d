/** Every bound of the engine, with its reason. What exceeds one is dropped, counted and named. */

export const ikeLimits = {
  /** Unfinished phase 1 exchanges we answer in total: memory of a flood stays under some 10 MB. Newer ones displace the oldest. */
  halfOpen: 1000,
  /** The same for one source address: a single host cannot take all of the above. */
  halfOpenPerSource: 16,
  /**
   * First messages of aggressive mode answered in a second, from all addresses together: each costs a
   * Diffie-Hellman exchange before anybody has proved anything. Addresses that a secret names have an
   * allowance of their own, which others cannot use up.
   */
  aggressiveAnswersPerSecond: { strangers: 32, named: 256 },
  /**
   * Those that may be computing when one more begins: with a slow group this keeps the processor free, not
   * the rate. The difference is kept for addresses that a secret names.
   */
  aggressiveComputations: { strangers: 8, named: 16 },
  /** Bytes of a phase 1 message. Offers with every algorithm there is and twenty vendor ids have 3 KB. */
  phase1MessageBytes: 8192,
  /** Answers to copies of one message: more than a lossy network makes, too few to amplify with. */
  resendsPerExchange: 12,
  /** Messages held while a Diffie-Hellman job runs, or until phase 1 is done: the next message and one stray. */
  heldMessages: 2,
  /** Pairs of SAs for one policy: the one in use, its predecessor, and the same made from the other end. */
  pairsPerPolicy: 4,
  /** Established IKE SAs with one peer: two of them when both ends began, and their successors. */
  ikeSasPerPeer: 4,
  /** Finished quick mode and informational ids remembered per phase 1, against replays. */
  rememberedMessageIds: 512,
  /**
   * Addresses remembered that INITIAL-CONTACT went to: a peer known by its name may come from ever new ones.
   * One that was forgotten is greeted again, if no SA with it is in use.
   */
  rememberedContacts: 16_384,
  /** SPIs remembered per phase 1 that the peer deleted before its answer arrived. */
  rememberedSpis: 64,
  /** Quick modes of ours under way at once under one phase 1; the rest waits its turn. */
  ownQuickModesPerIkeSa: 32,
  /** Quick modes a peer may have open at once under one phase 1. */
  quickModesPerIkeSa: 64,
  /** Quick modes with PFS that a peer may begin in a second under one phase 1: more than a router can do itself. */
  keyExchangesPerSecond: 256,
  /** Times in a second that a peer is told again, under one phase 1, what a quick mode did not keep. */
  remindersPerSecond: 1,
  /** Nonce sizes that RFC 2409 5 allows, in bytes. */
  nonceBytesMin: 8,
  nonceBytesMax: 256,
} as const;

/** Times in milliseconds. */
export const ikeTimes = {
  /** resend every 10 s ... */
  retransmitMs: 10_000,
  /** ... five times, then give up. */
  retransmissions: 5,
  /** how long a phase 2 request waits for phase 1. */
  waitForPhase1Ms: 30_000,
  /** How long an unfinished phase 1 keeps its place against newer requests, once there are too many. */
  halfOpenGraceMs: 1_000,
  /** How long the other end may take to renew its own of two pairs made at once. */
  renewalCourtesyMs: 1_000,
  /** How long a renewal waits for a quick mode that the peer has begun: its old pair may end soon. */
  renewalPatienceMs: 2_000,
  /** How long the last message of a finished quick mode is kept for a peer that lost it. */
  lingerMs: 60_000,
  /** our phase 1 lifetime. */
  phase1LifetimeMs: 86_400_000,
  /** How long before its end an IKE SA takes no new quick modes of ours: longer than one can last. */
  phase1RetirementMs: 120_000,
  /** After a failed negotiation asks for the policy are ignored this long, doubling each time ... */
  backoffFirstMs: 2_000,
  /** ... up to this. */
  backoffMaxMs: 60_000,
} as const;

/** RFC 2407 4.5: what a peer means that sends no lifetime in seconds. */
export const defaultLifetimeSeconds = 28_800;
