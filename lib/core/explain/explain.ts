/** `explain`: what becomes of a packet now, in both directions, and which row to change. */
import type { Explanation } from './explanation.js';
import type { Question } from './facts.js';
import { explainInbound } from './inbound.js';
import { explainOutbound } from './outbound.js';

export function explainPacket(question: Question): Explanation {
  return { out: explainOutbound(question), in: explainInbound(question) };
}
