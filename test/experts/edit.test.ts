import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { bertWeights } from '../../src/backbones/bert-weights.js';
import { backboneNamed } from '../../src/backbones/registry.js';
import { readRun, readSnapshot } from '../../src/checkpoint/store.js';
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
import { finetune, independent, learn, openRun, par } from '../../src/index.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { initialValues, layoutOf } from '../../src/nn/layout.js';
import type { Network } from '../../src/nn/network.js';
import { retracted, tangent } from '../../src/nn/orthonormal-rows.js';
import { orthonormalityError, orthonormalize } from '../../src/nn/orthonormalize.js';
import { readOrthonormal } from '../../src/nn/read-orthonormal.js';
import { renderInspection } from '../../src/report/inspect.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { renderText } from '../../src/report/text.js';
import type { UserTask } from '../../src/streams/array-task.js';
import { tinyBackbone } from '../support/tiny-backbone.js';
import { tinyBert, tinyTokens, writeTinyBert } from '../support/tiny-bert.js';
import { passOf as features } from '../support/network-passes.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-edit-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const normals = (count: number, ...path: (string | number)[]) => {
  const source = random(5, ...path);
  return Float32Array.from({ length: count }, () => source.normal());
};
const rowsOf = (count: number, width: number, ...path: (string | number)[]) =>
  orthonormalize({ data: normals(count * width, ...path), width });
const largest = (values: ArrayLike<number>) => Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const differences = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a, (value, i) => value - (b[i] ?? NaN));

describe('an edit', () => {
  const [d, r, n, length] = [16, 3, 2, 5];
  const h = normals(n * length * d, 'h');
  const weights = { subspace: rowsOf(r, d, 'R'), source: normals(r * d, 'W').map((value) => value / 4), offset: normals(r, 'b') };
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

describe('orthonormal rows', () => {
  const [r, d] = [4, 24];
  const layout = layoutOf([
    { name: 'a', shape: [3], initial: { value: 1 } },
    { name: 'R', shape: [r, d], initial: { orthonormal: true } },
    { name: 'b', shape: [2, 5], initial: { fanIn: 5 } },
  ]);
  const beside = rowsOf(6, d, 'beside');
  const start = initialValues(layout, random(1));
  const part = (flat: Float32Array) => ({ data: flat.slice(3, 3 + r * d), width: d });
  const run = (make: () => Tensor) => tf.tidy(make).dataSync<'float32'>().slice();
  const products = (a: Float32Array, b: Float32Array, width: number) =>
    run(() => tf.matMul(tf.tensor(a, [a.length / width, width]), tf.tensor(b, [b.length / width, width]), false, true));

  it('begin so, and stay so for a thousand steps of SGD, beside others too; other weights go their own way', () => {
    expect(orthonormalityError(part(start))).toBeLessThan(1e-6);
    let weights = start;
    let plain = start;
    for (let step = 0; step < 1000; step++) {
      const gradient = normals(layout.size, 'gradient', step);
      weights = run(() => {
        const [at, g, others] = [tf.tensor1d(weights), tf.tensor1d(gradient), tf.tensor1d(beside)];
        return retracted(layout, tf.sub(at, tf.mul(0.03, tangent(layout, g, at, others))), others);
      });
      plain = plain.map((value, i) => Math.fround(value - Math.fround(Math.fround(0.03) * (gradient[i] ?? NaN))));
    }
    expect(orthonormalityError(part(weights))).toBeLessThan(1e-5);
    expect(largest(products(part(weights).data, beside, d))).toBeLessThan(1e-5);
    expect(largest(products(part(weights).data, part(start).data, d))).toBeLessThan(0.99);
    expect(largest(differences(weights.slice(0, 3), plain.slice(0, 3)))).toBeLessThan(1e-4);
  });

  it('move along what they may be: a tangent changes no product of two rows', () => {
    const g = normals(layout.size, 'g');
    const at = start.slice();
    at.set(orthonormalize(part(start), { data: beside, width: d }), 3);
    const moved = part(run(() => tangent(layout, tf.tensor1d(g), tf.tensor1d(at), tf.tensor1d(beside))));
    const turned = products(moved.data, part(at).data, d);
    for (let a = 0; a < r; a++)
      for (let b = 0; b < r; b++) expect(Math.abs((turned[a * r + b] ?? NaN) + (turned[b * r + a] ?? NaN))).toBeLessThan(1e-5);
    expect(largest(products(moved.data, beside, d))).toBeLessThan(1e-5);
  });

  it('are orthonormal after steps that are far too long, by Gram and Schmidt', () => {
    for (const scale of [1e-3, 1e-2, 1, 1e3]) {
      const far = start.slice();
      for (let row = 0; row < r; row++)
        for (let j = 0; j < d; j++) far[3 + row * d + j] = scale ** row * ((start[3 + row * d + j] ?? 0) + (start[3 + j] ?? 0));
      const back = part(run(() => retracted(layout, tf.tensor1d(far))));
      expect(orthonormalityError(back), `scale ${scale}`).toBeLessThan(1e-5);
    }
  });

  it('that are not are refused when they are read, and mended where they nearly are', () => {
    const off = (by: number) => start.map((value, i) => (i >= 3 && i < 3 + d ? value * (1 + by) : value));
    expect(readOrthonormal(layout, start, 'e0')).toBe(start);
    const mended = readOrthonormal(layout, off(1e-4), 'e0');
    expect(orthonormalityError(part(mended))).toBeLessThan(1e-6);
    expect(() => readOrthonormal(layout, off(0.1), 'expert e0')).toThrow(
      'expert e0: weight R of 4 orthonormal rows expected, found rows that are 0.21 from it',
    );
    expect(() => readOrthonormal(layout, off(NaN), 'e0')).toThrow('found rows that are Infinity from it');
    expect(() => orthonormalize({ data: Float32Array.of(1, 0, 2, 0), width: 2 })).toThrow('row 1 of 2 depends on those before it');
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
      expect(edit.parameterCount(architecture({ rank }), chosen)).toBe(declaration.parameters.size);
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

const on = `minilm:${writeTinyBert().weights}`;

/** Texts of two kinds, told apart by a word; another pair of words for each task. */
function task(index: number): UserTask {
  const part = (name: string, count: number) => {
    const source = random(8, name, index);
    const inputs = Int32Array.from({ length: count * length }, (_, at) => {
      const [row, place] = [Math.floor(at / length), at % length];
      if (place === 0) return 2;
      if (place >= 6 + (row % 6)) return 0;
      return place % 2 === 1 ? 5 + 2 * index + (row % 2) : 12 + source.integer(11);
    });
    return { inputs, labels: Array.from({ length: count }, (_, i) => `${index}-${i % 2}`) };
  };
  const parts = { train: part('train', 72), validation: part('validation', 20), test: part('test', 30) };
  return { id: `t${index}`, domain: 'text', inputShape: [length], ...parts };
}
const tasks = [task(0), task(1), task(2)];
const recipe = { epochs: 5, batchSize: 8, learningRate: 0.01 } as const;
const create = (orthogonality: 'joint' | 'per-edit' = 'joint') => independent({ ...recipe, network: 'edit', stages, orthogonality });

describe('edits as experts', () => {
  const path = join(folder, 'whole');
  const rows = ids(6, 0);
  const logitsOf = async (strategy: ReturnType<typeof create>, run: string) => {
    const [first] = (await readRun(run)).tasks;
    return (await strategy.predict(first ?? expect.fail(), { inputs: rows, shape: [length], labels: new Int32Array(6) })).logits;
  };

  it('learn one after the other, old answers stay bit for bit, and nothing leaks from one into another', async () => {
    const strategy = create();
    await lastValueFrom(learn(tasks, strategy, { run: path, backbone: on }));
    const after = await logitsOf(strategy, path);
    strategy.dispose();
    const alone = create();
    await lastValueFrom(learn([task(0)], alone, { run: join(folder, 'alone'), backbone: on }));
    expect(after).toEqual(await logitsOf(alone, join(folder, 'alone')));
    alone.dispose();
    const { accuracy, experts } = await readRun(path);
    expect(Math.min(...tasks.map((_, i) => accuracy[i]?.[i] ?? 0))).toBeGreaterThan(0.8);
    expect(experts.map(({ architecture: found }) => found)).toEqual(Array(3).fill(architecture({ readout: 'every' })));
    const { arrays: saved } = await readSnapshot(path);
    const all = experts.flatMap(({ id }) => [
      ...((saved[`experts/${id}`]?.['layer1/output-norm.subspace']?.data as Float32Array | undefined) ?? []),
    ]);
    expect(all.length).toBe(3 * 4 * 128);
    expect(orthonormalityError({ data: Float32Array.from(all), width: 128 })).toBeLessThan(1e-5);
    for (const { leak } of experts) expect(leak).toBeLessThan(1e-5);
  });

  it('leak as published: each within itself, about the root of r / d into another', async () => {
    const strategy = create('per-edit');
    const run = join(folder, 'per-edit');
    await lastValueFrom(learn(tasks, strategy, { run, backbone: on }));
    strategy.dispose();
    for (const { leak = NaN } of (await readRun(run)).experts) expect(Math.abs(leak - Math.sqrt(4 / 128))).toBeLessThan(0.06);
    const opened = await openRun(run);
    const report = await opened.report();
    expect(report.experts[0]).toHaveProperty('leak');
    expect([renderText(report), renderMarkdown(report)].every((text) => text.includes('leak'))).toBe(true);
    expect(renderInspection(report)).toContain('lies in the subspaces of others');
    opened.close();
  });

  it('go on in the middle of a task to the same end', async () => {
    const stopped = join(folder, 'stopped');
    const controller = new AbortController();
    const strategy = create();
    await learn(tasks, strategy, { run: stopped, backbone: on, signal: controller.signal })
      .forEach((event) => {
        if (event.type === 'epoch-ended' && event.task === 1 && event.epoch === 2) controller.abort();
      })
      .catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'interrupted' });
      });
    strategy.dispose();
    const run = await openRun(stopped);
    await lastValueFrom(run.resume(tasks));
    run.close();
    const [found, whole] = [await readSnapshot(stopped), await readSnapshot(path)];
    expect({ state: found.state, arrays: found.arrays }).toEqual({ state: whole.state, arrays: whole.arrays });
  });

  it('are what PAR adds, reuses and trains further, and stay orthonormal beside each other', async () => {
    for (const [regularizeThreshold, kinds] of [
      [-1, ['search', 'reuse-architecture', 'reuse-architecture']],
      [1, ['search', 'regularize', 'regularize']],
    ] as const) {
      const strategy = par({ ...recipe, module: 'edit', stages, epochs: 2, samples: 2, regularizeThreshold, allocateThreshold: 1 });
      const run = join(folder, `par${regularizeThreshold}`);
      await lastValueFrom(learn(tasks, strategy, { run, backbone: on }));
      strategy.dispose();
      const { tasks: learned, experts } = await readRun(run);
      expect(learned.map(({ decision }) => decision?.kind)).toEqual(kinds);
      const { arrays: saved } = await readSnapshot(run);
      for (const { id, architecture: found } of experts) {
        expect(found['module']).toBe('edit');
        for (const [name, { data }] of Object.entries(saved[`experts/${id}`] ?? {})) {
          if (name.endsWith('.subspace')) expect(orthonormalityError({ data: data as Float32Array, width: 128 })).toBeLessThan(1e-5);
        }
      }
      for (const { leak = 0 } of experts) expect(leak).toBeLessThan(1e-5);
    }
  });

  it('are chosen by the nearest prototypes where the task of a text is not told', async () => {
    const strategy = par({ ...recipe, module: 'edit', stages, samples: 1, regularizeThreshold: -1, allocateThreshold: 1 });
    const run = join(folder, 'par-auto');
    await lastValueFrom(learn(tasks, strategy, { run, backbone: on }));
    strategy.dispose();
    const opened = await openRun(run);
    const { taskInference } = opened.record;
    expect(taskInference?.examples).toBe(90);
    expect(taskInference?.right).toBeGreaterThan(30 + 3 * Math.sqrt((90 * 2) / 9)); // by chance 30, three deviations more
    const inputs = tasks[2]?.test.inputs as Int32Array;
    const found = await opened.identify(inputs);
    expect(found.map(({ task: nearest }) => tasks.some(({ id }) => id === nearest) || nearest === null)).toEqual(Array(30).fill(true));
    opened.close();
  });

  it('can be of an ensemble, whose members share their subspaces', async () => {
    const strategy = independent({ ...recipe, epochs: 2, network: 'edit', ensemble: 2 });
    const run = join(folder, 'ensemble');
    await lastValueFrom(learn(tasks.slice(0, 2), strategy, { run, backbone: on }));
    strategy.dispose();
    const { experts } = await readRun(run);
    expect(experts.map(({ parameters }) => parameters)).toEqual(Array(2).fill(2 * 4 * 128 + 2 * 4));
    for (const { leak } of experts) expect(leak).toBeLessThan(1e-5);
  });

  it('are one for all tasks where a strategy has one network', async () => {
    const strategy = finetune({ ...recipe, epochs: 2, network: 'edit', rank: 12 });
    const run = join(folder, 'shared');
    await lastValueFrom(learn(tasks.slice(0, 2), strategy, { run, backbone: on }));
    strategy.dispose();
    const { experts } = await readRun(run);
    expect(experts.map(({ parameters, leak }) => ({ parameters, leak }))).toEqual([{ parameters: 2 * 12 * 128 + 12, leak: undefined }]);
  });
});
