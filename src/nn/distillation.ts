import { tf, type Tensor } from './backend.js';

/**
 * How far a student's logits are from a teacher's (Learning without Forgetting; PAR section 4): both softened by the power 1/T and
 * renormalized, the student's smoothed by 1e-5 / C, mean over the batch of -sum q ln p.
 *
 * @param student logits `[n, C]`, differentiable
 * @param teacher logits `[n, C]`
 */
export function distillationLoss(student: Tensor, teacher: Tensor, temperature: number): Tensor {
  const classes = student.shape[1] ?? 1;
  // softmax(o)^(1/T), renormalized, is softmax(o / T).
  const softened = (logits: Tensor) => tf.softmax(tf.div(logits, temperature));
  const smoothed = tf.add(softened(student), 1e-5 / classes);
  const p = tf.div(smoothed, tf.sum(smoothed, 1, true));
  return tf.neg(tf.mean(tf.sum(tf.mul(softened(teacher), tf.log(p)), 1)));
}
