/** What must hold, told from outside: a checker sees what routers do and throws when it must not be. */
import type { DropReason } from '../../lib/core/dataplane/memory/memory-data-plane.js';
import type { IpsecSa } from '../../lib/core/dataplane/types.js';
import type { Effect } from '../../lib/core/ike/effect.js';
import type { Input } from '../../lib/core/ike/input.js';
import type { TunnelPlan } from './plan.js';
import type { SimulatedRouter } from './router.js';
import type { World } from './world.js';

export class Violation extends Error {
  readonly checker: string;

  constructor(checker: string, message: string) {
    super(message);
    this.checker = checker;
  }
}

/** One packet of the traffic, and what became of it. */
export interface Passage {
  readonly tunnel: TunnelPlan;
  readonly from: SimulatedRouter;
  readonly to: SimulatedRouter;
  readonly sentAt: number;
  /** Of the outermost SA it was sent in. */
  readonly spi?: number;
  readonly outcome:
    | { readonly kind: 'delivered'; readonly encrypted: boolean }
    | { readonly kind: 'dropped'; readonly at: 'sender' | 'receiver'; readonly reason: DropReason }
    /** The network, or a machine that is down. */
    | { readonly kind: 'lost' };
}

export interface Checker {
  readonly name: string;
  /** An SA was installed. */
  installed?(router: SimulatedRouter, sa: IpsecSa, world: World): void;
  /** The engine handled one input; these are its effects. */
  handled?(router: SimulatedRouter, input: Input, effects: readonly Effect[], world: World): void;
  /** The daemon of a router started or ended. */
  restarted?(router: SimulatedRouter, world: World): void;
  /** New tables are in force. */
  configured?(router: SimulatedRouter, world: World): void;
  /** A packet left its router, in clear or not. */
  left?(router: SimulatedRouter, tunnel: TunnelPlan, encrypted: boolean, world: World): void;
  /** A packet in clear, with the addresses of a tunnel, came from a stranger. */
  forgedPacket?(
    router: SimulatedRouter,
    tunnel: TunnelPlan,
    delivered: boolean,
    world: World,
  ): void;
  /** A packet came to its end. */
  passed?(passage: Passage, world: World): void;
  /** Every few seconds of the world. */
  look?(world: World): void;
  /** The network heals, and no router is touched any more. */
  healed?(world: World): void;
  /** So long after it that everything wanted must be up. */
  due?(world: World): void;
  /** Everything was disabled, and had time to go. */
  emptied?(world: World): void;
}
