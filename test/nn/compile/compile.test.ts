import { describe, expect, it } from 'vitest';
import { backend, tf, type Tensor } from '../../../src/nn/backend.js';
import { compile, type Step, type StepFunction } from '../../../src/nn/compile/compile.js';
import { compiled, expectSame, read } from './both-ways.js';
import { smallNetworkInputs, tensorCounts, trainSmallNetwork } from './small-network.js';

describe('a compiled step', () => {
  it('computes what the step says, by inputs of the call and not of the trace', () => {
    const step = compiled(({ x, rate }) => ({ y: tf.mul(tf.square(x as Tensor), rate as Tensor) }));
    const run = (x: number[], rate: number) => read(step.run({ x: tf.tensor1d(x), rate: tf.scalar(rate) }))['y'];
    expect(run([1, 2], 0.5)).toEqual({ dtype: 'float32', shape: [2], values: [0.5, 2] });
    expect(run([3, 4], 2)).toEqual({ dtype: 'float32', shape: [2], values: [18, 32] });
  });

  it('takes inputs by name, in any order', () => {
    const step = compiled(({ a, b }) => ({ difference: tf.sub(a as Tensor, b as Tensor) }));
    const [three, one] = [tf.scalar(3), tf.scalar(1)];
    expect(read(step.run({ a: three, b: one }))['difference']?.values).toEqual([2]);
    expect(read(step.run({ b: one, a: three }))['difference']?.values).toEqual([2]);
  });

  it('makes a graph for each set of shapes and types, and goes back to an earlier one', () => {
    let traces = 0;
    const step = compiled(({ x }) => {
      traces += 1;
      return { sum: tf.sum(x as Tensor), rows: tf.scalar(x?.shape[0] ?? 0) };
    });
    const run = (x: Tensor) => Object.values(read(step.run({ x }))).map(({ values }) => values[0]);
    expect(run(tf.ones([4, 2]))).toEqual([8, 4]);
    expect(run(tf.ones([3, 2]))).toEqual([6, 3]);
    expect(run(tf.ones([3, 2], 'int32'))).toEqual([6, 3]);
    expect(run(tf.ones([4, 2]))).toEqual([8, 4]);
    expect(traces).toBe(3);
  });

  it('gives an input, a constant and one tensor under two names as outputs of their own', () => {
    const x = tf.tensor1d([1, 2]);
    const step: StepFunction = (inputs) => {
      const doubled = tf.mul(inputs['x'] as Tensor, 2);
      return { x: inputs['x'] as Tensor, seven: tf.scalar(7, 'int32'), first: doubled, second: doubled };
    };
    expectSame(step, { x });
    const { x: same, first, second } = compiled(step).run({ x }) as Record<'x' | 'first' | 'second', Tensor>;
    tf.dispose([same, first]);
    expect([...x.dataSync()]).toEqual([1, 2]);
    expect([...second.dataSync()]).toEqual([2, 4]);
  });

  it('accepts one tensor as two inputs', () => {
    const x = tf.scalar(3);
    expect(expectSame(({ a, b }) => ({ y: tf.add(a as Tensor, tf.mul(b as Tensor, 10)) }), { a: x, b: x })['y']?.values).toEqual([33]);
  });

  it('handles int32 and bool', () => {
    const n = tf.tensor1d([1, -2, 3], 'int32');
    const mask = tf.tensor1d([true, false, true], 'bool');
    const step: StepFunction = (inputs) => ({
      n: tf.add(inputs['n'] as Tensor, tf.scalar(1, 'int32')),
      not: tf.logicalNot(inputs['mask'] as Tensor),
      chosen: tf.where(inputs['mask'] as Tensor, inputs['n'] as Tensor, tf.zerosLike(inputs['n'] as Tensor)),
      float: tf.cast(inputs['mask'] as Tensor, 'float32'),
    });
    expect(expectSame(step, { n, mask })['chosen']).toEqual({ dtype: 'int32', shape: [3], values: [1, 0, 3] });
  });

  it('handles empty tensors and scalars', () => {
    expectSame(({ x, s }) => ({ y: tf.add(tf.sum(x as Tensor), s as Tensor), x: x as Tensor }), { x: tf.zeros([0, 3]), s: tf.scalar(2) });
  });

  it('embeds constants by value: those made in the step, large ones, and tensors from outside', () => {
    const outside = tf.tensor1d([1, 2, 3]);
    const large = Float32Array.from({ length: 5000 }, (_, i) => i / 7);
    const step: StepFunction = ({ x }) => ({
      y: tf.add(tf.mul(x as Tensor, outside), tf.range(0, 3)),
      large: tf.add(tf.tensor1d(large), tf.sum(x as Tensor)),
      mask: tf.add(x as Tensor, tf.tensor1d([1, 0, 1], 'bool')),
    });
    expectSame(step, { x: tf.tensor1d([4, 5, 6]) });
  });

  it('reads values that do not depend on inputs, as tf.gather does with its indices', () => {
    const step: StepFunction = ({ x }) => ({
      y: tf.gather(x as Tensor, tf.tensor1d([2, 0], 'int32')),
      n: tf.scalar(tf.range(0, 4).dataSync()[3] ?? 0),
    });
    expect(expectSame(step, { x: tf.tensor1d([4, 5, 6]) })['y']?.values).toEqual([6, 4]);
  });

  it('runs inside another compiled step as part of it', () => {
    const inner = compiled(({ x }) => ({ y: tf.square(x as Tensor) }));
    const outer: StepFunction = ({ x }) => ({ z: tf.add(inner.run({ x: x as Tensor })['y'] as Tensor, 1) });
    expect(expectSame(outer, { x: tf.scalar(3) })['z']?.values).toEqual([10]);
  });

  it('leaves its outputs to the scope of the call', () => {
    const step = compiled(({ x }) => ({ y: tf.square(x as Tensor) }));
    const x = tf.scalar(3);
    const counts = tensorCounts();
    tf.tidy(() => {
      step.run({ x });
      step.run({ x });
    });
    expect(tensorCounts()).toEqual([counts[0], (counts[1] ?? 0) + 1]); // x is uploaded by now
  });
});

describe('gradients in a step', () => {
  it("are tfjs's own", () => {
    const step: StepFunction = ({ x, w }) => {
      const { value, grads } = tf.valueAndGrads((a: Tensor, b: Tensor) => tf.sum(tf.mul(tf.square(a), b)).asScalar())([
        x as Tensor,
        w as Tensor,
      ]);
      return { value, dx: grads[0] as Tensor, dw: grads[1] as Tensor };
    };
    const { dx, dw } = expectSame(step, { x: tf.tensor1d([1, 2]), w: tf.tensor1d([3, 4]) });
    expect([dx?.values, dw?.values]).toEqual([[6, 16], [1, 4]]); // prettier-ignore
  });

  it('go through custom gradients made of raw operations', () => {
    const type = { name: 'T', type: backend.binding.TF_ATTR_TYPE, value: backend.binding.TF_FLOAT };
    const relu = tf.customGrad((input, save) => {
      const value = backend.executeSingleOutput('Relu', [type], [input as Tensor]);
      (save as (tensors: Tensor[]) => void)([value]);
      return { value, gradFunc: (dy: Tensor, [y]: Tensor[]) => backend.executeSingleOutput('ReluGrad', [type], [dy, y as Tensor]) };
    });
    const step: StepFunction = ({ x }) => ({ dx: tf.grad((a: Tensor) => tf.sum(tf.square(relu(a))))(x as Tensor) });
    expect(expectSame(step, { x: tf.tensor1d([-1, 0, 3]) })['dx']?.values).toEqual([0, 0, 6]);
  });
});

/** Runs a training step again and again, state out of one step into the next; gives the losses. */
function train(step: Step, steps: number): number[] {
  const inputs = smallNetworkInputs();
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const { loss, ...state } = step.run(inputs);
    for (const [name, tensor] of Object.entries(state)) {
      inputs[name]?.dispose();
      inputs[name] = tensor;
    }
    losses.push(loss?.dataSync()[0] ?? NaN);
    loss?.dispose();
  }
  tf.dispose(inputs);
  return losses;
}

describe('training', () => {
  it('has the same losses compiled and eagerly, within 1e-6 over 20 steps, and learns', () => {
    const eager = train(compile(trainSmallNetwork, { engine: 'eager' }), 20);
    const graph = train(compiled(trainSmallNetwork), 20);
    graph.forEach((loss, i) => {
      expect(Math.abs(loss / (eager[i] ?? NaN) - 1), `step ${i}: ${loss} against ${eager[i]}`).toBeLessThanOrEqual(1e-6);
    });
    expect(graph.at(-1)).toBeLessThan((graph[0] ?? 0) - 0.05);
  });

  it('keeps the number of tensors exact and memory flat over 1,000 steps', () => {
    // 256 kB of state: one tensor lost a step would be 200 MB.
    let state: Tensor = tf.zeros([65536]);
    const step = compiled(({ state: value }) => ({ state: tf.add(value as Tensor, 1), sum: tf.sum(value as Tensor) }));
    const rss: number[] = [];
    let counts: number[] = [];
    for (let i = 0; i < 1000; i++) {
      const outputs = step.run({ state });
      tf.dispose([state, outputs['sum']]);
      state = outputs['state'] as Tensor;
      if (i === 0) counts = tensorCounts();
      if (i % 200 === 199) rss.push(process.memoryUsage().rss / 2 ** 20);
    }
    expect(tensorCounts()).toEqual(counts);
    expect((rss.at(-1) ?? Infinity) - (rss[0] ?? 0)).toBeLessThan(40);
    expect(state.dataSync()[0]).toBe(1000);
  });

  it('takes back all that compiling and running took, over and over', () => {
    const inputs = smallNetworkInputs();
    tf.dispose(compile(trainSmallNetwork, { engine: 'eager' }).run(inputs));
    const counts = tensorCounts();
    for (let i = 0; i < 3; i++) {
      const step = compiled(trainSmallNetwork);
      tf.dispose(step.run(inputs));
      step.dispose();
    }
    expect(tensorCounts()).toEqual(counts);
  });
});
