import { describe, expect, it } from 'vitest';
import type { Input } from '../../src/core/input.js';
import { random } from '../../src/core/random.js';
import { attached } from '../../src/experts/attached.js';
import { networkOf } from '../../src/experts/expert-kind.js';
import { backboneBase } from '../../src/experts/frozen-base.js';
import { patchArchitecture } from '../../src/experts/patch-architecture.js';
import { tf } from '../../src/nn/backend.js';
import { optimizers } from '../../src/nn/optimizer-names.js';
import { createStepCache } from '../../src/nn/step-cache.js';
import type { SearchProgress } from '../../src/search/search.js';
import { createStageSearch, type StageSearchJob } from '../../src/search/stage-search.js';
import { tinyBackbone } from '../support/tiny-backbone.js';
import { stateOf } from './tiny-search.js';

const input: Input = { domain: 'image', shape: [12, 12, 3], dtype: 'float32' };
const backbone = tinyBackbone();
const stages = ['stage6', 'stage7', 'head'] as const;
const steps = createStepCache('eager');

const batch = (sample: number) => {
  const source = random(1, sample);
  const data = Float32Array.from({ length: 4 * 432 }, () => source.uniform());
  return { size: 4, x: { shape: [4, ...input.shape], data }, y: Int32Array.of(0, 1, 0, 1) };
};

/** A search whose samples are trained, and judged by what is chosen alone. */
function searchFor(judge: (chosen: readonly string[]) => number | null, settings: Partial<StageSearchJob> = {}, resumed?: SearchProgress) {
  const networks = (chosen: readonly string[]) =>
    networkOf([attached], patchArchitecture(backbone, [...chosen]), input, 'test', backboneBase(backbone));
  return createStageSearch(
    {
      stages,
      candidate: (chosen) =>
        Promise.resolve({
          network: networks(chosen),
          async *batches(sample) {
            yield await Promise.resolve(batch(sample));
          },
          validate: () => Promise.resolve(judge(chosen)),
        }),
      head: () => Promise.resolve(new Float32Array((backbone.weights.arrays['head/bias']?.data.length ?? 0) * 2 + 2)),
      ...{ classes: 2, samples: 12, searchRate: 0.1, price: 0, learningRate: 0.01, batchSize: 4, batchesPerEpoch: 1 },
      ...{ rule: { momentum: 0.9, weightDecay: 0, clip: 10 }, steps, seed: 3, purpose: ['stages'], owner: 'task test' },
      ...settings,
    },
    resumed,
  );
}

async function finish(search: ReturnType<typeof searchFor>, reports = Infinity) {
  const states: string[] = [];
  while (states.length < reports && (await search.next())) states.push(stateOf(search));
  return states;
}

describe('a search for stages', () => {
  it.each(stages)('finds out whether %s serves, whatever the others do', async (stage) => {
    for (const serves of [true, false]) {
      const search = searchFor((chosen) => (chosen.includes(stage) === serves ? 0.9 : 0.5), { samples: 40 });
      await finish(search);
      expect(search.stages().includes(stage), `serves: ${serves}`).toBe(serves);
    }
  });

  it('of stages that are likely as not takes those whose last sample was no worse with than without', async () => {
    for (const [withIt, without, wanted] of [
      [0.6, 0.5, ['head']],
      [0.5, 0.5, ['head']],
      [0.4, 0.5, []],
    ] as const) {
      // A rate of 0 leaves every choice as likely as at first.
      const search = searchFor((chosen) => (chosen.includes('head') ? withIt : without), { stages: ['head'], searchRate: 0 });
      await finish(search);
      expect(search.stages()).toEqual(wanted);
    }
  });

  it('subtracts a price for each number, down to 0', async () => {
    const numbers = networkOf([attached], patchArchitecture(backbone, ['head']), input, 'test', backboneBase(backbone)).declaration
      .parameters.size;
    const better = (chosen: readonly string[]) => (chosen.length > 0 ? 0.9 : 0.8);
    const cheap = searchFor(better, { stages: ['head'], price: 0.05 / numbers });
    const dear = searchFor(better, { stages: ['head'], price: 0.2 / numbers });
    await Promise.all([finish(cheap), finish(dear)]);
    expect(cheap.stages()).toEqual(['head']);
    expect(dear.stages()).toEqual([]);
  });

  it.each(optimizers)('by %s goes on from any sample to the same end, bit for bit', async (optimizer) => {
    const judge = (chosen: readonly string[]) => 0.3 + 0.1 * chosen.length;
    const settings = { rule: { optimizer, momentum: 0.9, weightDecay: 0, clip: 10 } };
    const whole = await finish(searchFor(judge, settings));
    expect(whole).toHaveLength(12);
    for (const kept of optimizer === 'sgd' ? [1, 5, 11] : [5]) {
      const stopped = searchFor(judge, settings);
      expect(await finish(stopped, kept)).toEqual(whole.slice(0, kept));
      expect(await finish(searchFor(judge, settings, stopped.progress()))).toEqual(whole.slice(kept));
    }
  });

  it('that is stopped within a sample goes on from the one before, and leaves no tensors behind', async () => {
    const judge = (chosen: readonly string[]) => 0.3 + 0.1 * chosen.length;
    const whole = await finish(searchFor(judge));
    const abort = new AbortController();
    const search = searchFor(judge, { signal: abort.signal });
    await finish(search, 1);
    const tensors = tf.memory().numTensors;
    abort.abort();
    await expect(search.next()).rejects.toThrow('task test: sample 2 of the search: interrupted in epoch 1 of 1');
    expect(tf.memory().numTensors).toBe(tensors);
    expect(await finish(searchFor(judge, {}, search.progress()))).toEqual(whole.slice(1));
  });

  it('counts a sample with nothing to be judged by as one of no accuracy', async () => {
    const search = searchFor(() => null);
    expect(await search.next()).toMatchObject({ sample: 1, accuracy: 0 });
  });
});
