/** One run: from a seed to a verdict. */
import { Engine } from '../../lib/core/ike/engine.js';
import { Violation } from './checker.js';
import { makeCheckers } from './checkers/index.js';
import type { ProgressChecker } from './checkers/progress.js';
import { EventLog } from './event-log.js';
import { Misfortunes } from './misfortunes.js';
import { drawOptions, type RunOptions } from './options.js';
import { drawPlan } from './plan.js';
import { Random } from './random.js';
import type { EngineClass, SimulatedRouter } from './router.js';
import { Stranger } from './stranger.js';
import { Traffic } from './traffic.js';
import { World } from './world.js';

export interface SimulationInput {
  readonly seed: number;
  /** Drawn when absent. */
  readonly peers?: number;
  /** Router n runs the n-th, beginning anew at the end; by default all run the product's. */
  readonly engines?: readonly EngineClass[];
  readonly echo?: (line: string) => void;
}

export interface Verdict {
  readonly seed: number;
  readonly options: RunOptions;
  readonly hash: string;
  readonly events: number;
  /** Virtual time of the run. */
  readonly virtualMs: number;
  /** How long after the faults packets were last lost. */
  readonly recoveryMs: number;
  readonly failure?: {
    readonly checker: string;
    readonly message: string;
    readonly lastEvents: readonly string[];
  };
}

/**
 * Within so many milliseconds after the last fault every wanted tunnel carries packets. The chain behind
 * it: an exchange begun in trouble is given up after 60 s, and its policy is quiet for up to 60 s more;
 * the next attempt may still hit on a phase 1 the peer has forgotten, which takes another 60 s to tell,
 * and the one under a new phase 1 takes a moment. The rest is for clocks, jobs and one lost place to a flood.
 */
export const recoveryMsMax = 200_000;
/** Everything that was disabled is gone after so long: what lingers does so for 60 s, an SPI for 30 s. */
const emptyingMs = 130_000;
/** Exchanges are repeated for 60 s, and what renews itself has done so by then. */
const settlingMs = 70_000;
const recoveryStepMs = 10_000;
const lookEveryMs = 3_000;
const longTrafficEveryMs = 120_000;

export function simulate({ seed, peers, engines, echo }: SimulationInput): Verdict {
  const random = new Random(seed);
  const options = drawOptions(random.fork('options'), peers);
  const plan = drawPlan(random.fork('plan'), options.plan);
  const log = new EventLog(echo);
  const { checkers, progress } = makeCheckers();
  const world = new World({
    options,
    plan,
    random: random.fork('world'),
    log,
    checkers,
    engines: engines ?? [Engine],
  });
  let failure: Verdict['failure'];
  try {
    live(world, random, progress);
  } catch (error) {
    const isViolation = error instanceof Violation;
    if (!(error instanceof Error)) throw error;
    failure = {
      checker: isViolation ? error.checker : 'crash',
      message: isViolation ? error.message : (error.stack ?? error.message),
      lastEvents: log.last(40),
    };
  }
  return {
    seed,
    options,
    hash: log.hash(),
    events: log.length,
    virtualMs: world.now,
    recoveryMs: progress.recoveryMs,
    ...(failure === undefined ? {} : { failure }),
  };
}

function live(world: World, random: Random, progress: ProgressChecker): void {
  const { options, checkers } = world;
  lookAgain(world);
  for (const router of world.routers) {
    world.schedule.add(world.now + random.integer(0, 2_000), () => router.startDaemon());
  }
  const traffic = new Traffic(world, random.fork('traffic'));
  const stranger =
    options.strangerEveryMs > 0 ? new Stranger(world, random.fork('stranger')) : undefined;
  world.run(options.calmMs);
  for (const checker of checkers) checker.due?.(world);

  world.enter('faults');
  world.network.isFaulty = true;
  const misfortunes = new Misfortunes(world, random.fork('misfortunes'));
  world.run(options.faultsMs);

  world.enter('healing');
  world.network.heal();
  misfortunes.heal();
  for (const checker of checkers) checker.healed?.(world);
  recover(world, progress);
  for (const checker of checkers) checker.due?.(world);

  world.enter('steady');
  world.run(options.steadyMs);
  if (options.longMs > 0) {
    traffic.everyMs = longTrafficEveryMs;
    world.run(options.longMs);
  }

  world.enter('emptying');
  traffic.stop();
  stranger?.stop();
  misfortunes.disableAll();
  world.run(emptyingMs);
  for (const checker of checkers) checker.emptied?.(world);
}

/** Ends early where everything is up and no exchange is left that began in trouble. */
function recover(world: World, progress: ProgressChecker): void {
  for (let spent = 0; spent < recoveryMsMax; spent += recoveryStepMs) {
    world.run(recoveryStepMs);
    if (spent >= settlingMs && progress.isDone(world) && world.routers.every(isIdle)) return;
  }
}

function isIdle(router: SimulatedRouter): boolean {
  const sizes = router.status()?.sizes;
  return sizes !== undefined && sizes.negotiations === 0 && sizes.halfOpen === 0;
}

function lookAgain(world: World): void {
  // In a long quiet stretch once in ten minutes is enough.
  const wait = world.phase === 'steady' && world.options.longMs > 0 ? 600_000 : lookEveryMs;
  world.schedule.add(world.now + wait, () => {
    for (const checker of world.checkers) checker.look?.(world);
    lookAgain(world);
  });
}
