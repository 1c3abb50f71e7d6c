import type { NamedArray } from '../core/snapshot.js';
import { lengthOf } from '../data/array-split.js';

type Arrays = Readonly<Record<string, NamedArray>>;

/** How many times the odds of a kernel's number to be left out are those of a table's: chosen on MiniLM, of whose numbers half are in a table. */
const oddsOfTables = 6;

/** A shorter row is no unit's weights, but the last axis of a depthwise kernel. */
const shortestRow = 16;

/**
 * Weights without their smallest numbers, which become 0 (magnitude pruning: Han et al., "Learning both Weights and Connections for Efficient Neural Networks", NeurIPS 2015). So large a share of all numbers
 * of arrays with two axes or more is left out, but more of tables, which are looked up (embeddings), than of kernels, which are multiplied with: a pass adds up what kernels lose, layer by layer. Of a
 * kernel each row loses as much, the weights of one input: inputs that are large have small weights, which say no less for that.
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
      const byRow = isKernel(name) && row >= shortestRow;
      return [name, { shape, data: withoutSmallest(data, byRow ? row : data.length, isKernel(name) ? shares.kernels : shares.tables) }];
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

/** A copy in which, of each `length` numbers on end, the smallest are 0. */
function withoutSmallest(data: Float32Array, length: number, share: number): Float32Array {
  const left = data.slice();
  const count = Math.round(share * length);
  for (let start = 0; count > 0 && start < data.length; start += length) {
    const part = left.subarray(start, start + length);
    const largest = part.map(Math.abs).sort()[count - 1] ?? 0;
    part.forEach((value, i) => {
      if (Math.abs(value) <= largest) part[i] = 0;
    });
  }
  return left;
}
