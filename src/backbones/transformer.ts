import { tf, type Tensor } from '../nn/backend.js';
import type { BackbonePass } from './backbone.js';

/**
 * softmax(Q K' / sqrt(d / heads)) V, head by head (Vaswani et al. 2017). Query, key and value are one kernel `[d, 3 d]`, at `<name>/attend`.
 *
 * @param x `[n, length, d]`
 * @param hidden added to what is looked at, `[n, 1, 1, length]`: a large negative number hides a place
 */
export function attention(pass: BackbonePass, name: string, heads: number, x: Tensor, hidden?: Tensor): Tensor {
  const [n = 0, length = 0, width = 0] = x.shape;
  const size = width / heads;
  const parts = tf.split(linear(pass, `${name}/attend`, x), 3, 2);
  const [query, key, value] = parts.map((part) => tf.transpose(tf.reshape(part, [n, length, heads, size]), [0, 2, 1, 3]));
  const scores = tf.matMul(tf.mul(query as Tensor, 1 / Math.sqrt(size)), key as Tensor, false, true);
  pass.count(2 * length * length * width);
  const looked = tf.matMul(tf.softmax(hidden ? tf.add(scores, hidden) : scores), value as Tensor);
  return tf.reshape(tf.transpose(looked, [0, 2, 1, 3]), [n, length, width]);
}

/** x W + b on the last axis of `[n, length, d]`. */
export function linear(pass: BackbonePass, name: string, x: Tensor): Tensor {
  const [n = 0, length = 0, from = 0] = x.shape;
  const kernel = pass.weight(`${name}/kernel`);
  const out = kernel.shape[1] ?? 0;
  pass.count(length * from * out);
  const mapped = tf.matMul(tf.reshape(x, [n * length, from]), kernel);
  return tf.reshape(tf.add(mapped, pass.weight(`${name}/bias`)), [n, length, out]);
}

/** Layer norm (Ba et al. 2016) of the last axis. */
export function layerNorm(pass: BackbonePass, name: string, x: Tensor, epsilon: number): Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
  return tf.add(tf.mul(tf.div(centred, deviation), pass.weight(`${name}/scale`)), pass.weight(`${name}/shift`));
}
