/** Chooses what protects packets, and says why when nothing can. */
import { randomBytes } from 'node:crypto';
import type { Address } from '../../core/base/address.js';
import { MemoryDataPlane } from '../../core/dataplane/memory/memory-data-plane.js';
import type { DataPlane, DataPlaneOperation, DataPlaneResult } from '../../core/dataplane/types.js';
import type { Clock } from '../clock.js';
import { openXfrm } from './xfrm.js';

export const dataPlaneChoices = ['auto', 'xfrm', 'memory'] as const;
export type DataPlaneChoice = (typeof dataPlaneChoices)[number];

export interface ChosenDataPlane {
  readonly dataPlane: DataPlane;
  /** What the operator should know about it, if anything. */
  readonly warning?: string;
}

/**
 * `auto` takes the kernel or nothing: a router that believes its packets are protected must not be
 * started without. Throws an `IpsecError`.
 */
export function chooseDataPlane(
  choice: DataPlaneChoice,
  { clock, localAddresses }: { clock: Clock; localAddresses: () => readonly Address[] },
): ChosenDataPlane {
  if (choice === 'memory') {
    return {
      dataPlane: new TimedMemoryDataPlane(clock),
      warning:
        'the data plane is memory: keys are negotiated and policies kept, and no packet is protected',
    };
  }
  const dataPlane = openXfrm({ requireEsp: choice === 'auto', localAddresses });
  if (dataPlane.capabilities.esp) return { dataPlane };
  return {
    dataPlane,
    warning:
      'this kernel cannot do ESP: policies are installed, and what they protect cannot pass until it can',
  };
}

/** How late an SA of the memory data plane may expire. */
const tickMs = 250;

/** The memory model driven by the clock, as a kernel is. */
class TimedMemoryDataPlane extends MemoryDataPlane {
  readonly #clock: Clock;
  readonly #timer: NodeJS.Timeout;

  constructor(clock: Clock) {
    const now = clock.now();
    const epochAtZero = clock.epochSecondsOf(now) - Math.floor(now / 1000);
    super({ random: (length) => randomBytes(length), epochAtZero, now });
    this.#clock = clock;
    this.#timer = setInterval(() => this.advance(clock.now()), tickMs).unref();
  }

  override apply(operations: readonly DataPlaneOperation[]): readonly DataPlaneResult[] {
    this.advance(this.#clock.now());
    return super.apply(operations);
  }

  override close(): void {
    clearInterval(this.#timer);
    super.close();
  }
}
