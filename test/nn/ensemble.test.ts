import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';
import type { NamedArray } from '../../src/core/snapshot.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { ensembleNetwork, isOwn } from '../../src/nn/ensemble.js';
import { applyHeadToMembers, headLayout } from '../../src/nn/head.js';
import { initialValues, toArrays, type Layout } from '../../src/nn/layout.js';
import { memberInputs } from '../../src/nn/member-step.js';
import { expertNetwork, type Network } from '../../src/nn/network.js';
import { createStepCache, type Engine } from '../../src/nn/step-cache.js';
import { trainingDefinition } from '../../src/nn/training-step.js';
import { imageGenotype } from '../../src/strategies/shared/fixed-architecture.js';

const input = { domain: 'image', shape: [8, 8, 1], dtype: 'float32' } as const;
const plain = expertNetwork({ genotype: imageGenotype, channels: 2, cells: 2, inputShape: input.shape });
const classes = 3;
const head = headLayout(plain.featureSize, classes);
const rule = { momentum: 0.9, weightDecay: 0.01, clip: 1 };

/** All that training changes. */
interface Vectors {
  readonly weights: Float32Array;
  readonly velocity: Float32Array;
  readonly statistics: Float32Array;
}

function begun({ declaration: { parameters, statistics } }: Network): Vectors {
  const weights = Float32Array.from([...initialValues(parameters, random(1)), ...initialValues(head, random(2))]);
  return { weights, velocity: new Float32Array(weights.length), statistics: initialValues(statistics, random(3)) };
}

/** Steps of these members in turn, of batch i in step i. */
function trained(network: Network, from: Vectors, members: readonly number[], engine: Engine = 'eager'): Vectors & { losses: number[] } {
  const steps = createStepCache(engine);
  const step = steps.get(trainingDefinition(network, [classes], rule), 100);
  let now = from;
  const losses = members.map((k, i) => {
    const source = random(4, i);
    const x = tf.tensor(
      Float32Array.from({ length: 6 * 64 }, () => source.uniform()),
      [6, 8, 8, 1],
    );
    const drawn: Record<string, NamedArray> = network.members === undefined ? {} : memberInputs(k, network.members);
    const inputs = {
      ...{ weights: tf.tensor1d(now.weights), velocity: tf.tensor1d(now.velocity), statistics: tf.tensor1d(now.statistics) },
      ...{ x, y: tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32'), learningRate: tf.scalar(0.1) },
      ...Object.fromEntries(Object.entries(drawn).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape], 'int32')])),
    };
    const out = step.run(inputs);
    const read = (name: string) => out[name]?.dataSync<'float32'>().slice() ?? new Float32Array();
    now = { weights: read('weights'), velocity: read('velocity'), statistics: read('statistics') };
    const loss = read('loss')[0] ?? NaN;
    tf.dispose([out, inputs]);
    return loss;
  });
  steps.dispose();
  return { ...now, losses };
}

/** What a member has of its own, by name, without momentum's and the weights' heads. */
function ownOf({ declaration: { parameters, statistics } }: Network, vectors: Vectors, k: number) {
  const of = (layout: Layout, flat: Float32Array) =>
    Object.entries(toArrays(layout, flat.subarray(0, layout.size))).filter(([name]) => name.startsWith(`members.${k}.`));
  return [of(parameters, vectors.weights), of(parameters, vectors.velocity), of(statistics, vectors.statistics)].map((entries) =>
    entries.map(([name, { data }]) => [name, [...data]]),
  );
}

const three = ensembleNetwork(plain, 3, input);

describe('an ensemble on one network', () => {
  it('shares kernels and has scales, offsets and statistics of each member', () => {
    const own = plain.declaration.parameters.weights.filter(isOwn).reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
    expect(own).toBeGreaterThan(20);
    expect(three.declaration.parameters.size).toBe(plain.declaration.parameters.size + 2 * own);
    expect(three.declaration.statistics.size).toBe(3 * plain.declaration.statistics.size);
    expect([three.featureSize, three.members]).toEqual([plain.featureSize, 3]);
    expect(three.declaration.macs).toBe(3 * plain.declaration.macs);
  });

  it('does not move a member that is not drawn: weights, momentum and statistics stay, to the last bit, whatever decays', () => {
    const start = begun(three);
    const first = trained(three, start, [0, 1, 0]);
    expect(ownOf(three, first, 2)).toEqual(ownOf(three, start, 2));
    expect(ownOf(three, first, 0)).not.toEqual(ownOf(three, start, 0));
    const second = trained(three, first, [1, 1, 1, 1]); // member 0 has momentum from before
    expect(ownOf(three, second, 0)).toEqual(ownOf(three, first, 0));
    expect(ownOf(three, second, 1)).not.toEqual(ownOf(three, first, 1));
    const names = (k: number) => ownOf(three, second, k).map((part) => part.length);
    expect(names(2)).toEqual(names(0));
  });

  it.each(['eager', 'auto'] as const)('of one member is trained as the network alone, bit for bit (engine %s)', (engine) => {
    const one = ensembleNetwork(plain, 1, input, 0);
    const start = begun(plain);
    expect(begun(one)).toEqual(start);
    expect(trained(one, start, [0, 0, 0, 0, 0], engine)).toEqual(trained(plain, start, [0, 0, 0, 0, 0], engine));
  });

  it('gives the features of each member, which are those of the network with its weights, bit for bit', () => {
    const { weights, statistics } = trained(three, begun(three), [0, 1, 2, 0, 1, 2]);
    const { parameters, statistics: running } = three.declaration;
    const source = random(9);
    const x = Float32Array.from({ length: 4 * 64 }, () => source.uniform());
    const infer = (network: Network, body: Float32Array, of: Float32Array) => {
      const out = tf.tidy(() => network.infer(tf.tensor1d(body), tf.tensor1d(of), {}, tf.tensor(x, [4, 8, 8, 1])));
      const values = out.dataSync<'float32'>().slice();
      out.dispose();
      return values;
    };
    const all = infer(three, weights.subarray(0, parameters.size), statistics);
    const size = plain.featureSize;
    for (let k = 0; k < 3; k++) {
      const vectorFor = (layout: Layout, flat: Float32Array, single: Layout) => {
        const arrays = toArrays(layout, flat.subarray(0, layout.size));
        return Float32Array.from(single.weights.flatMap(({ name }) => [...((arrays[`members.${k}.${name}`] ?? arrays[name])?.data ?? [])]));
      };
      const alone = infer(
        plain,
        vectorFor(parameters, weights, plain.declaration.parameters),
        vectorFor(running, statistics, plain.declaration.statistics),
      );
      for (let row = 0; row < 4; row++) {
        expect(all.subarray((row * 3 + k) * size, (row * 3 + k + 1) * size)).toEqual(alone.subarray(row * size, (row + 1) * size));
      }
    }
  });

  it('begins with scales that differ from member to member, and with one network otherwise', () => {
    const start = begun(three);
    const [zero, one] = [0, 1].map((k) => ownOf(three, start, k)[0] ?? []);
    zero?.forEach(([name, values], i) => {
      const scale = /\.weight$/.test(String(name));
      if (scale) expect(values).not.toEqual(one?.[i]?.[1]);
      else expect(values).toEqual(one?.[i]?.[1]);
    });
  });

  it('has dropout of channels as a special case: a member whose norms scale by a mask is the network with these channels dropped', () => {
    const start = begun(three);
    const weights = start.weights.slice(0, three.declaration.parameters.size);
    const views = toArrays(three.declaration.parameters, weights);
    const last = plain.declaration.parameters.weights.filter((spec) => isOwn(spec) && spec.name.endsWith('.weight')).at(-1)?.name ?? '';
    const of = (k: number, name: string) => views[`members.${k}.${name}`]?.data as Float32Array;
    const norm = last.replace(/\.weight$/, '');
    const bias = `${norm}.bias`;
    for (const { name } of plain.declaration.parameters.weights.filter(isOwn)) of(1, name).set(of(0, name)); // one network twice
    of(1, last).fill(0, 0, 1);
    of(1, bias).fill(0, 0, 1);
    const source = random(9);
    const x = tf.tensor(
      Float32Array.from({ length: 2 * 64 }, () => source.uniform()),
      [2, 8, 8, 1],
    );
    const run = (dropped: boolean) =>
      tf.tidy(() => {
        const pass = plain.pass as NonNullable<Network['pass']>;
        const named = toArrays(three.declaration.parameters, weights);
        const tensor = (name: string, shape: readonly number[]) =>
          tf.tensor((named[name] ?? named[`members.0.${name}`])?.data ?? [], [...shape]);
        const batchNorm = (name: string, y: Tensor) => {
          const c = [y.shape.at(-1) ?? 0];
          const scaled = tf.batchNorm(y, tf.zeros(c), tf.ones(c), tensor(`${name}.bias`, c), tensor(`${name}.weight`, c), 1e-5);
          return dropped && name === norm ? tf.mul(scaled, tf.concat([tf.zeros([1]), tf.ones([(c[0] ?? 1) - 1])])) : scaled;
        };
        return pass({ weight: tensor, batchNorm, count: () => undefined, idleBatchNorm: () => undefined } as never, x)
          .dataSync<'float32'>()
          .slice();
      });
    const all = tf.tidy(() => three.infer(tf.tensor1d(weights), tf.tensor1d(start.statistics), {}, x).dataSync<'float32'>().slice());
    const size = plain.featureSize;
    const memberRow = (k: number, row: number) => all.slice((row * 3 + k) * size, (row * 3 + k + 1) * size);
    for (let row = 0; row < 2; row++) {
      expect(memberRow(0, row)).toEqual(run(false).slice(row * size, (row + 1) * size));
      expect(memberRow(1, row)).toEqual(run(true).slice(row * size, (row + 1) * size));
      expect(memberRow(1, row)).not.toEqual(memberRow(0, row));
    }
    x.dispose();
  });
});

describe("an ensemble's answer", () => {
  it('is the logarithm of the mean probability of its members', () => {
    const source = random(6);
    const [n, members] = [5, 4];
    const vector = initialValues(head, random(2));
    const features = Float32Array.from({ length: n * members * plain.featureSize }, () => 4 * source.normal());
    const logits = (count: number, width: number, of: number) =>
      tf.tidy(() =>
        applyHeadToMembers(head, tf.tensor1d(vector), tf.tensor2d(features, [count, width]), of)
          .dataSync<'float32'>()
          .slice(),
      );
    const each = logits(n * members, plain.featureSize, 1);
    const answer = logits(n, members * plain.featureSize, members);
    for (let i = 0; i < n; i++) {
      const mean = new Float64Array(classes);
      for (let k = 0; k < members; k++) {
        const row = [...each.subarray((i * members + k) * classes, (i * members + k + 1) * classes)].map(Math.exp);
        const total = row.reduce((sum, value) => sum + value, 0);
        row.forEach((value, c) => (mean[c] = (mean[c] ?? 0) + value / total / members));
      }
      // logits of about 4 in float32, a dozen roundings: 4 * 12 * 2^-24 = 3e-6
      mean.forEach((p, c) => expect(answer[i * classes + c]).toBeCloseTo(Math.log(p), 5));
    }
  });
});
