import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { bertWeights } from '../../src/backbones/bert-weights.js';
import { readRun } from '../../src/checkpoint/store.js';
import type { FrozenBackbone } from '../../src/core/frozen-backbone.js';
import type { Input } from '../../src/core/input.js';
import { random } from '../../src/core/random.js';
import { hashArrays } from '../../src/data/hash-arrays.js';
import { attached } from '../../src/experts/attached.js';
import { attachedArchitecture, type AttachedOptions } from '../../src/experts/attached-architecture.js';
import { networkOf } from '../../src/experts/expert-kind.js';
import { backboneBase } from '../../src/experts/frozen-base.js';
import { independent, learn, par } from '../../src/index.js';
import { tf } from '../../src/nn/backend.js';
import type { Network } from '../../src/nn/network.js';
import { arrayStream, type UserTask } from '../../src/streams/array-task.js';
import { tinyBackbone } from '../support/tiny-backbone.js';
import { tinyBert, tinyTokens, writeTinyBert } from '../support/tiny-bert.js';
import { checkGradients, movedParameters as moved, passOf as features } from '../support/network-passes.js';
import { savedState, stopAndResume } from '../support/stop-and-resume.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-adapter-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const length = 12;
const input: Input = { domain: 'text', shape: [length], dtype: 'int32' };
const arrays = bertWeights(tinyBert(), 'tiny');
const backbone: FrozenBackbone = { name: 'minilm', domain: 'text', side: null, weights: { sha256: hashArrays(arrays), arrays } };

function network(options: Partial<AttachedOptions> = {}): Network {
  const architecture = attachedArchitecture(backbone, {
    stages: ['layer0', 'layer1'],
    bottleneck: 4,
    depthSharing: 'per-layer',
    ...options,
  });
  return networkOf([attached], architecture, input, 'test', backboneBase(backbone));
}

/** Texts of several lengths, one of them a pair. */
const ids = (count: number, seed = 1): Int32Array => {
  const source = random(seed, 'ids');
  const rows = Array.from({ length: count }, (_, i) => {
    const used = 3 + ((5 * i) % (length - 3));
    return Array.from({ length }, (__, j) =>
      j === 0 ? 2 : j < used ? (i === 1 && j > 3 ? -1 : 1) * (5 + source.integer(tinyTokens.length - 5)) : 0,
    );
  });
  return Int32Array.from(rows.flat());
};

/** What it begins with, but for the maps that are drawn at random: those do nothing as long as the maps behind them are 0. */
const untrained = ({ declaration }: Network) => new Float32Array(declaration.parameters.size);

const texts = (count: number) => tf.tensor(ids(count), [count, length], 'int32');
const distance = (a: Float32Array, b: Float32Array) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);

describe('an adapter on a backbone for texts', () => {
  it('that is not trained gives what the backbone gives, bit for bit', () => {
    const x = texts(5);
    const plain = network({ stages: [] });
    expect(plain.declaration.parameters.size).toBe(0);
    const wanted = features(plain, new Float32Array(0), x);
    for (const options of [{}, { depthSharing: 'shared' }, { module: 'patch' }] as const) {
      const made = network(options);
      expect(features(made, untrained(made), x)).toEqual(wanted);
      expect(distance(features(made, moved(made), x), wanted)).toBeGreaterThan(1e-3);
    }
  });

  it('has the numbers that it says: 2 d m + m + d each, 2 d a norm, and one for all layers where they share', () => {
    for (const [depthSharing, adapters] of [
      ['per-layer', 4],
      ['shared', 2],
    ] as const) {
      const { declaration } = network({ depthSharing });
      expect(declaration.parameters.size).toBe(adapters * (2 * 128 * 4 + 4 + 128) + 4 * 2 * 128);
    }
  });

  it('has the gradients that finite differences give, through both layers', () => {
    const made = network({ bottleneck: 2 });
    checkGradients(made, texts(3), moved(made), 40);
  });

  it('is the same in two parts: what is below, computed once, and what is above', () => {
    for (const options of [{ stages: ['layer1'] }, { stages: ['layer1'], depthSharing: 'shared' }] as const) {
      const made = network(options);
      const { below, above, shape } = made.cut?.() ?? expect.fail();
      expect(shape).toEqual([length, 128]);
      const x = texts(5);
      const hidden = tf.tensor(features(below, new Float32Array(0), x), [5, ...shape]);
      const parameters = moved(made);
      expect(features(above, parameters, hidden)).toEqual(features(made, parameters, x));
    }
  });

  it.each([
    { stages: ['layer0'], reads: 1 },
    { stages: ['layer1'], reads: 2 },
  ])('in two parts at $stages, heads read what is below before any padding: cut off, it says nothing', ({ stages: on, reads }) => {
    const made = network({ stages: on, readout: 'every' });
    expect(made.featureSize).toBe(3 * 128);
    const { below, above, shape } = made.cut?.() ?? expect.fail();
    expect([shape, above.padded]).toEqual([[reads + length, 128], true]);
    const x = tf.tensor(ids(1), [1, length], 'int32'); // a text of three tokens
    const parameters = moved(made);
    const hidden = tf.tensor(features(below, new Float32Array(0), x), [1, ...shape]);
    const wanted = features(made, parameters, x);
    expect(features(above, parameters, hidden)).toEqual(wanted);
    const cut = tf.slice(hidden, [0, 0, 0], [1, reads + 3, 128]);
    features(above, parameters, cut).forEach((value, i) => expect(value).toBeCloseTo(wanted[i] ?? NaN, 5));
  });

  it('with none trained gives what heads read, and no hidden values', () => {
    const made = network({ stages: [], readout: 'every' });
    const { below, above, shape } = made.cut?.() ?? expect.fail();
    expect([shape, above.padded]).toEqual([[3 * 128], false]);
    const hidden = tf.tensor(features(below, new Float32Array(0), texts(5)), [5, ...shape]);
    expect(features(above, new Float32Array(0), hidden)).toEqual(features(made, new Float32Array(0), texts(5)));
  });
});

describe('adapters are refused', () => {
  it('on a backbone for images, and on texts that are too long', () => {
    const images: FrozenBackbone = tinyBackbone();
    expect(() => attachedArchitecture(images, { module: 'adapter' })).toThrow(
      'adapters: a backbone for texts or sounds expected, found efficientnet-lite0',
    );
    const long: Input = { ...input, shape: [25] };
    expect(() => networkOf([attached], attachedArchitecture(backbone, {}), long, 'test', backboneBase(backbone))).toThrow(
      'backbone minilm: texts of up to 24 tokens expected, found int32 [25]',
    );
  });

  it('nowhere; what texts need otherwise is said', async () => {
    const strategy = par({ epochs: 1, samples: 1 });
    await expect(lastValueFrom(learn(stream(1), strategy, { run: join(folder, 'none'), features: on }))).rejects.toMatchObject({
      code: 'data',
      message: expect.stringContaining('found int32 [12]') as string,
      hint: 'let experts stand on one for texts: run --backbone minilm; or run --strategy ranpac, which answers from features',
    });
    strategy.dispose();
  });
});

const { weights } = writeTinyBert();
const on = `minilm:${weights}`;

/** Texts of two kinds, told apart by a word; another pair of words for each task. */
function task(index: number): UserTask {
  const part = (name: string, count: number) => {
    const source = random(8, name, index);
    const inputs = Int32Array.from({ length: count * length }, (_, at) => {
      const [row, place] = [Math.floor(at / length), at % length];
      const used = 6 + (row % 6);
      if (place === 0) return 2;
      if (place >= used) return 0;
      return place % 2 === 1 ? 5 + 2 * index + (row % 2) : 12 + source.integer(11);
    });
    return { inputs, labels: Array.from({ length: count }, (_, i) => `${index}-${i % 2}`) };
  };
  return {
    id: `t${index}`,
    domain: 'text',
    inputShape: [length],
    train: part('train', 72),
    test: part('test', 30),
  };
}
/** Without validation, so that what training ends with counts and not what it begins with. */
const stream = (count = 3) =>
  arrayStream(
    Array.from({ length: count }, (_, index) => task(index)),
    { validation: 0 },
  );
const recipe = { epochs: 5, batchSize: 8, learningRate: 0.01, bottleneck: 4 } as const;
const create = () => independent({ ...recipe, network: 'adapter' });

describe('adapters as experts', () => {
  const path = join(folder, 'whole');

  it('learn one after the other, and old answers stay bit for bit', async () => {
    const strategy = create();
    await lastValueFrom(learn(stream(), strategy, { run: path, backbone: on }));
    const record = await readRun(path);
    const rows = Int32Array.from(ids(6, 4));
    const logits = async (id: string) =>
      (
        await strategy.predict(record.tasks.find((known) => known.id === id) ?? expect.fail(), {
          inputs: rows,
          shape: [length],
          labels: new Int32Array(6),
        })
      ).logits;
    const after = await logits('t0');
    strategy.dispose();
    const alone = create();
    await lastValueFrom(learn(stream(1), alone, { run: join(folder, 'alone'), backbone: on }));
    const [first] = (await readRun(join(folder, 'alone'))).tasks;
    expect(after).toEqual(
      (await alone.predict(first ?? expect.fail(), { inputs: rows, shape: [length], labels: new Int32Array(6) })).logits,
    );
    alone.dispose();
    const { accuracy, experts } = record;
    expect(Math.min(...accuracy.map((row, i) => row[i] ?? 0))).toBeGreaterThan(0.8);
    expect(experts.map(({ architecture }) => architecture)).toEqual(
      Array(3).fill({
        kind: 'attached',
        module: 'adapter',
        side: null,
        stages: ['layer1'],
        readout: 'every',
        bottleneck: 4,
        depthSharing: 'per-layer',
      }),
    );
  });

  it('go on in the middle of a task to the same end', async () => {
    const stopped = join(folder, 'stopped');
    await stopAndResume({ run: stopped, backbone: on, tasks: stream() }, create(), { task: 1, epoch: 2 });
    expect(await savedState(stopped)).toEqual(await savedState(path));
  });

  it('are trained by AdamW too, and also then go on in the middle of a task to the same end', async () => {
    const byAdamw = () => independent({ ...recipe, network: 'adapter', optimizer: 'adamw' });
    const [whole, stopped] = [join(folder, 'adamw'), join(folder, 'adamw-stopped')];
    const strategy = byAdamw();
    await lastValueFrom(learn(stream(), strategy, { run: whole, backbone: on }));
    strategy.dispose();
    await stopAndResume({ run: stopped, backbone: on, tasks: stream() }, byAdamw(), { task: 1, epoch: 2 });
    const saved = await savedState(whole);
    expect(await savedState(stopped)).toEqual(saved);
    expect(saved.arrays).not.toEqual((await savedState(path)).arrays);
  });

  it('are searched for and trained by AdamW in PAR, stopped in training to the same end', async () => {
    const adamwPar = () =>
      par({ ...recipe, epochs: 2, samples: 2, regularizeThreshold: -1, allocateThreshold: -1, optimizer: 'adamw', module: 'adapter' });
    const [whole, stopped] = [join(folder, 'par-adamw'), join(folder, 'par-adamw-stopped')];
    const strategy = adamwPar();
    await lastValueFrom(learn(stream(2), strategy, { run: whole, backbone: on }));
    strategy.dispose();
    await stopAndResume({ run: stopped, backbone: on, tasks: stream(2) }, adamwPar(), { task: 1, epoch: 1 });
    expect(await savedState(stopped)).toEqual(await savedState(whole));
  });

  it('are what PAR adds on texts, its decisions by distances of the same features', async () => {
    const strategy = par({ ...recipe, epochs: 2, samples: 2, regularizeThreshold: -1, allocateThreshold: 1 });
    const run = join(folder, 'par');
    await lastValueFrom(learn(stream(), strategy, { run, backbone: on }));
    strategy.dispose();
    const { tasks: learned, experts } = await readRun(run);
    expect(learned.map(({ decision }) => decision?.kind)).toEqual(['search', 'reuse-architecture', 'reuse-architecture']);
    expect(experts.every(({ architecture }) => architecture.kind === 'attached' && architecture['module'] === 'adapter')).toBe(true);
  });
});
