import type { NamedArray } from '../core/snapshot.js';
import { lengthOf } from '../data/array-split.js';

type Arrays = Readonly<Record<string, NamedArray>>;

/** How many times the odds of other numbers to be left out are those of the table of words: chosen on MiniLM, half of which is that table. */
const oddsOfWords = 7;

/** A shorter row is no unit's weights, but the last axis of a depthwise kernel. */
const shortestRow = 16;

/** The table of words, in whose vocabulary the frequent ones come first. */
const words = 'embeddings/words';

/** A word of rank r comes in a text 1 / r times as often as the first (Zipf); its numbers count for less by this power of its rank, chosen on MiniLM. */
const powerOfRank = 0.3;

/**
 * Weights without their smallest numbers, which become 0 (magnitude pruning: Han et al., "Learning both Weights and Connections for Efficient Neural Networks", NeurIPS 2015). So large a share of all numbers
 * of arrays with two axes or more is left out, but more of the table of words, of which a text reads a few rows, than of what every pass goes through: what layers lose adds up. Of the table rare words lose
 * more. Of a kernel each row loses as much, the weights of one input: inputs that are large have small weights, which say no less for that.
 *
 * @param share from 0 to less than 1
 */
export function pruneWeights(arrays: Arrays, share: number): Arrays {
  const shares = sharesOf(arrays, share);
  return Object.fromEntries(
    Object.entries(arrays).map(([name, array]) => {
      const { shape, data } = array;
      if (share === 0 || shape.length < 2 || !(data instanceof Float32Array)) return [name, array];
      const row = shape.at(-1) ?? 1;
      if (name !== words) {
        return [name, { shape, data: withoutSmallest(data, data.map(Math.abs), row < shortestRow ? data.length : row, shares.others) }];
      }
      const counts = data.map((value, i) => Math.abs(value) * (1 + Math.floor(i / row)) ** -powerOfRank);
      return [name, { shape, data: withoutSmallest(data, counts, data.length, shares.words) }];
    }),
  );
}

/** The shares of the table of words and of others that come to `share` of both together, by halving the odds between which those of others lie. */
function sharesOf(arrays: Arrays, share: number): { readonly words: number; readonly others: number } {
  const inAll = Object.values(arrays).reduce((sum, { shape }) => sum + (shape.length > 1 ? lengthOf(shape) : 0), 0);
  const inWords = lengthOf(arrays[words]?.shape ?? [0]);
  const at = (odds: number) => ({ words: (oddsOfWords * odds) / (1 + oddsOfWords * odds), others: odds / (1 + odds) });
  let [low, high] = [0, share / (1 - share)];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    const found = at(middle);
    if (found.words * inWords + found.others * (inAll - inWords) < share * inAll) low = middle;
    else high = middle;
  }
  return at(high);
}

/** A copy in which, of each `length` numbers on end, those that count least are 0. */
function withoutSmallest(data: Float32Array, counts: Float32Array, length: number, share: number): Float32Array {
  const left = data.slice();
  const some = Math.round(share * length);
  for (let start = 0; some > 0 && start < data.length; start += length) {
    const largest = counts.slice(start, start + length).sort()[some - 1] ?? 0;
    for (let i = start; i < start + length; i++) if ((counts[i] as number) <= largest) left[i] = 0;
  }
  return left;
}
