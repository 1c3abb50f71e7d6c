import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { whisperWeights } from '../../src/backbones/whisper-weights.js';
import { readRun } from '../../src/checkpoint/store.js';
import type { FrozenBackbone } from '../../src/core/frozen-backbone.js';
import type { Input } from '../../src/core/input.js';
import { random } from '../../src/core/random.js';
import { hashArrays } from '../../src/data/hash-arrays.js';
import { attached } from '../../src/experts/attached.js';
import { attachedArchitecture, type AttachedOptions } from '../../src/experts/attached-architecture.js';
import { networkOf } from '../../src/experts/expert-kind.js';
import { backboneBase } from '../../src/experts/frozen-base.js';
import { exportRun } from '../../src/export/export-run.js';
import { finetune, independent, learn, openRun, par } from '../../src/index.js';
import { tf } from '../../src/nn/backend.js';
import type { Network } from '../../src/nn/network.js';
import { arrayStream, type UserTask } from '../../src/streams/array-task.js';
import { tempFolder } from '../data/temp-folder.js';
import { largestDifference, play } from '../export/play.js';
import { tinyWhisper, writeTinyWhisper } from '../support/tiny-whisper.js';
import { checkGradients, movedParameters as moved, passOf as features } from '../support/network-passes.js';
import { savedState, stopAndResume } from '../support/stop-and-resume.js';

const folder = tempFolder();
const shape = [20, 80] as const;
const input: Input = { domain: 'audio', shape, dtype: 'float32' };
const arrays = whisperWeights(tinyWhisper(), 'tiny');
const backbone: FrozenBackbone = { name: 'whisper-tiny', domain: 'audio', side: null, weights: { sha256: hashArrays(arrays), arrays } };

function network(options: Partial<AttachedOptions> = {}, of: Input = input): Network {
  const architecture = attachedArchitecture(backbone, { stages: ['layer0', 'layer1'], bottleneck: 4, ...options });
  return networkOf([attached], architecture, of, 'test', backboneBase(backbone));
}

const sounds = (count: number, seed = 1) => {
  const source = random(seed, 'sounds');
  return Float32Array.from({ length: count * 1600 }, () => source.normal());
};
const tensorOf = (values: Float32Array) => tf.tensor3d(values, [values.length / 1600, ...shape]);
const reversed = (values: Float32Array, length: number) =>
  Float32Array.from(
    Array.from({ length: values.length / length }, (_, i) => Array.from(values.subarray(i * length, (i + 1) * length)))
      .reverse()
      .flat(),
  );

describe('adapters on an encoder of sounds', () => {
  it('that are not trained give what the encoder gives, bit for bit', () => {
    const x = tensorOf(sounds(5));
    const wanted = features(network({ stages: [] }), new Float32Array(0), x);
    for (const options of [{}, { depthSharing: 'shared' }, { module: 'patch' }] as const) {
      const made = network(options);
      expect(features(made, new Float32Array(made.declaration.parameters.size), x)).toEqual(wanted);
      expect(largestDifference(features(made, moved(made), x), wanted)).toBeGreaterThan(1e-3);
    }
  });

  it('have the numbers that they say: 2 d m + m + d each, and 2 d a norm', () => {
    const { declaration } = network();
    expect(declaration.parameters.size).toBe(4 * (2 * 128 * 4 + 4 + 128) + 4 * 2 * 128);
    expect(attachedArchitecture(backbone, {}).module).toBe('adapter');
  });

  it('give the same in any order of a batch, and in two parts: what is below, computed once, and what is above', () => {
    const made = network({ stages: ['layer1'] });
    const [values, parameters] = [sounds(6), moved(made)];
    const found = features(made, parameters, tensorOf(values));
    // the same sums, but for where a sound lies among those that are multiplied together
    expect(largestDifference(reversed(features(made, parameters, tensorOf(reversed(values, 1600))), 128), found)).toBeLessThan(1e-5);
    const { below, above, shape: hiddenShape } = made.cut?.() ?? expect.fail();
    expect(hiddenShape).toEqual([10 * 128]);
    const hidden = tf.tensor(features(below, new Float32Array(0), tensorOf(values)), [6, ...hiddenShape]);
    expect(features(above, parameters, hidden)).toEqual(found);
  });

  it('have the gradients that finite differences give, through both layers', () => {
    const made = network({ bottleneck: 2 });
    checkGradients(made, tensorOf(sounds(3)), moved(made), 30);
  });

  it('are refused for sounds that are too long', () => {
    expect(() => network({}, { ...input, shape: [62, 80] })).toThrow(
      'backbone whisper-tiny: spectrograms of up to 60 frames expected, found [62,80]',
    );
  });
});

const on = `whisper-tiny:${writeTinyWhisper().weights}`;

/** Sounds of two kinds, told apart by two bands; other ones for each task. */
function task(index: number): UserTask {
  const part = (name: string, count: number) => {
    const source = random(8, name, index);
    const inputs = Float32Array.from({ length: count * 1600 }, (_, at) => {
      const [row, band] = [Math.floor(at / 1600), at % 80];
      return 0.3 * source.normal() + (Math.floor(band / 10) === (2 * index + (row % 2)) % 8 ? 1 : 0);
    });
    return { inputs, labels: Array.from({ length: count }, (_, i) => `${index}-${i % 2}`) };
  };
  return {
    id: `t${index}`,
    domain: 'audio',
    inputShape: [...shape],
    train: part('train', 48),
    test: part('test', 20),
  };
}
const tasks = [task(0), task(1)];
/** Without validation, so that what training ends with counts and not what it begins with. */
const stream = () => arrayStream(tasks, { validation: 0 });
const recipe = { epochs: 3, batchSize: 8, learningRate: 0.01, bottleneck: 4 } as const;
const create = () => independent({ ...recipe, network: 'adapter' });

describe('experts on sounds', () => {
  const path = join(folder, 'whole');

  it('learn one after the other; stopped in the middle of a task they go on to the same end', async () => {
    const strategy = create();
    await lastValueFrom(learn(stream(), strategy, { run: path, backbone: on }));
    strategy.dispose();
    const { accuracy } = await readRun(path);
    expect(Math.min(...tasks.map((_, i) => accuracy[i]?.[i] ?? 0))).toBeGreaterThan(0.8);

    const stopped = join(folder, 'stopped');
    await stopAndResume({ run: stopped, backbone: on, tasks: stream() }, create(), { task: 1, epoch: 1 });
    expect(await savedState(stopped)).toEqual(await savedState(path));
  });

  it('are exported with the encoder, and plain tfjs gives the same logits', async () => {
    const out = join(folder, 'export');
    const { tasks: exported } = await exportRun(path, out);
    const values = sounds(3, 7);
    const run = await openRun(path);
    const predicted = await run.predict(values, { task: 't0' });
    run.close();
    const model = exported[0]?.model ?? '';
    const [answer] = await play([{ model: join(out, model), shape: [...shape], values: Array.from(values), batch: 3 }], folder);
    const probabilities = (answer?.logits ?? []).flatMap((logits) => {
      const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
      return powers.map((power) => power / powers.reduce((sum, each) => sum + each, 0));
    });
    expect(
      largestDifference(
        probabilities,
        predicted.flatMap((one) => one.probabilities),
      ),
    ).toBeLessThan(1e-5);
  });

  it('are what PAR adds, its decisions by distances of the same features', async () => {
    const strategy = par({ ...recipe, epochs: 1, samples: 2, regularizeThreshold: -1, allocateThreshold: 1 });
    const run = join(folder, 'par');
    await lastValueFrom(learn(stream(), strategy, { run, backbone: on }));
    strategy.dispose();
    const { tasks: learned, experts } = await readRun(run);
    expect(learned.map(({ decision }) => decision?.kind)).toEqual(['search', 'reuse-architecture']);
    expect(experts.every(({ architecture }) => architecture.kind === 'attached' && architecture['module'] === 'adapter')).toBe(true);
  });

  it('are refused as cells, with what there is instead', async () => {
    const strategy = finetune({ epochs: 1 });
    await expect(lastValueFrom(learn([task(0)], strategy, { run: join(folder, 'none'), features: on }))).rejects.toMatchObject({
      code: 'data',
      hint: 'let experts stand on one for sounds: run --backbone whisper-tiny; or run --strategy ranpac, which answers from features',
    });
    strategy.dispose();
  });
});
