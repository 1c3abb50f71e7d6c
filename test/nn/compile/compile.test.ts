import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backend, tf, type Tensor } from '../../../src/nn/backend.js';
import { compile, type Step, type StepFunction } from '../../../src/nn/compile/compile.js';
import { smallNetworkInputs, tensorCounts, trainSmallNetwork } from './small-network.js';

const { binding } = backend;
const type = (name: string, value: number) => ({ name, type: binding.TF_ATTR_TYPE, value });
const float32 = type('T', binding.TF_FLOAT);

function compiled(step: StepFunction): Step {
  return compile(step, {
    onFallback(reason) {
      throw new Error(reason);
    },
  });
}

/** The outputs as plain values; disposes them. */
function read(outputs: Record<string, Tensor>) {
  const values = Object.entries(outputs).map(([name, tensor]) => [
    name,
    { dtype: tensor.dtype, shape: tensor.shape, values: [...tensor.dataSync()] },
  ]);
  tf.dispose(outputs);
  return Object.fromEntries(values) as Record<string, { dtype: string; shape: number[]; values: number[] }>;
}

/** The same names, types and shapes, and values within 1e-6 of the larger of 1 and their size. */
function expectClose(found: ReturnType<typeof read>, expected: ReturnType<typeof read>) {
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
function expectSame(step: StepFunction, inputs: Record<string, Tensor>) {
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

const image = () =>
  tf.tensor4d(
    Float32Array.from({ length: 2 * 4 * 4 * 2 }, (_, i) => Math.sin(i)),
    [2, 4, 4, 2],
  );

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

describe('operations with every kind of attribute and input', () => {
  it.each<[string, (x: Tensor) => Tensor | Tensor[]]>([
    ['list inputs', (x) => [tf.concat([x, x, tf.neg(x)], 3), tf.stack([x, x]), tf.addN([x, x, x])]],
    ['several outputs', (x) => [...tf.split(x, [1, 3], 1), ...tf.unstack(x, 3), ...Object.values(tf.moments(x, [0]))]],
    ['lists of integers and strings', (x) => tf.conv2d(x as never, tf.ones([3, 3, 2, 3]), 2, 'same')],
    ['explicit padding', (x) => tf.conv2d(x as never, tf.ones([3, 3, 2, 3]), 1, [[0, 0], [1, 0], [0, 1], [0, 0]] as never)], // prettier-ignore
    ['types and booleans', (x) => [tf.argMax(x, 3), tf.cast(x, 'int32'), tf.matMul(tf.reshape(x, [16, 4]), tf.ones([5, 4]), false, true)]],
    ['floats', (x) => [tf.leakyRelu(x, 0.3), tf.batchNorm(x, tf.zeros([2]), tf.ones([2]), undefined, undefined, 0.25)]],
    ['depth and space', (x) => [tf.spaceToBatchND(x, [2, 2], [[0, 0], [0, 0]]), tf.depthToSpace(tf.concat([x, x], 3) as never, 2)]], // prettier-ignore
    ['topk, one-hot, gather', (x) => [...Object.values(tf.topk(x, 2)), tf.oneHot(tf.argMax(x, 3), 2), tf.cumsum(x, 1)]],
    ['padding and slices', (x) => [tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]], -5), tf.slice(x, [0, 1, 0, 1], [2, 2, -1, 1])]], // prettier-ignore
    ['logarithms of nothing', (x) => [tf.log(tf.abs(x)), tf.div(1, x), tf.softmax(tf.reshape(x, [4, 16]))]],
    ['a shape', (x) => backend.executeSingleOutput('PlaceholderWithDefault', [type('dtype', binding.TF_FLOAT), { name: 'shape', type: binding.TF_ATTR_SHAPE, value: x.shape }], [x])], // prettier-ignore
    ['a list of floats', (x) => backend.executeSingleOutput('Bucketize', [float32, { name: 'boundaries', type: binding.TF_ATTR_FLOAT, value: [-0.5, 0.5] }], [x])], // prettier-ignore
  ])('%s', (_, operation) => {
    expectSame(({ x }) => Object.fromEntries([operation(x as Tensor)].flat().map((tensor, i) => [`y${i}`, tensor])), { x: image() });
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
    const relu = tf.customGrad((input, save) => {
      const value = backend.executeSingleOutput('Relu', [float32], [input as Tensor]);
      (save as (tensors: Tensor[]) => void)([value]);
      return { value, gradFunc: (dy: Tensor, [y]: Tensor[]) => backend.executeSingleOutput('ReluGrad', [float32], [dy, y as Tensor]) };
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

describe('any chain of operations', () => {
  const unary = ['abs', 'neg', 'relu', 'sigmoid', 'tanh', 'square', 'softplus', 'exp', 'sin'] as const;
  const link = fc.oneof(
    fc.constantFrom(...unary).map((name) => (x: Tensor) => tf[name](x)),
    fc.integer({ min: -3, max: 3 }).map((n) => (x: Tensor) => tf.minimum(tf.add(x, n), 4)),
    fc.constant((x: Tensor) => tf.transpose(x)),
    fc.constant((x: Tensor) => tf.concat([x, x], 0)),
    fc.nat(1).map((axis) => (x: Tensor) => tf.sub(x, tf.mean(x, axis, true))),
    fc.constant((x: Tensor) => tf.cast(tf.greater(x, 0), 'float32')),
    fc.constant((x: Tensor) => tf.reshape(x, [-1, 2])),
  );

  it('gives the same compiled and eagerly', () => {
    fc.assert(
      fc.property(fc.array(link, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 3 }), (chain, rows) => {
        const x = tf.tensor2d(
          Float32Array.from({ length: 2 * rows }, (_, i) => Math.cos(5 * i)),
          [rows, 2],
        );
        const step: StepFunction = (inputs) => ({ y: chain.reduce((value, apply) => apply(value), inputs['x'] as Tensor) });
        const [expected, found] = [compile(step, { engine: 'eager' }), compiled(step)].map((runnable) => {
          const y = read(runnable.run({ x }))['y'];
          runnable.dispose();
          return y;
        });
        x.dispose();
        expect(found?.shape).toEqual(expected?.shape);
        found?.values.forEach((value, i) => {
          expect(value).toBeCloseTo(expected?.values[i] ?? NaN, 5);
        });
      }),
      { numRuns: 60, seed: 1 },
    );
  });
});
