import { tf, type Tensor } from './backend.js';

/** The approximation of gelu by tanh that ALBERT was trained with (Hendrycks, Gimpel 2016), up to 5e-4 off: 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x³))). */
export const geluByTanh = (x: Tensor): Tensor =>
  tf.mul(tf.mul(x, 0.5), tf.add(1, tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(tf.mul(x, 0.044715), tf.square(x)))))));
