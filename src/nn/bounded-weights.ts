import { LifelongError } from '../core/errors.js';
import { tf, type Tensor } from './backend.js';
import type { Layout } from './layout.js';

/** Whether some weight of a network has bounds. */
export const hasBounds = ({ weights }: Layout): boolean => weights.some(({ initial }) => 'within' in initial);

/** Weights `[P + more]`, in which what has left its bounds is at the nearer of them. */
export function withinBounds({ weights }: Layout, flat: Tensor): Tensor {
  const parts: Tensor[] = [];
  let [start, done] = [0, 0];
  for (const { shape, initial } of weights) {
    const size = elements(shape);
    if ('within' in initial) {
      if (start > done) parts.push(tf.slice(flat, [done], [start - done]));
      parts.push(tf.clipByValue(tf.slice(flat, [start], [size]), ...initial.within));
      done = start + size;
    }
    start += size;
  }
  if (flat.size > done) parts.push(tf.slice(flat, [done], [flat.size - done]));
  return parts.length === 1 ? (parts[0] as Tensor) : tf.concat(parts);
}

/**
 * A network's vector as it is read back.
 *
 * @param owner names it in errors
 * @throws LifelongError `run-corrupt` for a number outside its bounds
 */
export function readBounded({ weights }: Layout, flat: Float32Array, owner: string): Float32Array {
  let start = 0;
  for (const { name, shape, initial } of weights) {
    const end = start + elements(shape);
    if ('within' in initial) {
      const [least, most] = initial.within;
      const outside = flat.subarray(start, end).find((value) => !(value >= least && value <= Math.fround(most)));
      if (outside !== undefined) {
        const found = `${owner}: weight ${name} between ${least} and ${most.toPrecision(4)} expected, found ${outside}`;
        throw new LifelongError('run-corrupt', found, 'the file holds other weights than training left');
      }
    }
    start = end;
  }
  return flat;
}

const elements = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);
