import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backend, tf, type Tensor } from '../../../src/nn/backend.js';
import { compile, type StepFunction } from '../../../src/nn/compile/compile.js';
import { encodeSavedModel } from '../../../src/nn/compile/graph.js';
import { trace } from '../../../src/nn/compile/trace.js';
import { compiled, expectSame, read } from './both-ways.js';

const { binding } = backend;
const type = (name: string, value: number) => ({ name, type: binding.TF_ATTR_TYPE, value });
const float32 = type('T', binding.TF_FLOAT);

const image = () =>
  tf.tensor4d(
    Float32Array.from({ length: 2 * 4 * 4 * 2 }, (_, i) => Math.sin(i)),
    [2, 4, 4, 2],
  );

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

describe("tfjs's operations", () => {
  const positive = () => tf.tensor2d([0.1, 0.5, 0.75, 0.9, 0.3, 0.2], [2, 3]);
  it.each(['abs', 'acos', 'acosh', 'asin', 'asinh', 'atan', 'atanh', 'ceil', 'cos', 'cosh', 'elu', 'erf', 'exp', 'expm1', 'floor', 'isFinite',
    'isInf', 'isNaN', 'log', 'log1p', 'logSigmoid', 'logSoftmax', 'neg', 'reciprocal', 'relu', 'relu6', 'round', 'rsqrt', 'selu', 'sigmoid', 'sign', 'sin', 'sinh',
    'softmax', 'softplus', 'sqrt', 'square', 'step', 'tan', 'tanh', 'onesLike', 'zerosLike', 'transpose', 'max', 'min', 'mean', 'sum', 'prod', 'argMin', 'logSumExp',
    'norm', 'any', 'all', 'logicalNot'] as const)('%s', (name) => {
    const logical = name === 'any' || name === 'all' || name === 'logicalNot';
    const operation = tf[name] as (x: Tensor) => Tensor;
    expectSame(({ x }) => ({ y: operation(x as Tensor) }), { x: logical ? tf.cast(positive(), 'bool') : positive() });
  }); // prettier-ignore

  it.each(['add', 'sub', 'mul', 'div', 'divNoNan', 'floorDiv', 'maximum', 'minimum', 'mod', 'pow', 'squaredDifference', 'atan2', 'equal', 'notEqual',
    'greater', 'greaterEqual', 'less', 'lessEqual', 'logicalAnd', 'logicalOr', 'logicalXor', 'prelu', 'dot'] as const)('%s', (name) => {
    const operation = tf[name] as (a: Tensor, b: Tensor) => Tensor;
    const [a, b] = [positive(), name === 'dot' ? tf.tensor1d([2, 0.5, 3]) : tf.tensor2d([2, 0.5, 3], [1, 3])];
    const bool = name.startsWith('logical');
    expectSame((inputs) => ({ y: operation(inputs['a'] as Tensor, inputs['b'] as Tensor) }), { a: bool ? a.cast('bool') : a, b: bool ? b.cast('bool') : b });
  }); // prettier-ignore

  it.each<[string, (x: Tensor) => Tensor]>([
    ['expandDims', (x) => tf.expandDims(x, 1)],
    ['squeeze', (x) => tf.squeeze(x.as3D(2, 1, 3))],
    ['tile', (x) => tf.tile(x, [2, 2])],
    ['reverse', (x) => tf.reverse(x, 1)],
    ['clip', (x) => tf.clipByValue(x, 0.2, 0.6)],
    ['gather', (x) => tf.gather(x, tf.tensor1d([1, 0], 'int32'))],
    ['broadcastTo', (x) => tf.broadcastTo(x, [4, 2, 3])],
    ['cumprod', (x) => tf.cumprod(x, 1)],
    ['mirrorPad', (x) => tf.mirrorPad(x, [[1, 0], [0, 1]], 'reflect')], // prettier-ignore
    ['stridedSlice', (x) => tf.stridedSlice(x, [0, 2], [2, 0], [1, -1])],
    ['oneHot', (x) => tf.oneHot(tf.cast(x, 'int32'), 3)],
    ['resizeBilinear', (x) => tf.image.resizeBilinear(x.as3D(2, 3, 1), [4, 5])],
    ['softmaxCrossEntropy', (x) => tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d([0, 2], 'int32'), 3), x)],
    ['conv1d', (x) => tf.conv1d(x.as3D(2, 3, 1), tf.ones([2, 1, 4]), 1, 'same')],
    ['separableConv2d', (x) => tf.separableConv2d(x.as3D(2, 3, 1), tf.ones([2, 2, 1, 1]), tf.ones([1, 1, 1, 2]), 1, 'same')],
    ['localResponseNormalization', (x) => tf.localResponseNormalization(x.as3D(2, 1, 3))],
    [
      'multiply by a large constant of one value',
      (x) => tf.add(tf.zeros([200, 3]), tf.sum(tf.mul(tf.fill([2, 300], 0.5), tf.tile(x, [1, 100])))),
    ],
  ])('%s', (_, operation) => {
    expectSame(({ x }) => ({ y: operation(x as Tensor) }), { x: positive() });
  });
});

it('fills in a constant of one value instead of writing it out', () => {
  const types = { x: { dtype: binding.TF_FLOAT, shape: [300] } };
  const bytes = (values: Float32Array) =>
    encodeSavedModel(trace(({ x }) => ({ y: tf.mul(x as Tensor, tf.tensor1d(values)) }), 'step', types).nodes).length;
  expect(bytes(new Float32Array(300).fill(0.5))).toBeLessThan(1000);
  expect(bytes(Float32Array.from({ length: 300 }, (_, i) => (i === 299 ? 1 : 0.5)))).toBeGreaterThan(1200);
});

it('keeps the sign of a constant zero', () => {
  const inputs = { x: tf.scalar(1) };
  const { y } = expectSame(({ x }) => ({ y: tf.stack([tf.div(x as Tensor, tf.scalar(0)), tf.div(x as Tensor, tf.scalar(-0))]) }), inputs);
  expect(y?.values).toEqual([Infinity, -Infinity]);
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

describe('rows of a table by whole numbers', () => {
  const table = () => tf.tensor2d(Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)), [4, 3]); // prettier-ignore
  const ids = () => tf.tensor2d([3, 0, 3, 1], [2, 2], 'int32');

  it('and the gradient, which adds up what rows that are taken twice get', () => {
    const step: StepFunction = ({ rows, at }) => {
      const taken = (x: Tensor) => tf.square(tf.gather(x, at as Tensor));
      return { y: taken(rows as Tensor), dy: tf.grad(taken)(rows as Tensor) };
    };
    const { dy } = expectSame(step, { rows: table(), at: ids() });
    const values = [...table().dataSync()];
    const times = [1, 1, 0, 2];
    values.forEach((value, i) => {
      expect(dy?.values[i]).toBeCloseTo(2 * value * (times[Math.floor(i / 3)] ?? NaN), 6);
    });
  });

  it('of whole numbers, along another axis, for each of a batch', () => {
    expectSame(({ x, at }) => ({ y: tf.gather(x as Tensor, at as Tensor, 1, 1) }), { x: tf.tensor2d([5, 6, 7, 8, 9, 10], [2, 3], 'int32'), at: tf.tensor2d([2, 0, 1, 1], [2, 2], 'int32') }); // prettier-ignore
  });

  it('tfjs checks the numbers as before, once a step is traced', () => {
    compiled(({ rows, at }) => ({ y: tf.gather(rows as Tensor, at as Tensor) })).run({ rows: table(), at: ids() });
    expect(() => tf.gather(table(), tf.tensor1d([4], 'int32'))).toThrow('the index value 4 is not in [0, 3]');
  });
});
