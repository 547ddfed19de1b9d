/** All deadlines of the engine in one heap: nothing is scheduled, the host asks for the earliest. */
import type { Instant } from '../base/instant.js';

/** A deadline that can be called off. */
export interface Timer {
  readonly at: Instant;
  cancel(): void;
}

interface Entry extends Timer {
  readonly order: number;
  action: ((now: Instant) => void) | undefined;
}

export class TimerQueue {
  readonly #heap: Entry[] = [];
  #order = 0;
  #live = 0;

  /** Deadlines still pending. */
  get size(): number {
    return this.#live;
  }

  set(at: Instant, action: (now: Instant) => void): Timer {
    const entry: Entry = {
      at,
      // Equal deadlines fire in the order they were set, so that a run replays identically.
      order: this.#order++,
      action,
      cancel: () => {
        if (entry.action === undefined) return;
        entry.action = undefined;
        this.#live -= 1;
      },
    };
    this.#live += 1;
    this.#push(entry);
    return entry;
  }

  next(): Instant | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.at;
  }

  /** Runs every action that is due, those included that the actions themselves make due. */
  fire(now: Instant): void {
    for (;;) {
      this.#dropCancelled();
      const first = this.#heap[0];
      if (first === undefined || first.at > now) return;
      this.#pop();
      const action = first.action;
      first.cancel();
      action?.(now);
    }
  }

  // Cancelled entries stay in the heap until they surface: cancelling is then O(1).
  #dropCancelled(): void {
    while (this.#heap[0] !== undefined && this.#heap[0].action === undefined) this.#pop();
    if (this.#heap.length > 64 && this.#live < this.#heap.length / 4) this.#compact();
  }

  #compact(): void {
    const live = this.#heap.filter((entry) => entry.action !== undefined);
    this.#heap.length = 0;
    for (const entry of live) this.#push(entry);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!isBefore(entry, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child =
        right < heap.length && isBefore(heap[right] as Entry, heap[left] as Entry) ? right : left;
      if (!isBefore(heap[child] as Entry, last)) break;
      heap[index] = heap[child] as Entry;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
