/** What happens when, in the order of time; what is due at once happens in the order it was set down. */

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly action: () => void;
}

export class Schedule {
  readonly #heap: Entry[] = [];
  #order = 0;

  add(at: number, action: () => void): void {
    const heap = this.#heap;
    const entry = { at, order: this.#order++, action };
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!isBefore(entry, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  next(): number | undefined {
    return this.#heap[0]?.at;
  }

  /** Takes the first action out. */
  take(): (() => void) | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first?.action;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      if (a === undefined) break;
      const useRight = b !== undefined && isBefore(b, a);
      const child = useRight ? b : a;
      if (!isBefore(child, last)) break;
      heap[index] = child;
      index = useRight ? left + 1 : left;
    }
    heap[index] = last;
    return first.action;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
