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
  put(layout: Layout, flat: Float32Array): void;
  arrays(): Record<string, NamedArray>;
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
    put(layout, flat) {
      Object.assign(weights, toArrays(layout, flat));
    },
    arrays: () => ({ ...weights }),
  };
}
