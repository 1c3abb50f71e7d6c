import { expect } from 'vitest';
import { tf, type Tensor } from '../../../src/nn/backend.js';
import { compile, type Step, type StepFunction } from '../../../src/nn/compile/compile.js';
import { tensorCounts } from './small-network.js';

/** A step that must not fall back. */
export function compiled(step: StepFunction): Step {
  return compile(step, {
    onFallback(reason) {
      throw new Error(reason);
    },
  });
}

/** The outputs as plain values; disposes them. */
export function read(outputs: Record<string, Tensor>) {
  const values = Object.entries(outputs).map(([name, tensor]) => [
    name,
    { dtype: tensor.dtype, shape: tensor.shape, values: [...tensor.dataSync()] },
  ]);
  tf.dispose(outputs);
  return Object.fromEntries(values) as Record<string, { dtype: string; shape: number[]; values: number[] }>;
}

/**
 * The same names, types and shapes, and values within 1e-6 of the larger of 1 and their size: a graph may add up in another order than eager
 * kernels, here some hundred numbers at most: sqrt(300) * 2^-24.
 */
export function expectClose(found: ReturnType<typeof read>, expected: ReturnType<typeof read>) {
  const types = (outputs: ReturnType<typeof read>) => Object.entries(outputs).map(([name, { dtype, shape }]) => [name, dtype, shape]);
  expect(types(found)).toEqual(types(expected));
  for (const [name, { values }] of Object.entries(expected)) {
    values.forEach((value, i) => {
      const other = found[name]?.values[i] ?? NaN;
      const same = Object.is(other, value) || Math.abs(other - value) <= 1e-6 * Math.max(1, Math.abs(value));
      expect(same, `${name}, element ${i}: ${other} against ${value}`).toBe(true);
    });
  }
}

/** Expects that a step gives the same compiled (twice) and eagerly, and leaves no tensor behind. */
export function expectSame(step: StepFunction, inputs: Record<string, Tensor>) {
  const eager = compile(step, { engine: 'eager' });
  const expected = read(eager.run(inputs));
  const graph = compiled(step);
  const counts = tensorCounts();
  expectClose(read(graph.run(inputs)), expected);
  expectClose(read(graph.run(inputs)), expected);
  expect(tensorCounts()).toEqual(counts);
  expect(graph.engine).toBe('compiled');
  graph.dispose();
  return expected;
}
