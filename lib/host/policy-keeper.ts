/** Keeps the data plane's policies as the tables say; what cannot be done is told and stays known. */
import type { Config } from '../core/config/config.js';
import type { DataPlanePolicy } from '../core/dataplane/types.js';
import { IpsecError } from './errors.js';
import type { EventLog } from './event-log.js';
import type { KernelPolicies, PolicyRefusal } from './kernel-policies.js';
import type { Log } from './log.js';
import { refusalText } from './refusal-text.js';

export interface PolicyKeeperOptions {
  readonly policies: KernelPolicies;
  readonly compile: (config: Config) => readonly DataPlanePolicy[];
  readonly log: Log;
  readonly eventLog: EventLog;
}

export class PolicyKeeper {
  readonly #options: PolicyKeeperOptions;
  #refusals: readonly PolicyRefusal[] = [];
  /** The last change was not carried out to its end. */
  #hasFailed = false;

  constructor(options: PolicyKeeperOptions) {
    this.#options = options;
  }

  /** Something that is wanted is not there: it is worth trying again. */
  get isFaulty(): boolean {
    return this.#hasFailed || this.#refusals.length > 0;
  }

  /** The refusals in force, for the user. */
  refusalTexts(config: Config): readonly string[] {
    return this.#refusals.map((refusal) => refusalText(config, refusal));
  }

  /** Takes stock of what is installed. */
  adopt(policies: readonly DataPlanePolicy[]): void {
    this.#options.policies.adopt(policies);
  }

  /** Puts a changed configuration in force; the words for the user when a policy is refused. */
  install(config: Config): string | undefined {
    try {
      this.#apply(config);
    } catch (error) {
      if (!(error instanceof IpsecError)) throw error;
      return error.message;
    }
    const [first, ...others] = this.#refusals.filter(({ isOld }) => !isOld);
    if (first === undefined) return undefined;
    const more = others.length === 0 ? '' : `, and ${others.length} more`;
    return refusalText(config, first) + more;
  }

  /** Puts the configuration in force; new refusals are logged. Throws as `KernelPolicies.apply`. */
  enforce(config: Config): void {
    this.#apply(config);
    for (const refusal of this.#refusals) {
      if (refusal.isOld) continue;
      const fields = { event: 'policyRefused', reason: refusal.code };
      this.#options.log.error(fields, refusalText(config, refusal));
    }
  }

  /** As `enforce`, and a failure is logged as well. */
  refresh(config: Config): void {
    try {
      this.enforce(config);
    } catch (error) {
      if (!(error instanceof IpsecError)) throw error;
      this.#options.eventLog.failure('error', { event: 'policiesNotApplied' }, error.message);
    }
  }

  /** Whether nothing of ours is left. */
  removeAll(config: Config): boolean {
    const { policies, log } = this.#options;
    try {
      const refusals = policies.apply([]);
      for (const refusal of refusals) {
        log.error({ event: 'policyLeft' }, refusalText(config, refusal));
      }
      return refusals.length === 0;
    } catch (error) {
      if (!(error instanceof IpsecError)) throw error;
      log.error({ event: 'policyLeft', reason: error.code }, error.message);
      return false;
    }
  }

  #apply(config: Config): void {
    const { policies, compile } = this.#options;
    this.#hasFailed = true;
    this.#refusals = policies.apply(compile(config));
    this.#hasFailed = false;
  }
}
