import { random } from '../core/random.js';
import type { NamedArray } from '../core/snapshot.js';
import { fromArrays, initialValues, layoutOf, toArrays, type Layout } from '../nn/layout.js';

/**
 * The weights of a super-network, kept by name between samples: each sampled path takes the part it uses as flat vectors and gives it back
 * trained. A weight starts to exist when a path first uses it, from its own random draw, so the order of paths does not matter.
 */
export interface SupernetWeights {
  /** Flat vector of this layout, `[size]`. */
  take(layout: Layout): Float32Array;
  /** Takes in what paths that started together have become; what several of them trained becomes the mean of theirs. */
  put(trained: readonly TrainedVector[]): void;
  arrays(): Record<string, NamedArray>;
}

export interface TrainedVector {
  readonly layout: Layout;
  readonly flat: Float32Array;
}

export function createSupernetWeights(
  seed: number,
  purpose: readonly (string | number)[],
  stored: Readonly<Record<string, NamedArray>> = {},
): SupernetWeights {
  const weights: Record<string, NamedArray> = { ...stored };
  return {
    take(layout) {
      for (const spec of layout.weights) {
        weights[spec.name] ??= { shape: spec.shape, data: initialValues(layoutOf([spec]), random(seed, ...purpose, spec.name)) };
      }
      return fromArrays(layout, weights, 'super-network');
    },
    put(trained) {
      const versions = new Map<string, NamedArray[]>();
      for (const { layout, flat } of trained) {
        for (const [name, array] of Object.entries(toArrays(layout, flat))) versions.set(name, [...(versions.get(name) ?? []), array]);
      }
      for (const [name, arrays] of versions) weights[name] = mean(arrays);
    },
    arrays: () => ({ ...weights }),
  };
}

/** Element by element, summed in this order; one array alone is copied, so that the vector it lies in need not stay. */
function mean(arrays: readonly NamedArray[]): NamedArray {
  const [first] = arrays as readonly [NamedArray, ...NamedArray[]];
  if (arrays.length === 1) return { shape: first.shape, data: first.data.slice() };
  const sum = new Float64Array(first.data.length);
  for (const { data } of arrays) for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (data[i] as number);
  return { shape: first.shape, data: Float32Array.from(sum, (total) => total / arrays.length) };
}
