import { afterAll, describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { initialValues } from '../../src/nn/layout.js';
import { mlpNetwork } from '../../src/nn/mlp.js';
import { trainingStep } from '../../src/nn/training-step.js';
import { logitsTerm } from '../../src/strategies/derpp/logits-term.js';
import { trainableTerm } from '../../src/strategies/packnet/trainable-term.js';
import { penaltyTerm } from '../../src/strategies/shared/penalty-term.js';
import { pathTerm } from '../../src/strategies/si/path-term.js';

const rule = { momentum: 0.9, weightDecay: 0.003, clip: 10 };
/** Plain gradient descent: what a term adds to the gradient can be read from the weights. */
const plain = { momentum: 0, weightDecay: 0, clip: 1e9 };
const rate = 0.5;
const source = random(1, 'step-terms');
const numbers = (length: number, scale = 1) => Float32Array.from({ length }, () => scale * source.normal());

const network = mlpNetwork({ inputShape: [5], units: [4, 3] });
const body = initialValues(network.declaration.parameters, source);
const P = body.length;
const headSize = 3 * 2 + 2;
const twoHeads = Float32Array.from([...body, ...numbers(2 * headSize, 0.5)]);
const x = numbers(4 * 5);

/** Runs a step once and disposes what it is given. */
function run(step: ReturnType<typeof trainingStep>, weights: Float32Array, y: number[], more: Record<string, Tensor> = {}) {
  return tf.tidy(() => {
    const outputs = step({
      weights: tf.tensor1d(weights),
      velocity: tf.zeros([weights.length]),
      x: tf.tensor2d(x, [4, 5]),
      y: tf.tensor1d(y, 'int32'),
      learningRate: tf.scalar(rate),
      ...more,
    });
    tf.dispose(more);
    return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, tensor.dataSync<'float32'>().slice()]));
  });
}
const gradientOf = (weights: Float32Array, after: Float32Array | undefined) => weights.map((w, i) => (w - (after?.[i] ?? NaN)) / rate);
const expectClose = (found: ArrayLike<number>, expected: ArrayLike<number>, digits = 5) => {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < found.length; i++) expect(found[i], `at ${i}`).toBeCloseTo(expected[i] ?? NaN, digits);
};

const before = tf.memory().numTensors;
afterAll(() => expect(tf.memory().numTensors).toBe(before));

describe('trainingStep with what methods add', () => {
  const importance = numbers(P).map(Math.abs);
  const anchor = numbers(P);
  const held = (factor: number, given: typeof rule = plain) =>
    run(trainingStep(network, [2, 2], given, [penaltyTerm(given)]), twoHeads, [0, 1, 2, 3], {
      importance: tf.tensor1d(importance.map((value) => factor * value)),
      anchor: tf.tensor1d(anchor),
    });

  it('ends where the step without the penalty and the penalty around its anchor pull equally hard', () => {
    const { weights: free } = run(trainingStep(network, [2, 2], rule), twoHeads, [0, 1, 2, 3]);
    const { weights: pulled } = held(1, rule);
    // the proximal step's minimum of importance (w - anchor)^2 / 2 + (w - free)^2 / 2k: its derivative is 0
    const k = rate / (1 - rule.momentum);
    const slopes = importance.map(
      (value, i) => k * value * ((pulled?.[i] ?? NaN) - (anchor[i] ?? NaN)) + (pulled?.[i] ?? NaN) - (free?.[i] ?? NaN),
    );
    expectClose(slopes, new Float32Array(P));
    expectClose(pulled?.subarray(P) ?? [], free?.subarray(P) ?? []);
  });

  it('O15: pulls weights to their anchors however large the importance, never beyond', () => {
    const { weights: free } = run(trainingStep(network, [2, 2], plain), twoHeads, [0, 1, 2, 3]);
    for (const factor of [1, 1e3, 1e6]) {
      const { weights = new Float32Array() } = held(factor);
      const left = anchor.map((center, i) => ((weights[i] ?? NaN) - center) / ((free?.[i] ?? NaN) - center));
      left.forEach((share, i) => {
        expect(share, `at ${i}`).toBeGreaterThan(-1e-5);
        expect(share, `at ${i}`).toBeLessThan(1 / (1 + rate * factor * (importance[i] ?? 0)) + 1e-5);
      });
    }
  });

  it('adds the value of the penalty to the loss', () => {
    const without = run(trainingStep(network, [2, 2], plain), twoHeads, [0, 1, 2, 3]);
    const penalty = importance.reduce((sum, value, i) => sum + 0.5 * value * ((twoHeads[i] ?? 0) - (anchor[i] ?? 0)) ** 2, 0);
    expect((held(1)['loss']?.[0] ?? 0) - (without['loss']?.[0] ?? 0)).toBeCloseTo(penalty, 4);
    expect(penalty).toBeGreaterThan(1);
  });

  it('leaves weights that are not trainable exactly as they are, decay and momentum included', () => {
    const trainable = twoHeads.map((_, i) => (i % 3 === 0 ? 0 : 1));
    const { weights } = run(trainingStep(network, [2, 2], rule, [trainableTerm]), twoHeads, [0, 1, 2, 3], {
      trainable: tf.tensor1d(trainable),
    });
    twoHeads.forEach((w, i) => {
      if (i % 3 === 0) expect(weights?.[i]).toBe(w);
    });
    expect(weights?.filter((w, i) => i % 3 !== 0 && w === twoHeads[i])).toHaveLength(0);
  });

  it("lets only the example's own classes compete where offsets say so", () => {
    const out = -1e9;
    const offsets = tf.tensor2d(Array.from({ length: 4 }, () => [out, out, 0, 0]));
    const { weights } = run(trainingStep(network, [2, 2], plain), twoHeads, [2, 3, 2, 3], { offsets });
    const gradient = gradientOf(twoHeads, weights);
    expect(gradient.subarray(P, P + headSize)).toEqual(new Float32Array(headSize));
    const alone = Float32Array.from([...body, ...twoHeads.subarray(P + headSize)]);
    const single = run(trainingStep(network, [2], plain), alone, [0, 1, 0, 1]);
    expectClose([...gradient.subarray(0, P), ...gradient.subarray(P + headSize)], gradientOf(alone, single['weights']));
  });

  it('weighs examples by their share and adds weighted squared errors', () => {
    const step = trainingStep(network, [2, 2], plain, [logitsTerm]);
    const target = numbers(16);
    const loss = (share: number[], errorWeight: number) =>
      run(step, twoHeads, [0, 1, 2, 3], {
        share: tf.tensor1d(share),
        target: tf.tensor2d(target, [4, 4]),
        errorWeight: tf.fill([4, 4], errorWeight),
      })['loss']?.[0] ?? NaN;
    const each = [0, 1, 2, 3].map((i) =>
      loss(
        [0, 1, 2, 3].map((j) => (i === j ? 1 : 0)),
        0,
      ),
    );
    expect(loss([0.5, 0.25, 0, 1], 0)).toBeCloseTo(0.5 * (each[0] ?? 0) + 0.25 * (each[1] ?? 0) + (each[3] ?? 0), 5);
    const logits = scoresByHand(twoHeads);
    const squares = logits.reduce((sum, score, i) => sum + (score - (target[i] ?? 0)) ** 2, 0);
    expect(loss([0, 0, 0, 0], 0.3)).toBeCloseTo(0.3 * squares, 4);
  });

  it('adds up minus gradient times change, the gradient without penalty', () => {
    const start = numbers(P);
    const step = trainingStep(network, [2, 2], plain, [penaltyTerm(plain), pathTerm]);
    const penalty = { importance: tf.tensor1d(numbers(P).map(Math.abs)), anchor: tf.tensor1d(numbers(P)) };
    const { weights, path } = run(step, twoHeads, [0, 1, 2, 3], { ...penalty, path: tf.tensor1d(start) });
    const gradient = gradientOf(twoHeads, run(trainingStep(network, [2, 2], plain), twoHeads, [0, 1, 2, 3])['weights']);
    expectClose(
      path ?? [],
      start.map((old, i) => old - (gradient[i] ?? 0) * ((weights?.[i] ?? 0) - (twoHeads[i] ?? 0))),
      4,
    );
  });
});

/** Scores `[4, 4]` of both heads, in plain loops. */
function scoresByHand(weights: Float32Array): number[] {
  const dense = (input: number[], start: number, width: number) =>
    Array.from({ length: width }, (_, j) =>
      input.reduce((sum, value, i) => sum + value * (weights[start + i * width + j] ?? 0), weights[start + input.length * width + j] ?? 0),
    );
  const relu = (values: number[]) => values.map((value) => Math.max(0, value));
  return [0, 1, 2, 3].flatMap((row) => {
    const first = relu(dense([...x.subarray(row * 5, row * 5 + 5)], 0, 4));
    const features = relu(dense(first, 24, 3));
    return [...dense(features, P, 2), ...dense(features, P + headSize, 2)];
  });
}
