import { describe, expect, it } from 'vitest';
import { random } from '../../../src/core/random.js';
import { backend, tf, type Tensor } from '../../../src/nn/backend.js';
import type { StepFunction } from '../../../src/nn/compile/compile.js';
import { optimize } from '../../../src/nn/compile/optimize.js';
import { trace } from '../../../src/nn/compile/trace.js';
import { conv, depthwise, maxPool, relu } from '../../../src/nn/primitives.js';
import { expectSame } from './both-ways.js';

/** Small integers, so that sums are exact in any order. */
function integers(name: string, shape: number[]): Tensor {
  const numbers = random(1, name);
  return tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => numbers.integer(7) - 3),
    shape,
  );
}

const typesOf = (inputs: Record<string, Tensor>) =>
  Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, { dtype: backend.binding.TF_FLOAT, shape }]));

/** How often each of these operations is in the step's graph, as recorded and as it runs. */
function counts(step: StepFunction, inputs: Record<string, Tensor>, ...ops: string[]) {
  const recorded = trace(step, 'step', typesOf(inputs));
  const count = ({ nodes }: typeof recorded) => ops.map((op) => nodes.filter((node) => node.op === op).length);
  return { recorded: count(recorded), optimized: count(optimize(recorded)) };
}

/** Gradients of all inputs of the weighted sum of what the network gives. */
const gradients =
  (network: (inputs: Record<string, Tensor>) => Tensor[]): StepFunction =>
  (inputs) => {
    const names = Object.keys(inputs).sort();
    const score = (...values: Tensor[]) =>
      network(Object.fromEntries(names.map((name, i) => [name, values[i] as Tensor])))
        .map((y, i) => tf.sum(tf.mul(y, i + 1)))
        .reduce((a, b) => tf.add(a, b))
        .asScalar();
    const { grads } = tf.valueAndGrads(score)(names.map((name) => inputs[name] as Tensor));
    return Object.fromEntries(names.map((name, i) => [name, grads[i] as Tensor]));
  };

const x = integers('x', [2, 5, 6, 3]);
const kernel = (name: string, channels: number, size = 1) => integers(name, [size, size, 3, channels]);

describe('a compiled step', () => {
  it('computes equal operations once, but not those that differ in an attribute', () => {
    const step: StepFunction = (inputs) => {
      const image = inputs['x'] as Tensor;
      return { twice: tf.add(relu(image), relu(image)), pools: tf.add(maxPool(image, 1), tf.maxPool(image as never, 3, 1, 'same')) };
    };
    expect(counts(step, { x }, 'Relu', 'MaxPool')).toEqual({ recorded: [2, 2], optimized: [1, 1] });
    expectSame(step, { x });
    const sums: StepFunction = (inputs) => ({ all: tf.sum(inputs['x'] as Tensor), kept: tf.sum(inputs['x'] as Tensor, undefined, true) });
    expect(counts(sums, { x }, 'Sum').optimized).toEqual([2]);
    expectSame(sums, { x });
  });

  it('gives one tensor under two names as outputs of their own', () => {
    const step: StepFunction = (inputs) => ({ a: relu(inputs['x'] as Tensor), b: relu(inputs['x'] as Tensor) });
    expect(counts(step, { x }, 'Relu', 'Identity').optimized).toEqual([1, 2]);
    expectSame(step, { x });
  });

  it('leaves out what no output needs', () => {
    const step: StepFunction = (inputs) => {
      tf.square(inputs['x'] as Tensor);
      return { y: tf.neg(inputs['x'] as Tensor) };
    };
    expect(counts(step, { x }, 'Square', 'Neg')).toEqual({ recorded: [1, 1], optimized: [0, 1] });
  });

  it('cuts the gradients of one ReLU once, and has those of all convolutions of one tensor from one operation', () => {
    const inputs = { x, a: kernel('a', 2), b: kernel('b', 4), c: kernel('c', 1), d: integers('d', [3, 3, 3, 1]) };
    const step = gradients((given) => {
      const image = given['x'] as Tensor;
      const mixed = ['a', 'b', 'c'].map((name) => tf.square(conv(relu(image), given[name] as Tensor, 1, 0)));
      return [...mixed, depthwise(relu(image), given['d'] as Tensor, 1, 1), maxPool(image, 1)];
    });
    expect(counts(step, inputs, 'ReluGrad', 'Conv2DBackpropInput', 'Conv2DBackpropFilter')).toEqual({
      recorded: [4, 3, 3],
      optimized: [1, 1, 1],
    });
    expectSame(step, inputs);
  });

  it('does so for any kernel, but only for kernels of one size and padding', () => {
    const inputs = { x, a: kernel('a', 2, 3), b: kernel('b', 1, 3), c: kernel('c', 2), d: kernel('d', 2, 3) };
    const step = gradients((given) => {
      const [image, a, b, c, d] = ['x', 'a', 'b', 'c', 'd'].map((name) => given[name] as never) as [never, never, never, never, never];
      const same = [a, b, c].map((each) => tf.conv2d(image, each, 1, 'same'));
      return [...same, tf.conv2d(image, d, 1, 'valid')];
    });
    expect(counts(step, inputs, 'Conv2DBackpropInput', 'Conv2DBackpropFilter')).toEqual({ recorded: [4, 4], optimized: [3, 3] });
    expectSame(step, inputs);
  });

  it('rectifies tensors side by side one by one where a part is rectified anyway, gradients too', () => {
    const inputs = { x, other: integers('other', [2, 5, 6, 2]), a: kernel('a', 2), b: integers('b', [1, 1, 5, 3]) };
    const step = gradients((given) => {
      const [image, other] = [given['x'] as Tensor, given['other'] as Tensor];
      const whole = tf.concat([image, other], -1);
      return [tf.square(conv(relu(image), given['a'] as Tensor, 1, 0)), tf.square(conv(relu(whole), given['b'] as Tensor, 1, 0))];
    });
    expect(counts(step, inputs, 'Relu', 'ReluGrad')).toEqual({ recorded: [2, 2], optimized: [2, 2] });
    expectSame(step, inputs);
  });

  it('keeps a gradient that is read by itself as well', () => {
    const inputs = { x, a: kernel('a', 2), b: kernel('b', 2) };
    const step: StepFunction = (given) => {
      const image = given['x'] as Tensor;
      const parts = ['a', 'b'].map((name) =>
        tf.grad((input: Tensor) => tf.sum(tf.square(conv(relu(input), given[name] as Tensor, 1, 0))))(image),
      ) as [Tensor, Tensor];
      return { first: parts[0], sum: tf.add(parts[0], parts[1]) };
    };
    expect(counts(step, inputs, 'ReluGrad').optimized).toEqual([2]);
    expectSame(step, inputs);
  });

  it("does not wait for a gradient that depends on another of the same tensor's", () => {
    const inputs = { x, a: kernel('a', 2) };
    const step: StepFunction = (given) => {
      const [image, a] = [given['x'] as Tensor, given['a'] as Tensor];
      const slope = (weights: Tensor) => tf.grad((k: Tensor) => tf.sum(tf.square(conv(image, k, 1, 0))))(weights);
      return { moved: slope(tf.sub(a, tf.mul(slope(a), 0.5))) };
    };
    expect(counts(step, inputs, 'Conv2DBackpropFilter')).toEqual({ recorded: [2], optimized: [2] });
    expectSame(step, inputs);
  });
});
