/** Routers, network and time of one run; nothing in it happens but in the order of its clock. */
import type { Address } from '../../lib/core/base/address.js';
import type { IpsecSa } from '../../lib/core/dataplane/types.js';
import type { Effect } from '../../lib/core/ike/effect.js';
import type { Input } from '../../lib/core/ike/input.js';
import type { Checker, Passage } from './checker.js';
import type { EventLog } from './event-log.js';
import { Network } from './network.js';
import type { RunOptions } from './options.js';
import type { Plan, TunnelPlan } from './plan.js';
import type { Random } from './random.js';
import { describeInput, type EngineClass, SimulatedRouter } from './router.js';
import { Schedule } from './schedule.js';
import { configOf } from './tables.js';

export interface WorldParts {
  readonly options: RunOptions;
  readonly plan: Plan;
  readonly random: Random;
  readonly log: EventLog;
  readonly checkers: readonly Checker[];
  /** Router n runs the n-th of them, beginning anew at the end. */
  readonly engines: readonly EngineClass[];
}

/** Before the faults, while they are, after them, at the end. */
export type Phase = 'calm' | 'faults' | 'healing' | 'steady' | 'emptying';

export class World {
  now = 1_000;
  phase: Phase = 'calm';
  readonly options: RunOptions;
  /** What all administrators want in the end. */
  readonly plan: Plan;
  readonly schedule = new Schedule();
  readonly network: Network;
  readonly checkers: readonly Checker[];
  readonly routers: readonly SimulatedRouter[];
  readonly #log: EventLog;
  readonly #byAddress: ReadonlyMap<Address, SimulatedRouter>;

  constructor({ options, plan, random, log, checkers, engines }: WorldParts) {
    this.options = options;
    this.plan = plan;
    this.#log = log;
    this.checkers = checkers;
    this.network = new Network(this, options.network, random.fork('network'));
    this.routers = options.clockRates.map(
      (clockRate, index) =>
        new SimulatedRouter(this, {
          index,
          engine: engines[index % engines.length] as EngineClass,
          random: random.fork(`router ${index}`),
          clockRate,
          computeMsMax: options.computeMs[index] ?? 0,
          config: configOf(plan, index),
        }),
    );
    this.#byAddress = new Map(this.routers.map((router) => [router.address, router]));
  }

  routerAt(address: Address): SimulatedRouter | undefined {
    return this.#byAddress.get(address);
  }

  /** The router of that number in the plan. */
  router(index: number): SimulatedRouter {
    return this.routers[index] as SimulatedRouter;
  }

  log(text: string): void {
    this.#log.add(this.now, text);
  }

  enter(phase: Phase): void {
    this.phase = phase;
    this.log(`--- ${phase}`);
  }

  /** Lets everything happen that is due within that time. */
  run(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (;;) {
      const next = this.#next();
      if (next > end) break;
      if (next > this.now) this.now = next;
      for (const router of this.routers) if (router.due() <= this.now) router.tick();
      while ((this.schedule.next() ?? Number.POSITIVE_INFINITY) <= this.now) {
        this.schedule.take()?.();
      }
    }
    this.now = end;
  }

  #next(): number {
    let next = this.schedule.next() ?? Number.POSITIVE_INFINITY;
    for (const router of this.routers) next = Math.min(next, router.due());
    return next;
  }

  // --- what checkers are told ---

  handled(router: SimulatedRouter, input: Input, effects: readonly Effect[]): void {
    if (input.kind !== 'completed') this.log(`${router.name} ${describeInput(input)}`);
    for (const effect of effects) {
      if (effect.kind === 'event') {
        const { name, reason, message } = effect.event;
        this.log(`${router.name}   ${name}${reason === undefined ? '' : `/${reason}`}: ${message}`);
      } else if (effect.kind === 'dataplane') {
        this.log(`${router.name}   ${effect.operation.kind}`);
      }
    }
    for (const checker of this.checkers) checker.handled?.(router, input, effects, this);
  }

  installed(router: SimulatedRouter, sa: IpsecSa): void {
    for (const checker of this.checkers) checker.installed?.(router, sa, this);
  }

  left(router: SimulatedRouter, tunnel: TunnelPlan, encrypted: boolean): void {
    for (const checker of this.checkers) checker.left?.(router, tunnel, encrypted, this);
  }

  passed(passage: Passage): void {
    const { outcome, tunnel, from, to } = passage;
    const clear = outcome.kind === 'delivered' && !outcome.encrypted;
    const how =
      outcome.kind === 'dropped'
        ? `${outcome.at} ${outcome.reason}`
        : `${outcome.kind}${clear ? ' in clear' : ''}`;
    this.log(`packet t${tunnel.index} ${from.name} > ${to.name} ${how}`);
    for (const checker of this.checkers) checker.passed?.(passage, this);
  }
}
