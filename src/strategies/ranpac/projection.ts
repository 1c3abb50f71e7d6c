import { random } from '../../core/random.js';
import { tf } from '../../nn/backend.js';

/** R `[D, M]`, standard normal, fixed by the seed. */
export function projection(features: number, size: number, seed: number): Float32Array {
  const source = random(seed, 'ranpac', 'projection', features, size);
  const numbers = new Float32Array(features * size);
  for (let i = 0; i < numbers.length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - source.uniform())); // Box and Muller: two uniform numbers give two normal ones
    const angle = 2 * Math.PI * source.uniform();
    numbers[i] = radius * Math.cos(angle);
    if (i + 1 < numbers.length) numbers[i + 1] = radius * Math.sin(angle);
  }
  return numbers;
}

/** h = relu(f R), `[n, M]`, of rows f `[n, D]`. */
export function randomFeatures(rows: Float32Array, features: number, matrix: Float32Array): Float32Array {
  if (rows.length === 0) return new Float32Array(0);
  const lifted = tf.tidy(() =>
    tf.relu(tf.matMul(tf.tensor2d(rows, [rows.length / features, features]), tf.tensor2d(matrix, [features, matrix.length / features]))),
  );
  const values = lifted.dataSync<'float32'>();
  lifted.dispose();
  return values;
}
