import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { pid } from 'node:process';
import { describe, expect, it } from 'vitest';
import { LifelongError } from '../../../src/core/errors.js';
import { backend, tf, type Tensor } from '../../../src/nn/backend.js';
import { compile, type StepFunction } from '../../../src/nn/compile/compile.js';
import { smallNetworkInputs, tensorCounts, trainSmallNetwork } from './small-network.js';

const { binding } = backend;
const int32 = { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_INT32 };

/** Runs a step three times that cannot be compiled; expects one warning and eager results. */
function fallBack(step: StepFunction, inputs: Record<string, Tensor>) {
  const reasons: string[] = [];
  const runnable = compile(step, { name: 'trial', onFallback: (reason) => reasons.push(reason) });
  const results = Array.from({ length: 3 }, () => {
    const outputs = runnable.run(inputs);
    const values = Object.values(outputs).map((tensor) => [...tensor.dataSync()]);
    tf.dispose(outputs);
    return values;
  });
  expect(reasons).toHaveLength(1);
  expect(runnable.engine).toBe('eager');
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
  return { reason: reasons[0], values: results[0] };
}

function errorOf(run: () => unknown): LifelongError {
  try {
    run();
  } catch (error) {
    if (error instanceof LifelongError) return error;
    throw error;
  }
  throw new Error('no error');
}

describe('a step that cannot be compiled runs eagerly after one warning', () => {
  const x = tf.tensor1d([1, 0, 2]);

  it('when it reads a value back', () => {
    const { reason, values } = fallBack(({ x: value }) => {
      const total = tf.sum(value as Tensor);
      return { y: tf.mul(value as Tensor, (total.dataSync()[0] ?? 0) > 2 ? 10 : 1) };
    }, { x }); // prettier-ignore
    expect(reason).toBe('step trial cannot be compiled: it reads back what Sum gives (dataSync, data or array)');
    expect(values).toEqual([[10, 0, 20]]);
  });

  it('when it reads an input', () => {
    const { reason } = fallBack(({ x: value }) => ({ y: tf.scalar(value?.dataSync()[2] ?? 0) }), { x });
    expect(reason).toBe('step trial cannot be compiled: it reads back its input x (dataSync, data or array)');
  });

  it('when it reads inside a gradient, without losing what the step keeps', () => {
    const inputs = smallNetworkInputs();
    const step: StepFunction = (given) => {
      const outputs = trainSmallNetwork(given);
      const { mean } = outputs;
      const kept = tf.keep(tf.square(mean as Tensor));
      kept.dataSync();
      kept.dispose();
      return outputs;
    };
    const eager = compile(step, { engine: 'eager' });
    tf.dispose(eager.run(inputs));
    const counts = tensorCounts();
    expect(fallBack(step, inputs).reason).toBe('step trial cannot be compiled: it reads back what Square gives (dataSync, data or array)');
    expect(tensorCounts()).toEqual(counts);
  });

  it("when an operation's output has a shape that depends on values", () => {
    const attributes = [int32, { name: 'out_idx', type: binding.TF_ATTR_TYPE, value: binding.TF_INT32 }];
    const step: StepFunction = ({ n }) => ({ y: backend.executeMultipleOutputs('Unique', attributes, [n as Tensor], 2)[0] as Tensor });
    const { reason, values } = fallBack(step, { n: tf.tensor1d([3, 3, 4], 'int32') });
    expect(reason).toBe('step trial cannot be compiled: the shape of what Unique gives depends on values');
    expect(values).toEqual([[3, 4]]);
  });

  it('when a shape is computed from values', () => {
    const attributes = [
      { ...int32, value: binding.TF_FLOAT },
      { ...int32, name: 'index_type' },
    ];
    const step: StepFunction = ({ n }) => ({ y: backend.executeSingleOutput('Fill', attributes, [n as Tensor, tf.scalar(1)]) });
    const { reason, values } = fallBack(step, { n: tf.tensor1d([2], 'int32') });
    expect(reason).toBe('step trial: output y of shape [0] expected as traced, found [2]: a shape depends on values');
    expect(values).toEqual([[1, 1]]);
  });

  it('when its inputs are of a type that graphs here do not carry', () => {
    const { reason } = fallBack(({ z }) => ({ y: tf.real(z as Tensor) }), { z: tf.complex([1, 2], [3, 4]) });
    expect(reason).toBe('step trial cannot be compiled: its input z is of type complex64, neither float32, int32 nor bool');
  });

  it('when an operation lacks an attribute that only a graph needs', () => {
    const { reason, values } = fallBack(({ x: value }) => ({ y: backend.executeSingleOutput('Neg', [], [value as Tensor]) }), { x });
    expect(reason).toMatch(/^step trial cannot be compiled: .*No attr named 'T'/);
    expect(values).toEqual([[-1, -0, -2]]);
  });

  it('leaves no temporary folder and no tensor behind', () => {
    const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`lifelong-step-${pid}-`)).length; // others compile too
    expect(existsSync(tmpdir())).toBe(true);
    const [counts, before] = [tensorCounts(), folders()];
    fallBack(({ x: value }) => ({ y: backend.executeSingleOutput('Neg', [], [value as Tensor]) }), { x });
    const step = compile(({ x: value }) => ({ y: tf.neg(value as Tensor) }));
    tf.dispose(step.run({ x }));
    step.dispose();
    expect([tensorCounts(), folders()]).toEqual([counts, before]);
  });
});

describe.each(['compiled', 'eager'] as const)('a step that is used wrongly (%s)', (engine) => {
  const run = (step: StepFunction, inputs: Record<string, Tensor>) => () => compile(step, { name: 'trial', engine }).run(inputs);

  it('names an input that is freed', () => {
    const x = tf.scalar(1);
    x.dispose();
    const error = errorOf(run(({ x: value }) => ({ y: tf.neg(value as Tensor) }), { x }));
    expect([error.code, error.message]).toEqual(['usage', 'step trial: its input x is freed']);
  });

  it('names an input that the step frees', () => {
    const step: StepFunction = ({ x }) => {
      const y = tf.neg(x as Tensor);
      x?.dispose();
      return { y };
    };
    expect(errorOf(run(step, { x: tf.scalar(1) })).message).toBe('step trial: its input x is freed');
  });

  it('names an input of a later call', () => {
    const step = compile(({ x }) => ({ y: tf.neg(x as Tensor) }), { name: 'trial', engine });
    const x = tf.scalar(1);
    tf.dispose(step.run({ x }));
    x.dispose();
    expect(errorOf(() => step.run({ x })).message).toBe('step trial: its input x is freed');
  });

  it('is refused after dispose', () => {
    const step = compile(({ x }) => ({ y: tf.neg(x as Tensor) }), { name: 'trial', engine });
    step.dispose();
    expect(errorOf(() => step.run({ x: tf.scalar(1) })).message).toBe('step trial: run after dispose');
  });
});

it('names the operation that is given a freed tensor', () => {
  const step: StepFunction = ({ x }) => {
    const square = tf.square(x as Tensor);
    square.dispose();
    return { y: tf.neg(square) };
  };
  const error = errorOf(() => compile(step, { name: 'trial' }).run({ x: tf.scalar(1) }));
  expect([error.code, error.message]).toEqual(['usage', 'step trial: Neg is given a tensor that is freed']);
});

it('leaves the backend as it was, after a trace and after a failed one', () => {
  const own = Object.keys(backend);
  const x = tf.scalar(2);
  compile(({ x: value }) => ({ y: tf.scalar(value?.dataSync()[0] ?? 0) })).run({ x });
  compile(({ x: value }) => ({ y: tf.square(value as Tensor) })).run({ x });
  expect(backend.binding).toBe(binding);
  expect(Object.keys(backend)).toEqual(own);
});
