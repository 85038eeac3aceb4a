/** Lines leave in the order of their departure times: a binary heap, since only the next is needed. */
export interface DepartureQueue {
  readonly size: number;
  /** Departure time of the next line; infinity when empty. */
  readonly nextMicros: number;
  push(departureMicros: number, line: string): void;
  pop(): string;
}

interface Departure {
  readonly micros: number;
  /** Makes lines of equal departure leave in the order they came. */
  readonly order: number;
  readonly line: string;
}

const isBefore = (left: Departure, right: Departure): boolean =>
  left.micros < right.micros || (left.micros === right.micros && left.order < right.order);

/** Puts the last entry where it belongs on the way to the root. */
function siftUp(heap: Departure[]): void {
  let index = heap.length - 1;
  const entry = heap[index];
  if (entry === undefined) return;
  while (index > 0) {
    const above = (index - 1) >> 1;
    const other = heap[above];
    if (other === undefined || !isBefore(entry, other)) return;
    heap[above] = entry;
    heap[index] = other;
    index = above;
  }
}

/** Puts the root where it belongs on the way down. */
function siftDown(heap: Departure[]): void {
  const entry = heap[0];
  if (entry === undefined) return;
  for (let index = 0; ;) {
    const left = heap[2 * index + 1];
    const right = heap[2 * index + 2];
    const takesRight = left !== undefined && right !== undefined && isBefore(right, left);
    const below = takesRight ? right : left;
    if (below === undefined || !isBefore(below, entry)) return;
    const belowIndex = 2 * index + (takesRight ? 2 : 1);
    heap[index] = below;
    heap[belowIndex] = entry;
    index = belowIndex;
  }
}

export function createDepartureQueue(): DepartureQueue {
  const heap: Departure[] = [];
  let order = 0;
  return {
    get size() {
      return heap.length;
    },
    get nextMicros() {
      return heap[0]?.micros ?? Number.POSITIVE_INFINITY;
    },
    push: (micros, line) => {
      heap.push({ micros, order: order++, line });
      siftUp(heap);
    },
    pop: () => {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined) throw new Error('The queue is empty');
      if (heap.length > 0) {
        heap[0] = last;
        siftDown(heap);
      }
      return first.line;
    },
  };
}
