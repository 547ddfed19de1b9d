/** Keeps the data plane's policies as the tables say; what cannot be done is told and stays known. */
import type { Config } from '../core/config/config.js';
import type { DataPlanePolicy } from '../core/dataplane/types.js';
import type { CompileEnvironment } from '../core/policy/compile.js';
import { compilePolicies } from '../core/policy/compile.js';
import { IpsecError } from './errors.js';
import type { EventLog } from './event-log.js';
import type { KernelPoliciesOptions, PolicyRefusal } from './kernel-policies.js';
import { KernelPolicies } from './kernel-policies.js';
import type { Log } from './log.js';
import { refusalText } from './refusal-text.js';
import type { RuntimeState } from './runtime-state.js';

export interface PolicyKeeperOptions {
  readonly dataPlane: KernelPoliciesOptions['dataPlane'];
  /** Remembers for the next run which policies without a mark are ours. */
  readonly runtimeState: Pick<RuntimeState, 'leftovers' | 'recordPolicies'>;
  /** What the policies depend on besides the tables, as it is now. */
  readonly environment: () => Omit<CompileEnvironment, 'installedPriority'>;
  readonly log: Log;
  readonly eventLog: EventLog;
}

export class PolicyKeeper {
  readonly #options: PolicyKeeperOptions;
  readonly #policies: KernelPolicies;
  #refusals: readonly PolicyRefusal[] = [];
  /** The last change was not carried out to its end. */
  #hasFailed = false;

  constructor(options: PolicyKeeperOptions) {
    const { dataPlane, runtimeState, eventLog } = options;
    this.#options = options;
    this.#policies = new KernelPolicies({
      dataPlane,
      inherited: runtimeState.leftovers.unmarkedPolicies,
      record: (fingerprints) => runtimeState.recordPolicies(fingerprints),
      onStaleRecord: ({ message }) =>
        eventLog.failure('warn', { event: 'stateNotWritten' }, message),
    });
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
    this.#policies.adopt(policies);
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
    const { log } = this.#options;
    try {
      const refusals = this.#policies.apply([]);
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
    this.#hasFailed = true;
    const desired = compilePolicies(config, {
      ...this.#options.environment(),
      installedPriority: (key) => this.#policies.priorityOf(key),
    });
    this.#refusals = this.#policies.apply(desired);
    this.#hasFailed = false;
  }
}
