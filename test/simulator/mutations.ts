/** Bugs put into the engine on purpose, and the checker that must see each of them. */
import type { Patch } from './compiled.js';

export interface Mutation {
  readonly name: string;
  readonly patches: readonly Patch[];
  /** Which checker says so. */
  readonly checker: string;
  /** `one`: every second router is whole, for what two equal bugs would hide from each other. */
  readonly routers: 'all' | 'one';
  /** The seed to begin with, where the coincidence that shows the bug is a rare one; otherwise 0. */
  readonly from?: number;
}

const patch = (file: string, search: string, replace: string): Patch => ({ file, search, replace });

export const mutations: readonly Mutation[] = [
  {
    name: 'quick mode believes every hash',
    patches: [
      patch(
        'ike/negotiation.ts',
        'if (!context.crypto.equal(expected, hash.data)) {',
        'if (expected.length === 0) {',
      ),
    ],
    checker: 'agreement',
    routers: 'all',
  },
  {
    name: 'phase 1 believes every hash',
    patches: [
      patch(
        'ike/v1/phase1-steps.ts',
        "if (!context.crypto.equal(expected, hash.data)) {\n    return drop('authentication-failed'",
        "if (expected.length === 0) {\n    return drop('authentication-failed'",
      ),
    ],
    checker: 'agreement',
    routers: 'all',
    from: 2_500,
  },
  {
    name: 'a message id is used again',
    patches: [
      patch(
        'ike/ike-sa.ts',
        'if (id !== 0 && !this.knowsMessageId(id)) return id;',
        'if (id !== 0) return 0x1234567;',
      ),
    ],
    checker: 'progress',
    routers: 'all',
  },
  {
    name: 'a finished message id is forgotten',
    patches: [
      patch(
        'ike/ike-sa.ts',
        '    remember(this.#pastMessageIds, id, ikeLimits.rememberedMessageIds);\n',
        '',
      ),
    ],
    checker: 'leftovers',
    routers: 'all',
    from: 195,
  },
  {
    name: 'copies of a message are not known as such',
    patches: [
      patch(
        'ike/exchange.ts',
        'equalBytes(this.#lastReceived, message.bytes)',
        'equalBytes(this.#lastReceived, new Uint8Array(0))',
      ),
    ],
    checker: 'progress',
    routers: 'all',
  },
  {
    name: 'the cipher chain moves on before a message is believed',
    patches: [
      patch(
        'ike/negotiation.ts',
        '    // HASH(2) covers the initiator',
        '    this.#iv = opened.lastBlock;\n    // HASH(2) covers the initiator',
      ),
    ],
    checker: 'continuity',
    routers: 'all',
  },
  {
    name: 'the cipher chain of quick mode does not begin where phase 1 ended',
    patches: [
      patch(
        'ike/ike-sa.ts',
        'return phase2Iv(crypto, peer.hash, keys.iv, messageId, blockBytes);',
        'return phase2Iv(crypto, peer.hash, keys.iv, 0, blockBytes);',
      ),
    ],
    checker: 'progress',
    routers: 'one',
  },
  {
    name: 'a delete in clear is believed',
    patches: [
      patch(
        'ike/receiver.ts',
        '      this.#informational.hint(known, datagram, header);\n      return;',
        `      const clear = decodePayloads(header.nextPayload, datagram.bytes.subarray(28));
      for (const payload of clear.ok ? clear.value.payloads : []) {
        if (payload.type === 'D') this.#informational.onDelete(known, payload, now);
      }
      return;`,
      ),
      patch(
        'ike/receiver.ts',
        "import { decodeHeader } from '../wire/message.js';",
        "import { decodeHeader, decodePayloads } from '../wire/message.js';",
      ),
    ],
    checker: 'continuity',
    routers: 'all',
  },
  {
    name: 'a pair is renewed by both ends',
    patches: [patch('ike/sa-life.ts', "if (child.role === 'responder') {", 'if (false) {')],
    checker: 'renewals',
    routers: 'all',
  },
  {
    name: 'a failed negotiation leaves its SAs',
    patches: [
      patch(
        'ike/negotiation.ts',
        'for (const id of this.#installed.splice(0)) this.#remove(id);',
        'this.#installed.splice(0);\n    return;',
      ),
    ],
    checker: 'leftovers',
    routers: 'all',
  },
  {
    name: 'a removed pair stays in the data plane',
    patches: [
      patch(
        'ike/sa-life.ts',
        `    for (const id of idsOf(child)) {
      this.#state.environment.operate({ kind: 'removeSa', id }, () => undefined);
    }
`,
        '',
      ),
    ],
    checker: 'leftovers',
    routers: 'all',
  },
  {
    name: 'phase 1 never ends',
    patches: [
      patch('ike/ike-sa.ts', 'after(now, ikeTimes.phase1LifetimeMs),', 'after(now, 1e12),'),
    ],
    checker: 'bounds',
    routers: 'all',
    from: 180,
  },
  {
    name: 'nothing is sent again',
    patches: [
      patch(
        'ike/exchange.ts',
        '      if (this.#lastSent !== undefined) this.#io.send(this.#lastSent);\n      this.#armRetransmission',
        '      this.#armRetransmission',
      ),
    ],
    checker: 'progress',
    routers: 'all',
  },
  {
    name: 'any algorithm is taken',
    patches: [
      patch(
        'ike/v1/phase2-proposal.ts',
        'if (allowed.some((own) => sameAlgorithms(own, read))) return [];',
        'if (allowed.length > 0) return [];',
      ),
    ],
    checker: 'agreement',
    routers: 'all',
  },
  {
    name: 'the keys of the two directions are exchanged',
    patches: [
      patch(
        'ike/v1/child-keys.ts',
        "new Uint8Array(4), 'in'),",
        "new Uint8Array(4), 'in', agreed.remoteSpi),",
      ),
      patch(
        'ike/v1/child-keys.ts',
        "make(agreed, agreed.remoteSpi, 'out')),",
        "make(agreed, agreed.remoteSpi, 'out', input.localSpis[0])),",
      ),
      patch(
        'ike/v1/child-keys.ts',
        "direction: 'in' | 'out'): IpsecSa => {",
        "direction: 'in' | 'out', keyed: Uint8Array = spi): IpsecSa => {",
      ),
      patch('ike/v1/child-keys.ts', 'keysOf(input, agreed, spi);', 'keysOf(input, agreed, keyed);'),
    ],
    checker: 'agreement',
    routers: 'one',
  },
  {
    name: 'proposal-check is ignored',
    patches: [
      patch('ike/v1/phase2-terms.ts', "check === 'strict' && longer(theirs, ours);", 'false;'),
    ],
    checker: 'agreement',
    routers: 'all',
  },
  {
    name: 'a shorter lifetime is not told to the initiator',
    patches: [
      patch(
        'ike/v1/phase2-terms.ts',
        'notifyLifetime: seconds',
        'notifyLifetime: false && seconds',
      ),
    ],
    checker: 'agreement',
    routers: 'all',
  },
  {
    name: 'an end is told of a pair that is never counted',
    patches: [
      patch(
        'ike/phase2-life.ts',
        '    this.#cancelSuperfluous(negotiation, child.policyId);\n    this.#removeOldest(child);',
        '    this.#cancelSuperfluous(negotiation, child.policyId);\n    if (renewal) this.#state.children.remove(child);\n    this.#removeOldest(child);',
      ),
    ],
    checker: 'counters',
    routers: 'all',
  },
  {
    name: 'half-open exchanges are not limited',
    patches: [
      patch(
        'ike/phase1-life.ts',
        'if (ofSource.length >= ikeLimits.halfOpenPerSource) return displaceOldest(ofSource, now);',
        '',
      ),
    ],
    checker: 'bounds',
    routers: 'all',
  },
  {
    name: 'a retransmission timer is not called off',
    patches: [
      patch(
        'ike/exchange.ts',
        "    this.#timer?.cancel();\n    this.#state = 'completed';",
        "    this.#io.timers.set(after(now, 3_600_000), () => undefined);\n    this.#state = 'completed';",
      ),
    ],
    checker: 'leftovers',
    routers: 'all',
  },
  {
    name: 'INITIAL-CONTACT forgets what is made now',
    patches: [
      patch(
        'ike/informational-handler.ts',
        'if (child.installedAt >= ikeSa.createdAt) continue;',
        '',
      ),
    ],
    checker: 'continuity',
    routers: 'all',
  },
  {
    name: 'the initiator does not install its inbound SA',
    patches: [
      patch(
        'ike/negotiation.ts',
        '      this.#install([...(this.#sas?.inbound ?? []), ...(this.#sas?.outbound ?? [])]);',
        '      this.#install(this.#sas?.outbound ?? []);',
      ),
    ],
    checker: 'progress',
    routers: 'all',
  },
  {
    name: 'the responder installs its inbound SA after message 3',
    patches: [
      patch(
        'ike/negotiation.ts',
        '      this.#sas = context.sas;\n      this.#install(this.#sas?.inbound ?? []);',
        '      this.#sas = context.sas;',
      ),
      patch(
        'ike/negotiation.ts',
        "if (this.role === 'responder') this.#install(this.#sas?.outbound ?? []);",
        "if (this.role === 'responder')\n      this.#install([...(this.#sas?.inbound ?? []), ...(this.#sas?.outbound ?? [])]);",
      ),
    ],
    checker: 'continuity',
    routers: 'all',
    from: 390,
  },
  {
    name: 'the soft limit is the hard one',
    patches: [
      patch(
        'ike/v1/child-keys.ts',
        'softSeconds: Math.floor(hardSeconds * 0.8)',
        'softSeconds: hardSeconds',
      ),
    ],
    checker: 'continuity',
    routers: 'all',
  },
  {
    name: 'policies without SAs let packets pass',
    patches: [
      patch(
        'policy/compile.ts',
        'if (passesWithoutSas(row, withSas)) return withoutSas;',
        'if (!withSas.has(row.id)) return withoutSas;',
      ),
    ],
    checker: 'cleartext',
    routers: 'all',
  },
];
