import { tf, type Tensor } from './backend.js';
import type { Layout } from './layout.js';

/** Input of a step that holds what orthonormal rows are to be orthogonal to besides, `[weights * rows * width]`: for each such weight of the network as many rows, rows of zeros among them. */
export const besideInput = 'beside';

/** Iterations of Newton and Schulz: singular values down to a tenth of the largest come to 1. */
const iterations = 10;

/** Where Newton and Schulz leave more than this, Gram and Schmidt do it. */
const tolerance = 1e-5;

/** Whether some weight of a network has rows that stay orthonormal as they train: those that begin so. */
export const hasOrthonormalRows = ({ weights }: Layout): boolean => weights.some(({ initial }) => 'orthonormal' in initial);

/** A gradient, in which that of orthonormal rows R is tangent to what they may be: G - (G R' + R G') R / 2, and nothing along rows beside. */
export function tangent(layout: Layout, gradient: Tensor, weights: Tensor, beside?: Tensor): Tensor {
  return changed(layout, gradient, beside, weights, (g, others, rows) => {
    const turned = tf.matMul(g, rows, false, true);
    const within = tf.sub(g, tf.mul(0.5, tf.matMul(tf.add(turned, tf.transpose(turned)), rows)));
    return others ? without(within, others) : within;
  });
}

/**
 * Weights, in which rows that stay orthonormal are again, and orthogonal to rows beside: the nearest such, by X <- 1.5 X - 0.5 X X' X (Newton and Schulz), which turns every singular value to 1; where
 * they have moved too far for that, those of Gram and Schmidt.
 */
export function retracted(layout: Layout, weights: Tensor, beside?: Tensor): Tensor {
  return changed(layout, weights, beside, weights, (rows, others) => {
    const moved = others ? without(without(rows, others), others) : rows;
    const square = (x: Tensor) => tf.matMul(x, x, false, true);
    let x: Tensor = tf.div(moved, tf.sqrt(tf.sqrt(tf.sum(tf.square(square(moved)))))); // no singular value above 1
    for (let i = 0; i < iterations; i++) x = tf.sub(tf.mul(1.5, x), tf.mul(0.5, tf.matMul(square(x), x)));
    const error = tf.max(tf.abs(tf.sub(square(x), tf.eye(x.shape[0]))));
    const near = tf.fill(x.shape, 1, 'bool');
    return tf.where(tf.logicalAnd(tf.less(error, tolerance), near), x, gramSchmidt(moved));
  });
}

/** A flat vector with the part of each weight whose rows stay orthonormal changed. @param at the weights, `[P + more]` */
function changed(
  { weights }: Layout,
  flat: Tensor,
  beside: Tensor | undefined,
  at: Tensor,
  change: (part: Tensor, others: Tensor | undefined, rows: Tensor) => Tensor,
): Tensor {
  const held = weights.filter(({ initial }) => 'orthonormal' in initial).length;
  const parts: Tensor[] = [];
  let [start, done, place] = [0, 0, 0];
  for (const { shape, initial } of weights) {
    const [count = 0, width = 1] = shape;
    if ('orthonormal' in initial) {
      if (start > done) parts.push(tf.slice(flat, [done], [start - done]));
      const rowsOf = (vector: Tensor) => tf.reshape(tf.slice(vector, [start], [count * width]), [count, width]);
      const others = beside && tf.reshape(tf.slice(beside, [(place * beside.size) / held], [beside.size / held]), [-1, width]);
      parts.push(tf.reshape(change(rowsOf(flat), others, rowsOf(at)), [-1]));
      done = start + count * width;
      place += 1;
    }
    start += shape.reduce((product, side) => product * side, 1);
  }
  if (flat.size > done) parts.push(tf.slice(flat, [done], [flat.size - done]));
  return parts.length === 1 ? (parts[0] as Tensor) : tf.concat(parts);
}

/** What of rows `[r, d]` is not along these orthonormal ones. */
const without = (rows: Tensor, others: Tensor): Tensor => tf.sub(rows, tf.matMul(tf.matMul(rows, others, false, true), others));

function gramSchmidt(rows: Tensor): Tensor {
  const found: Tensor[] = [];
  for (const row of tf.split(rows, rows.shape[0])) {
    const known = found.length > 0 ? tf.concat(found) : undefined;
    const rest = known ? without(without(row, known), known) : row;
    found.push(tf.div(rest, tf.sqrt(tf.sum(tf.square(rest)))));
  }
  return tf.concat(found);
}
