/**
 * The two likeliest candidates, likeliest first. Which of equal ones come first is that of the quickselect under the published
 * implementation's top-k (introselect of the C++ library: median of three, unguarded partition, insertion sort of at most three): ties
 * are common early in a search, and the genotype has to be the published one.
 */
export function likeliestTwo<T extends { readonly probability: number }>(candidates: readonly T[]): T[] {
  const items = [...candidates];
  const swap = (i: number, j: number) => {
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  };
  const before = (i: number, j: number) => (items[i]?.probability ?? 0) > (items[j]?.probability ?? 0);
  let [first, last] = [0, items.length];
  while (last - first > 3) {
    swap(first, medianOf(first + 1, first + ((last - first) >> 1), last - 1, before));
    const cut = partition(first, last, before, swap);
    if (cut <= 1) first = cut;
    else last = cut;
  }
  const sorted = items.slice(first, last).sort((a, b) => b.probability - a.probability);
  return [...items.slice(0, first), ...sorted].slice(0, 2);
}

type Compare = (i: number, j: number) => boolean;

function medianOf(a: number, b: number, c: number, before: Compare): number {
  if (before(a, b)) return before(b, c) ? b : before(a, c) ? c : a;
  return before(a, c) ? a : before(b, c) ? c : b;
}

/** Partitions `first + 1 .. last - 1` about the item at `first`; returns where the second part begins. */
function partition(first: number, last: number, before: Compare, swap: (i: number, j: number) => void): number {
  let [low, high] = [first + 1, last];
  for (;;) {
    while (before(low, first)) low++;
    high--;
    while (before(first, high)) high--;
    if (low >= high) return low;
    swap(low, high);
    low++;
  }
}
