import { random } from '../core/random.js';
import type { InputChange } from './change-inputs.js';
import { isImageShape } from './images/image-shape.js';

/**
 * The same random rearrangement of every example: pixels of an image (its channels stay together) or values of a vector.
 *
 * @param seed of the permutation; together with `which` it names it
 */
export function permute(seed: number, which: number): InputChange {
  const orders = new Map<number, Int32Array>();
  const orderOf = (places: number): Int32Array => {
    const order = orders.get(places) ?? random(seed, 'permute', which, places).permutation(places);
    orders.set(places, order);
    return order;
  };
  return {
    name: `permutation ${which} of seed ${seed}`,
    shape: (shape) => shape,
    apply(input, output, shape) {
      const channels = isImageShape(shape) ? shape[2] : 1;
      const order = orderOf(input.length / channels);
      for (let place = 0; place < order.length; place++) {
        const from = (order[place] as number) * channels;
        for (let c = 0; c < channels; c++) output[place * channels + c] = input[from + c] as number;
      }
    },
  };
}
