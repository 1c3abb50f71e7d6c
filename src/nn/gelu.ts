import { tf, type Tensor } from './backend.js';

/** x times the share of a normal distribution below x, exactly (Hendrycks, Gimpel 2016; not its approximation by tanh). */
export const gelu = (x: Tensor): Tensor => tf.mul(tf.mul(x, 0.5), tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))));
