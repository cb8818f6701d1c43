/**
 * Indexes of the `limit` largest values among those that `counts` lets count, largest first. A heap of the best so
 * far, its smallest on top, spares sorting the rest.
 */
export function topIndexes(
  values: Float64Array,
  limit: number,
  counts: (index: number) => boolean,
): number[] {
  const heap: number[] = [];
  const smaller = (a: number, b: number) => values[heap[a]] < values[heap[b]];
  const swap = (a: number, b: number) => {
    [heap[a], heap[b]] = [heap[b], heap[a]];
  };
  const rise = (at: number) => {
    for (let parent = (at - 1) >> 1; at > 0 && smaller(at, parent); parent = (at - 1) >> 1) {
      swap(at, parent);
      at = parent;
    }
  };
  const sink = (at: number) => {
    for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && smaller(child + 1, child)) child++;
      if (!smaller(child, at)) return;
      swap(at, child);
      at = child;
    }
  };
  for (let index = 0; index < values.length; index++) {
    if (!counts(index)) continue;
    if (heap.length < limit) rise(heap.push(index) - 1);
    else if (limit > 0 && values[index] > values[heap[0]]) {
      heap[0] = index;
      sink(0);
    }
  }
  return heap.sort((a, b) => values[b] - values[a]);
}
