import { expect, it } from 'vitest';
import { backend, tf, type Tensor } from '../../../src/nn/backend.js';
import { compile, type StepFunction } from '../../../src/nn/compile/compile.js';
import { trace } from '../../../src/nn/compile/trace.js';

/** Forty tensors of 8 MB, all needed for the gradient. */
const deep: StepFunction = ({ x }) => {
  const chain = (start: Tensor) => {
    let value = start;
    for (let i = 0; i < 40; i++) value = tf.tanh(value);
    return tf.sum(value);
  };
  return { dx: tf.grad(chain)(x as Tensor) };
};

const peakMegabytes = () => process.resourceUsage().maxRSS / 1024;

// Of its own process, as the peak is the process's.
it('traces a step without holding its tensors, which running it eagerly does', () => {
  const x = tf.tensor1d(new Float32Array(2 ** 21).fill(0.5));
  tf.dispose(tf.tanh(x));
  const before = peakMegabytes();
  trace(deep, 'deep', { x: { dtype: backend.binding.TF_FLOAT, shape: x.shape } });
  expect(peakMegabytes() - before).toBeLessThan(100);
  tf.dispose(compile(deep, { engine: 'eager' }).run({ x }));
  expect(peakMegabytes() - before).toBeGreaterThan(200);
});
