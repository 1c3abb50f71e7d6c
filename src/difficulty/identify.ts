import { squaredDistance } from './nearest.js';
import type { Prototypes } from './prototypes.js';

/** A learned task as examples are compared with it. */
export interface Candidate {
  readonly id: string;
  readonly prototypes: Prototypes;
  /** Smallest ln(distance to the second task / distance to the first) that means something; null where nothing is known of it. */
  readonly margin: number | null;
  /** What the squared usual distances of its classes are multiplied by; 1 where it is not there. */
  readonly excess?: number;
}

/** Which task an example belongs to, as far as class prototypes can tell. */
export interface Identification {
  /** Id of the nearest task; null when it is not near enough to say. */
  readonly task: string | null;
  /** Why no task is named, in words; null when one is. */
  readonly abstained: string | null;
  readonly nearest: string;
  /** From the example's features to the nearest class prototype of all. */
  readonly distance: number;
  /** Root mean square distance of that class's own examples from it; null where no class of the task has two examples. */
  readonly usualDistance: number | null;
  /** The second nearest task, and how far it is; null in a run of one task. */
  readonly second: { readonly task: string; readonly distance: number } | null;
}

/** An example abstained on is farther from its class than this, in squared distance over what is usual. At most half of a class's own can be (Markov). */
const farthest = 2;

/** Whether an example is far from all tasks. */
export const isFar = ({ distance: found, usualDistance }: Pick<Identification, 'distance' | 'usualDistance'>): boolean =>
  usualDistance !== null && (found / usualDistance) ** 2 > farthest;

/**
 * Finds the task of each example: that with the nearest class prototype, unless the example is far from that class too, or about as near to
 * another task.
 *
 * @param features `[n, D]`
 * @param candidates at least one, with prototypes of length D
 */
export function identify(features: Float32Array, candidates: readonly Candidate[]): Identification[] {
  const size = candidates[0]?.prototypes.size ?? 1;
  const usual = new Map(candidates.map(({ id, prototypes, excess = 1 }) => [id, usualDistances(prototypes, excess)]));
  return Array.from({ length: features.length / size }, (_, row) => {
    const [first, second] = candidates.map((candidate) => nearestClass(features, row, candidate)).sort((a, b) => a.distance - b.distance);
    if (!first) throw new RangeError('at least one task expected, found none');
    const usualDistance = usual.get(first.id)?.[first.class] ?? 0;
    const abstained = doubt(first, second, usualDistance);
    return {
      task: abstained === null ? first.id : null,
      abstained,
      nearest: first.id,
      distance: first.distance,
      usualDistance: usualDistance > 0 ? usualDistance : null,
      second: second ? { task: second.id, distance: second.distance } : null,
    };
  });
}

interface Nearest {
  readonly id: string;
  readonly class: number;
  readonly distance: number;
  readonly margin: number | null;
}

function nearestClass(features: Float32Array, row: number, { id, margin, prototypes }: Candidate): Nearest {
  const { size, means, counts } = prototypes;
  let best = { class: 0, distance: Infinity };
  counts.forEach((count, c) => {
    const found = count > 0 ? Math.sqrt(squaredDistance(features, row * size, means, c * size, size)) : Infinity;
    if (found < best.distance) best = { class: c, distance: found };
  });
  return { id, margin, ...best };
}

function doubt(first: Nearest, second: Nearest | undefined, usual: number): string | null {
  if (!Number.isFinite(first.distance)) return 'its features are not finite numbers';
  if (isFar({ distance: first.distance, usualDistance: usual > 0 ? usual : null }))
    return `far from all tasks: ${(first.distance / usual).toFixed(2)} times the usual distance from the nearest, ${first.id}`;
  if (second && first.margin !== null && logRatio(second.distance, first.distance) < first.margin) {
    return `about as near to task ${second.id} as to task ${first.id}: ${second.distance.toFixed(3)} and ${first.distance.toFixed(3)}`;
  }
  return null;
}

const logRatio = (a: number, b: number) => (a === b ? 0 : Math.log(a / b));

/**
 * How far a new example of each class is to be expected from the class's prototype, `[C]`: the root of the mean squared distance, which is the
 * sum of the features' variances, for n samples times (n + 1) / (n - 1) because the prototype is a mean of them. A class without two different samples
 * takes the mean of the other classes' squares; 0 where no class has any.
 *
 * @param excess what the squares are multiplied by
 */
export function usualDistances({ size, counts, variances }: Prototypes, excess = 1): Float64Array {
  const squares = Float64Array.from(counts, (count, c) => {
    const spread = variances.subarray(c * size, (c + 1) * size).reduce((sum, variance) => sum + variance, 0);
    return count > 1 ? (excess * spread * (count + 1)) / (count - 1) : 0;
  });
  const known = squares.filter((square) => square > 0);
  const mean = known.reduce((sum, square) => sum + square, 0) / Math.max(1, known.length);
  return squares.map((square) => Math.sqrt(square > 0 ? square : mean));
}
