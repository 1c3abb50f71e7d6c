import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { FeatureNetwork } from '../../src/core/feature-network.js';
import type { Genotype } from '../../src/core/genotype.js';
import { random } from '../../src/core/random.js';
import type { TaskRef } from '../../src/core/task.js';
import { inputOf } from '../../src/domains/registry.js';
import { readAttribute } from '../../src/export/attributes.js';
import { batchFree } from '../../src/export/batch-free.js';
import { graphModel, weightBytes } from '../../src/export/graph-model.js';
import { inferenceGraph, type Traces } from '../../src/export/inference-graph.js';
import type { WeightOwner } from '../../src/export/model-node.js';
import { backend, tf } from '../../src/nn/backend.js';
import { operationNode } from '../../src/nn/compile/graph.js';
import { headLayout } from '../../src/nn/head.js';
import { inferFeatures, inferLogits } from '../../src/nn/inference.js';
import { expertNetwork, type Network } from '../../src/nn/network.js';
import { createStepCache } from '../../src/nn/step-cache.js';
import { normalize } from '../../src/experts/training/batches.js';
import type { TaskNetwork } from '../../src/strategies/strategy.js';
import { largestDifference, play } from './play.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-graph-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Every image operation at both strides; node 2 of each cell has nothing but `none` and goes into a convolution, a sum and the output. */
const cell = [
  ...[['none', 0] as const, ['none', 1] as const],
  ...[['dil_conv_3x3', 0] as const, ['sep_conv_3x3', 2] as const],
  ...[['max_pool_3x3', 0] as const, ['avg_pool_3x3', 1] as const],
  ...[['skip_connect', 0] as const, ['skip_connect', 2] as const],
];
const image: Genotype = { normal: cell, reduce: cell, normalConcat: [2, 3, 4, 5], reduceConcat: [2, 3, 4, 5] };
const vectorCell = [
  ...[['none', 0] as const, ['none', 1] as const, ['linear', 0] as const, ['bottleneck', 2] as const],
  ...[['skip_connect', 0] as const, ['skip_connect', 2] as const, ['linear', 3] as const, ['none', 0] as const],
];
const vector: Genotype = { normal: vectorCell, reduce: vectorCell, normalConcat: [2, 3, 4, 5], reduceConcat: [2, 3, 4, 5] };

/** A network of ours, which can be asked without the export too. */
type OwnNetwork = TaskNetwork & { readonly network: Network };

const taskOf = (inputShape: readonly number[], normalized = true): TaskRef => ({
  ...{ id: 't', index: 0, name: 't', classes: [0, 1, 2] },
  input: inputOf({ shape: inputShape }, 'test'),
  normalization: normalized
    ? {
        mean: Array.from({ length: inputShape.at(-1) ?? 0 }, (_, c) => 0.1 * c + 0.4),
        std: Array.from({ length: inputShape.at(-1) ?? 0 }, (_, c) => 0.2 + 0.1 * c),
      }
    : null,
});

function networkOf(genotype: Genotype, inputShape: readonly number[]): OwnNetwork {
  const network = expertNetwork({ genotype, channels: 3, cells: 3, inputShape });
  const source = random(0, 'weights', inputShape.length);
  const draw = (length: number) => Float32Array.from({ length }, () => 0.5 * source.normal());
  const { parameters, statistics } = network.declaration;
  const head = draw(headLayout(network.featureSize, 3).size);
  return { network, parameters: draw(parameters.size), statistics: draw(statistics.size).map((value) => Math.abs(value) + 0.1), head };
}

function logitsOf({ network, parameters, statistics, head }: OwnNetwork, { input, normalization }: TaskRef, inputs: Float32Array) {
  const [weights, running] = [tf.tensor1d(parameters), tf.tensor1d(statistics)];
  const steps = createStepCache('eager');
  const features = inferFeatures(network, steps, weights, running, normalize(inputs, normalization), input.shape, 1);
  tf.dispose([weights, running]);
  return inferLogits(network, features, head, 3);
}

describe('a network as a graph', () => {
  it.each([
    ['images of odd size', image, [9, 7, 2]],
    ['images of even size', image, [8, 8, 1]],
    ['vectors', vector, [6]],
  ] as const)('%s: every operation, nodes without any, and any number of examples', async (name, genotype, shape) => {
    const task = taskOf(shape);
    const network = networkOf(genotype, shape);
    const traces: Traces = new Map();
    const graph = inferenceGraph(network, task, traces);
    const place = join(folder, name);
    mkdirSync(place);
    const description = { input: task.input, classes: 3, metadata: {}, generatedBy: 'test' };
    writeFileSync(join(place, 'model.json'), JSON.stringify(graphModel(graph, description, { network: 'network.bin', task: 'task.bin' })));
    for (const whose of ['network', 'task'] as const) {
      writeFileSync(join(place, `${whose}.bin`), weightBytes(graph.weights.filter(({ owner }) => owner === whose)));
    }

    const source = random(1, 'inputs');
    const inputs = Float32Array.from({ length: 16 * shape.reduce((product: number, side) => product * side, 1) }, () => source.uniform());
    const expected = logitsOf(network, task, inputs);
    const requests = [1, 2, 3, 5, 16].map((batch) => ({ model: join(place, 'model.json'), shape, values: Array.from(inputs), batch }));
    const answers = [...(await play(requests, folder)), ...(await play(requests, folder, 'tensorflow'))];
    expect(new Set(answers.map(({ backend }) => backend))).toEqual(new Set(['cpu', 'tensorflow']));
    // As in export-run.test.ts, relative to the largest score.
    const scale = Math.max(1, ...expected.map(Math.abs));
    for (const { logits } of answers) expect(largestDifference(logits.flat(), expected) / scale).toBeLessThan(1e-5);
    for (const trace of traces.values()) trace.dispose();
  });

  it('names weights as the network does, and keeps those of the network apart from the task’s own', () => {
    const traces: Traces = new Map();
    const { weights } = inferenceGraph(networkOf(image, [8, 8, 1]), taskOf([8, 8, 1]), traces);
    const named = (whose: WeightOwner) => weights.filter(({ owner }) => owner === whose).map(({ name }) => name);
    expect(named('network')).toContain('stem.0.weight');
    expect(named('network')).toContain('stem.1.running_var');
    expect(named('network').filter((name) => name.startsWith('constant'))).toEqual([]);
    expect(named('task')).toEqual(expect.arrayContaining(['head.weight', 'head.bias', 'normalization.scale', 'normalization.offset']));
    for (const trace of traces.values()) trace.dispose();
  });

  it('refuses the network of a strategy of one’s own that gives something else than a tensor', () => {
    const own = networkOf(vector, [6]);
    const network: FeatureNetwork = {
      ...own.network,
      key: 'mine',
      infer: () => ({ shape: [2, own.network.featureSize], dtype: 'float32' }),
    };
    const refused = expect.objectContaining({
      code: 'usage',
      message: 'features of network mine: a tensor of tfjs expected, found object',
    }) as Error;
    expect(() => inferenceGraph({ ...own, network }, taskOf([6]), new Map())).toThrow(refused);
  });

  it('traces an architecture once for all tasks that have it', () => {
    const traces: Traces = new Map();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) inferenceGraph(networkOf(vector, [6]), taskOf([6]), traces);
    expect(traces.size).toBe(2);
    inferenceGraph(networkOf(vector, [6]), taskOf([6], false), traces);
    expect(traces.size).toBe(4);
    expect(tf.memory().numTensors).toBe(before);
    for (const trace of traces.values()) trace.dispose();
  });
});

describe('a constant for any number of examples', () => {
  const ints = (...values: number[]) => ({ shape: [values.length], data: Int32Array.from(values) });
  const floats = (shape: number[], ...values: number[]) => ({ shape, data: Float32Array.from(values) });

  it('is itself where the traces agree', () => {
    expect(batchFree(floats([2], 1, NaN), floats([2], 1, NaN))).toEqual({ constant: floats([2], 1, NaN), repeated: false });
  });
  it('has -1 for lengths that differ', () => {
    expect(batchFree(ints(8, 2, 4), ints(12, 2, 4))).toEqual({ constant: ints(-1, 2, 4), repeated: false });
  });
  it('is one row where all rows are equal', () => {
    expect(batchFree(floats([2, 2], 5, 6, 5, 6), floats([3, 2], 5, 6, 5, 6, 5, 6))).toEqual({
      constant: floats([1, 2], 5, 6),
      repeated: true,
    });
  });
  it('is none for other numbers that differ', () => {
    expect(batchFree(floats([1], 1), floats([1], 2))).toBeUndefined();
    expect(batchFree(ints(2, -1), ints(3, -1))).toBeUndefined();
    expect(batchFree(floats([2, 1], 5, 6), floats([3, 1], 5, 6, 7))).toBeUndefined();
    expect(batchFree(floats([2, 1], 5, 5), floats([3, 2], 5, 5, 5, 5, 5, 5))).toBeUndefined();
  });
});

describe('attributes', () => {
  const { binding } = backend;
  const roundTrip = (type: number, value: unknown) => {
    const [[, bytes] = []] = operationNode('n', 'Op', [], [{ name: 'a', type, value }]).attributes;
    return readAttribute(bytes ?? new Uint8Array());
  };

  it('are what the compiled step has written', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.array(fc.maxSafeInteger()), fc.string(), fc.float({ noNaN: true }), (whole, list, text, real) => {
        expect(roundTrip(binding.TF_ATTR_INT, whole)).toEqual({ i: String(whole) });
        expect(roundTrip(binding.TF_ATTR_INT, list)).toEqual({ list: { i: list.map(String) } });
        expect(roundTrip(binding.TF_ATTR_STRING, text)).toEqual({ s: Buffer.from(text).toString('base64') });
        expect(roundTrip(binding.TF_ATTR_FLOAT, real)).toEqual({ f: real });
      }),
    );
    expect([true, false].map((value) => roundTrip(binding.TF_ATTR_BOOL, value))).toEqual([{ b: true }, { b: false }]);
    expect(roundTrip(binding.TF_ATTR_TYPE, binding.TF_INT32)).toEqual({ type: 3 });
  });
});
