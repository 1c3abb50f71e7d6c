import type { NamedArray } from '../core/snapshot.js';
import { lengthOf } from '../data/array-split.js';

type Arrays = Readonly<Record<string, NamedArray>>;

/** How many times the odds of a kernel's number to be left out are those of a table's: chosen on MiniLM, of whose numbers half are in a table. */
const oddsOfTables = 7;

/** A shorter row is no unit's weights, but the last axis of a depthwise kernel. */
const shortestRow = 16;

/** The table of words, in whose vocabulary the frequent ones come first. */
const words = 'embeddings/words';

/** A word of rank r comes in a text 1 / r times as often as the first (Zipf); its numbers count for less by this power of its rank, chosen on MiniLM. */
const powerOfRank = 0.3;

/**
 * Weights without their smallest numbers, which become 0 (magnitude pruning: Han et al., "Learning both Weights and Connections for Efficient Neural Networks", NeurIPS 2015). So large a share of all numbers
 * of arrays with two axes or more is left out, but more of tables, which are looked up (embeddings), than of kernels, which are multiplied with: a pass adds up what kernels lose, layer by layer. Of the
 * table of words rare ones lose more. Of a kernel each row loses as much, the weights of one input: inputs that are large have small weights, which say no less for that.
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
      if (isKernel(name)) {
        return [name, { shape, data: withoutSmallest(data, data.map(Math.abs), row < shortestRow ? data.length : row, shares.kernels) }];
      }
      const counts = data.map((value, i) => Math.abs(value) * (name === words ? (1 + Math.floor(i / row)) ** -powerOfRank : 1));
      return [name, { shape, data: withoutSmallest(data, counts, data.length, shares.tables) }];
    }),
  );
}

const isKernel = (name: string): boolean => name.endsWith('kernel');

/** The shares of tables and of kernels that come to `share` of both together, by halving the odds between which those of kernels lie. */
function sharesOf(arrays: Arrays, share: number): { readonly tables: number; readonly kernels: number } {
  const count = (of: (name: string) => boolean) =>
    Object.entries(arrays).reduce((sum, [name, { shape }]) => sum + (shape.length > 1 && of(name) ? lengthOf(shape) : 0), 0);
  const [inKernels, inTables] = [count(isKernel), count((name) => !isKernel(name))];
  const at = (odds: number) => ({ tables: (oddsOfTables * odds) / (1 + oddsOfTables * odds), kernels: odds / (1 + odds) });
  let [low, high] = [0, share / (1 - share)];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    const { tables, kernels } = at(middle);
    if (tables * inTables + kernels * inKernels < share * (inTables + inKernels)) low = middle;
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
