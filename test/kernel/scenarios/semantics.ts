/**
 * The rules about packets, topic by topic in one lab: `args` names the topics. What was found
 * is the value; a rule that does not hold does not end the others.
 */
import { scenario } from '../../lab/guest.js';
import { inbound } from './semantics/inbound.js';
import { levelRules } from './semantics/levels.js';
import { manualKeys } from './semantics/manual-keys.js';
import { modes } from './semantics/modes.js';
import { nesting } from './semantics/nesting.js';
import { order } from './semantics/order.js';
import { type RuleTrials, Stage } from './semantics/stage.js';

const topics = { order, levels: levelRules, nesting, inbound, modes, manualKeys } as const;

export type Topic = keyof typeof topics;

export default scenario(async (lab) => {
  const stage = await Stage.set(lab);
  const trials: RuleTrials = Object.assign(
    {},
    ...(lab.args as readonly Topic[]).map((name) => topics[name]),
  );
  return stage.perform(trials);
});
