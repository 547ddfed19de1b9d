/** The phase 1 exchange of each exchange-mode, and its states as `print stats` shows them (R-52, Annex 4). */
import type { ExchangeDefinition, Role } from '../exchange.js';
import type { ExchangeMode } from '../ike-config.js';
import type { Phase1State } from '../status.js';
import { aggressiveMode, aggressiveModeStates } from './aggressive-mode.js';
import { baseMode, baseModeStates } from './base-mode.js';
import { mainMode, mainModeStates } from './main-mode.js';
import type { Phase1Context } from './phase1.js';

export interface Phase1Mode {
  readonly exchange: ExchangeDefinition<Phase1Context>;
  /** After each message sent or accepted. */
  readonly states: Record<Role, readonly Phase1State[]>;
}

export const phase1Modes: Record<ExchangeMode, Phase1Mode> = {
  main: { exchange: mainMode, states: mainModeStates },
  aggressive: { exchange: aggressiveMode, states: aggressiveModeStates },
  base: { exchange: baseMode, states: baseModeStates },
};

/** The mode of an ISAKMP exchange type; undefined when it is no phase 1 exchange of ours. */
export function modeOfExchange(type: number): ExchangeMode | undefined {
  return (['main', 'aggressive', 'base'] as const).find(
    (mode) => phase1Modes[mode].exchange.exchangeType === type,
  );
}
