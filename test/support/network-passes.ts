import { expect } from 'vitest';
import { random } from '../../src/core/random.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { createFrozenStore, frozenTensors } from '../../src/nn/frozen-tensors.js';
import type { Network } from '../../src/nn/network.js';

/** Features `[n * F]` of one pass without a graph, with running statistics where there are any. */
export function passOf(network: Network, parameters: Float32Array, x: Tensor, statistics = new Float32Array(0)): Float32Array {
  const store = createFrozenStore();
  const out = tf.tidy(() => {
    const frozen = network.frozen ? frozenTensors(network.frozen, store.inputs(network.frozen)) : {};
    return network.infer(tf.tensor1d(parameters), tf.tensor1d(statistics), frozen, x);
  });
  const values = out.dataSync<'float32'>().slice();
  out.dispose();
  store.dispose();
  return values;
}

/** Small random numbers in place of what training begins with. */
export function movedParameters({ declaration }: Network, by = 0.05): Float32Array {
  const source = random(3);
  return Float32Array.from({ length: declaration.parameters.size }, () => by * source.normal());
}

/** The gradient of a sum of weighted features by some parameters, held against finite differences. @param by how far to each side; less where units are rectified */
export function checkGradients(network: Network, x: Tensor, parameters: Float32Array, draws: number, by = 0.01): void {
  const store = createFrozenStore();
  const features = passOf(network, parameters, x);
  const slopes = tf.tensor(
    features.map((_, i) => Math.sin(i)),
    [x.shape[0], network.featureSize],
  );
  const loss = (flat: Tensor) => {
    const frozen = network.frozen ? frozenTensors(network.frozen, store.inputs(network.frozen)) : {};
    return tf.sum(tf.mul(network.infer(flat, tf.tensor1d([]), frozen, x), slopes)).asScalar();
  };
  const gradient = tf.tidy(() => tf.grad(loss)(tf.tensor1d(parameters)).dataSync<'float32'>().slice());
  const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const source = random(5);
  for (let k = 0; k < draws; k++) {
    const i = source.integer(parameters.length);
    const value = (step: number) =>
      tf.tidy(() => loss(tf.tensor1d(parameters.map((entry, j) => entry + (i === j ? step : 0)))).dataSync()[0] ?? NaN);
    expect(Math.abs((value(by) - value(-by)) / (2 * by) - (gradient[i] ?? NaN)), `parameter ${i}`).toBeLessThan(2e-3 * largest + 2e-2);
  }
  slopes.dispose();
  store.dispose();
}
