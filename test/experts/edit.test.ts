import { describe, expect, it } from 'vitest';
import { bertWeights } from '../../src/backbones/bert-weights.js';
import { backboneNamed } from '../../src/backbones/registry.js';
import type { FrozenBackbone } from '../../src/core/frozen-backbone.js';
import type { Input } from '../../src/core/input.js';
import { random } from '../../src/core/random.js';
import { hashArrays } from '../../src/data/hash-arrays.js';
import { attached } from '../../src/experts/attached.js';
import { attachedArchitecture, type AttachedOptions } from '../../src/experts/attached-architecture.js';
import { networkOf } from '../../src/experts/expert-kind.js';
import type { Expert } from '../../src/experts/expert.js';
import { backboneBase } from '../../src/experts/frozen-base.js';
import { begunBeside } from '../../src/experts/joint-edits.js';
import { edit, edited, type EditArchitecture, type EditWeights } from '../../src/experts/modules/edit.js';
import { independent } from '../../src/index.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { initialValues } from '../../src/nn/layout.js';
import type { Network } from '../../src/nn/network.js';
import { tinyBackbone } from '../support/tiny-backbone.js';
import { tinyBert, tinyTokens } from '../support/tiny-bert.js';
import { passOf as features } from '../support/network-passes.js';
import { differences, largest, normals, orthonormalRows } from '../support/normals.js';

describe('an edit', () => {
  const [d, r, n, length] = [16, 3, 2, 5];
  const h = normals(n * length * d, 'h');
  const weights = { subspace: orthonormalRows(r, d, 'R'), source: normals(r * d, 'W').map((value) => value / 4), offset: normals(r, 'b') };
  type Numbers = ArrayLike<number>;

  /** The formula of the paper, h + R' (W h + b - R h), number by number in float64. */
  function reference({ subspace, source, offset }: Readonly<Record<keyof typeof weights, Numbers>>): number[] {
    const out = Array.from(h, Number);
    for (let position = 0; position < n * length; position++) {
      for (let row = 0; row < r; row++) {
        let inside = offset[row] ?? NaN;
        for (let j = 0; j < d; j++)
          inside += ((source[row * d + j] ?? NaN) - (subspace[row * d + j] ?? NaN)) * (h[position * d + j] ?? NaN);
        for (let j = 0; j < d; j++) out[position * d + j] = (out[position * d + j] ?? NaN) + inside * (subspace[row * d + j] ?? NaN);
      }
    }
    return out;
  }

  const tensors = () => ({
    subspace: tf.tensor(weights.subspace, [r, d]),
    source: tf.tensor(weights.source, [r, d]),
    offset: tf.tensor1d(weights.offset),
  });
  const states = () => tf.tensor(h, [n, length, d]);
  const values = (make: () => Tensor) => tf.tidy(make).dataSync<'float32'>();
  const byDifference = (): EditWeights => {
    const { subspace, source, offset } = tensors();
    return { subspace, offset, source: { difference: tf.sub(source, subspace) } };
  };

  it('is what the formula gives, in both ways to have W', () => {
    for (const made of [tensors, byDifference]) {
      const found = values(() => edited(states(), made()));
      expect(largest(differences(found, reference(weights)))).toBeLessThan(1e-5);
    }
  });

  it('leaves every bit with W = R and b = 0', () => {
    const nothing = { ...weights, source: weights.subspace, offset: new Float32Array(r) };
    const same = () => ({ ...tensors(), source: tf.tensor(nothing.source, [r, d]), offset: tf.tensor1d(nothing.offset) });
    expect(values(() => edited(states(), same()))).toEqual(h);
    expect(values(() => edited(states(), { ...same(), source: { difference: tf.zeros([r, d]) } }))).toEqual(h);
  });

  it('changes hidden states within its subspace only', () => {
    const change = () => tf.reshape(tf.sub(edited(states(), tensors()), states()), [n * length, d]);
    const outside = values(() => {
      const { subspace } = tensors();
      return tf.norm(tf.sub(change(), tf.matMul(tf.matMul(change(), subspace, false, true), subspace)));
    });
    expect(outside[0] ?? NaN).toBeLessThan(1e-5 * (values(() => tf.norm(change()))[0] ?? NaN));
  });

  it('has the gradients that finite differences give', () => {
    const slopes = h.map((_, i) => Math.sin(i));
    const loss = (of: Parameters<typeof reference>[0]) => reference(of).reduce((sum, value, i) => sum + value * (slopes[i] ?? NaN), 0);
    const { subspace, source, offset } = tensors();
    const gradients = tf
      .grads((R: Tensor, W: Tensor, b: Tensor) =>
        tf.sum(tf.mul(edited(states(), { subspace: R, source: W, offset: b }), tf.tensor(slopes, [n, length, d]))).asScalar(),
      )([subspace, source, offset])
      .map((gradient) => gradient.dataSync<'float32'>());
    (['subspace', 'source', 'offset'] as const).forEach((part, at) => {
      const slope = Array.from(weights[part], (_, j) => {
        const [above = NaN, below = NaN] = [1e-4, -1e-4].map((by) =>
          loss({ ...weights, [part]: Array.from(weights[part], (value, entry) => value + (entry === j ? by : 0)) }),
        );
        return (above - below) / 2e-4;
      });
      expect(largest(differences(gradients[at] ?? [], slope)), part).toBeLessThan(1e-5 * Math.max(1, largest(slope)));
    });
  });
});

const length = 12;
const input: Input = { domain: 'text', shape: [length], dtype: 'int32' };
const arrays = bertWeights(tinyBert(), 'tiny');
const backbone: FrozenBackbone = { name: 'minilm', domain: 'text', side: null, weights: { sha256: hashArrays(arrays), arrays } };
const stages = ['layer0', 'layer1'];
const architecture = (options: Partial<AttachedOptions> = {}) =>
  attachedArchitecture(backbone, { module: 'edit', stages, ...options }) as EditArchitecture;
const network = (options: Partial<AttachedOptions> = {}): Network =>
  networkOf([attached], architecture(options), input, 'test', backboneBase(backbone));

function ids(count: number, padding: number): Int32Array {
  const source = random(1, 'ids');
  const used = Array.from({ length: count }, (_, i) => 3 + ((5 * i) % (length - padding - 3)));
  return Int32Array.from({ length: count * length }, (_, at) =>
    at % length < (used[Math.floor(at / length)] ?? 0) ? 2 + source.integer(tinyTokens.length - 2) : 0,
  );
}

const begun = ({ declaration }: Network) => initialValues(declaration.parameters, random(3));

describe('edits on a backbone for texts', () => {
  it('that are not trained give what the backbone gives, bit for bit; published ones do not', () => {
    const x = tf.tensor(ids(5, 0), [5, length], 'int32');
    const plain = features(network({ stages: [] }), new Float32Array(0), x);
    expect(features(network(), begun(network()), x)).toEqual(plain);
    const published = network({ init: 'published' });
    expect(largest(differences(features(published, begun(published), x), plain))).toBeGreaterThan(1e-3);
  });

  it('say nothing of padding', () => {
    const published = network({ init: 'published' });
    const texts = ids(5, 4);
    const short = Int32Array.from(
      { length: 5 * (length - 4) },
      (_, at) => texts[Math.floor(at / (length - 4)) * length + (at % (length - 4))] ?? 0,
    );
    const [whole, cut] = [tf.tensor(texts, [5, length], 'int32'), tf.tensor(short, [5, length - 4], 'int32')];
    // Sums of up to 512 numbers of about 1 in another order, through two layers.
    expect(largest(differences(features(published, begun(published), whole), features(published, begun(published), cut)))).toBeLessThan(
      2 * 512 * 2 ** -24,
    );
  });

  it('have the numbers that they say, 2 r d + r for each stage', () => {
    const { sites } = backboneNamed('minilm', arrays);
    for (const rank of [1, 4]) {
      const { declaration } = network({ rank });
      expect(declaration.parameters.size).toBe(2 * (2 * rank * 128 + rank));
      const chosen = edit.sites(backboneNamed('minilm', arrays)).filter(({ stage }) => stages.includes(stage));
      expect(chosen.map(({ name }) => name)).toEqual(['layer0/output-norm', 'layer1/output-norm']);
    }
    expect(sites.length).toBeGreaterThan(2);
  });

  it('are refused on a backbone for images, of no dimension or more than there are, and where others left no room', () => {
    expect(() => attachedArchitecture(tinyBackbone(), { module: 'edit' })).toThrow(
      'edits: a backbone for texts expected, found efficientnet-lite0',
    );
    expect(() => architecture({ rank: 129 })).toThrow('edits: a rank of up to 128, as hidden states of minilm have, expected, found 129');
    expect(() => independent({ network: 'edit', rank: 0 })).toThrow('rank');
    const made = network({ rank: 50 });
    const expert = (id: string, seed: number): Expert => ({
      ...{ id, on: backboneBase(backbone).ref, architecture: architecture({ rank: 50 }), architectureFrom: null, network: made, input },
      ...{
        vectors: { parameters: initialValues(made.declaration.parameters, random(seed)), statistics: new Float32Array(0) },
        tasks: [],
        largestTrain: 0,
        revision: 0,
      },
    });
    const second = begunBeside(expert('e1', 1), [expert('e0', 0)]);
    expect(() => begunBeside(expert('e2', 2), [expert('e0', 0), second])).toThrow(
      'e2: edits of rank 50 at layer0/output-norm beside 100 rows of others expected to fit into 128 dimensions, found room for 28',
    );
  });
});
