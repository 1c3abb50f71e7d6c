import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { headLayout } from '../../src/nn/head.js';
import { layoutOf } from '../../src/nn/layout.js';
import { createStepCache } from '../../src/nn/step-cache.js';
import { trainingDefinition } from '../../src/nn/training-step.js';
import { candidateLayouts, trainCandidate } from '../../src/search/candidate.js';
import { createSampler, samplePath, updateProbabilities } from '../../src/search/sampler.js';
import type { SearchProgress } from '../../src/search/search.js';
import { imageSpace } from '../../src/experts/space.js';
import { createSupernetWeights } from '../../src/search/supernet-weights.js';
import { searchFor } from '../../src/strategies/par/search-for.js';
import { searchPurpose, searchSetting } from '../../src/strategies/par/search-setting.js';
import type { LearnContext } from '../../src/strategies/strategy.js';
import { pathNetwork } from './path-network.js';
import { finishSearch, searchContext, stateOf, tinySearchOptions, tinySearchTask } from './tiny-search.js';

const task = tinySearchTask();
const { seed } = searchContext();
const purpose = searchPurpose(task);

function settingFor(options = tinySearchOptions()) {
  const order = random(seed, ...purpose, 'halves').permutation(task.train.size);
  const half = (positions: Int32Array) => ({ split: task.train, positions });
  const subject = { task, options, train: task.train.size, seed, searches: 1 };
  return searchSetting(subject, half(order.slice(0, 36)), half(order.slice(36)), createStepCache('eager'));
}

function supernet() {
  const weights = (name: string) => createSupernetWeights(seed, [...purpose, name]);
  return { weights: weights('weights'), velocity: weights('velocity'), statistics: weights('statistics') };
}

const rate = (sample: number, samples: number) => 1e-5 + ((0.01 - 1e-5) * (1 + Math.cos((Math.PI * sample) / samples))) / 2;

describe('weights of a super-network', () => {
  const spec = (name: string, length: number) => ({ name, shape: [length], initial: { value: 1 } });

  it('that several paths trained become the mean of theirs, the others what they are', () => {
    const weights = createSupernetWeights(0, []);
    const [a, b] = [layoutOf([spec('shared', 2), spec('own', 1)]), layoutOf([spec('other', 1), spec('shared', 2)])];
    expect([...weights.take(a), ...weights.take(b)]).toEqual([1, 1, 1, 1, 1, 1]);
    weights.put([
      { layout: a, flat: Float32Array.of(2, 4, 7) },
      { layout: b, flat: Float32Array.of(9, 3, -1) },
      { layout: a, flat: Float32Array.of(7, 6, 8) },
    ]);
    expect([...weights.take(a)]).toEqual([4, 3, 7.5]);
    expect([...weights.take(b)]).toEqual([9, 4, 3]);
  });
});

describe('candidates of one path', () => {
  const path = samplePath(createSampler(imageSpace), random(seed, 'one path'));
  const startOf = (setting: ReturnType<typeof settingFor>) => {
    const { weights, velocity, statistics } = candidateLayouts(setting, path);
    const start = supernet();
    return {
      weights: start.weights.take(weights),
      velocity: start.velocity.take(velocity),
      statistics: start.statistics.take(statistics),
    };
  };

  it('O9: train in steps of their own where class count or update rule differ', async () => {
    const setting = settingFor();
    const trained = async (differing: Partial<typeof setting>) => {
      const own = { ...setting, ...differing };
      return (await trainCandidate(own, { sample: 0, path, learningRate: 0.01, vectors: startOf(own) })).vectors.weights;
    };
    const steps = createStepCache('eager');
    const differing = [{}, { classes: 5 }, { rule: { ...setting.rule, weightDecay: 0.5 } }];
    const shared: Float32Array[] = [];
    const alone: Float32Array[] = [];
    for (const some of differing) shared.push(await trained({ ...some, steps }));
    for (const some of differing) alone.push(await trained({ ...some, steps: createStepCache('eager') }));
    expect(shared).toEqual(alone);
    expect(shared[2]).not.toEqual(shared[0]);
  });

  it('O10: plan their odd last batch as one that comes once a sample, and full ones as often as the whole search has them', async () => {
    const setting = settingFor();
    const cache = createStepCache('eager');
    const planned: number[] = [];
    const steps: typeof cache = {
      ...cache,
      get(definition, uses) {
        if (definition.key.startsWith('train ')) planned.push(uses);
        return cache.get(definition, uses);
      },
    };
    await trainCandidate({ ...setting, steps }, { sample: 0, path, learningRate: 0.01, vectors: startOf(setting) });
    cache.dispose();
    // 36 examples in batches of 16: two full ones and four left over, in each of five samples
    expect(planned).toEqual([10, 10, 5]);
  });
});

describe('a search in rounds of one', () => {
  /** PAR section 5 in a straight line: draw, train for an epoch, measure, move. */
  async function published(samples: number) {
    const setting = settingFor();
    const { weights, velocity, statistics } = supernet();
    let sampler = createSampler(imageSpace);
    const accuracies: number[] = [];
    for (let sample = 0; sample < samples; sample++) {
      const path = samplePath(sampler, random(seed, ...purpose, 'path', sample));
      const network = pathNetwork({ operations: imageSpace.operations, channels: 2, cells: 2, inputShape: [6, 6, 1] }, path);
      const layout = layoutOf([...network.declaration.parameters.weights, ...headLayout(network.featureSize, 3).weights]);
      const slots = layoutOf(layout.weights.map((spec) => ({ ...spec, initial: { value: 0 } })));
      const step = createStepCache('eager').get(trainingDefinition(network, [3], { momentum: 0.9, weightDecay: 0.003, clip: 5 }), 1);
      let state: Record<'weights' | 'velocity' | 'statistics', Tensor> = {
        weights: tf.tensor1d(weights.take(layout)),
        velocity: tf.tensor1d(velocity.take(slots)),
        statistics: tf.tensor1d(statistics.take(network.declaration.statistics)),
      };
      for await (const { x, y } of setting.batches(sample)) {
        const inputs = { x: tf.tensor(x.data, [...x.shape]), y: tf.tensor1d(y, 'int32'), learningRate: tf.scalar(rate(sample, samples)) };
        const { weights: w, velocity: v, statistics: s, ...others } = step.run({ ...state, ...inputs });
        tf.dispose([state, inputs, others]);
        state = { weights: w as Tensor, velocity: v as Tensor, statistics: s as Tensor };
      }
      const accuracy = (await setting.validate(network, state.weights, state.statistics)) ?? NaN;
      const flat = (name: keyof typeof state) => state[name].dataSync<'float32'>().slice();
      weights.put([{ layout, flat: flat('weights') }]);
      velocity.put([{ layout: slots, flat: flat('velocity') }]);
      statistics.put([{ layout: network.declaration.statistics, flat: flat('statistics') }]);
      tf.dispose(state);
      accuracies.push(accuracy);
      sampler = updateProbabilities(sampler, path, accuracy, 0.01);
    }
    const arrays = { weights: weights.arrays(), velocity: velocity.arrays(), statistics: statistics.arrays() };
    return { accuracies, sampler, arrays };
  }

  it('is the published one, each path as a network of its own, but for rounding', async () => {
    const search = searchFor(task, tinySearchOptions(), createStepCache('eager'), searchContext());
    const { accuracies } = await finishSearch(search);
    const expected = await published(5);
    expect(accuracies).toEqual(expected.accuracies);
    const { state, arrays } = search.progress();
    expect(state).toEqual({ sample: 5, sampler: expected.sampler });
    for (const [group, weights] of Object.entries(expected.arrays)) {
      expect(Object.keys(arrays[group] ?? {}).sort()).toEqual(Object.keys(weights).sort());
      for (const [name, { shape, data }] of Object.entries(weights)) {
        const found = arrays[group]?.[name];
        expect(found?.shape, name).toEqual(shape);
        data.forEach((value, i) => {
          expect(found?.data[i], `${group} ${name}[${i}]`).toBeCloseTo(value, 4);
        });
      }
    }
  });
});

describe('a search in rounds of three', () => {
  const options = tinySearchOptions({ searchRound: 3 });
  const start = (resumed?: SearchProgress) => searchFor(task, options, createStepCache('eager'), searchContext(), resumed);

  it('draws each round from one state, trains from one super-network, and takes in what came out in order', async () => {
    const setting = settingFor(options);
    const parts = supernet();
    let sampler = createSampler(imageSpace);
    const accuracies: number[] = [];
    for (const round of [
      [0, 1, 2],
      [3, 4],
    ]) {
      const paths = round.map((sample) => samplePath(sampler, random(seed, ...purpose, 'path', sample)));
      const networks = paths.map((path) => candidateLayouts(setting, path));
      const before = networks.map(({ weights, velocity, statistics }) => ({
        weights: parts.weights.take(weights),
        velocity: parts.velocity.take(velocity),
        statistics: parts.statistics.take(statistics),
      }));
      const outcomes = new Map<number, Awaited<ReturnType<typeof trainCandidate>>>();
      for (const i of [...round.keys()].reverse()) {
        const [sample = 0, path, vectors] = [round[i], paths[i], before[i]];
        if (path && vectors) outcomes.set(i, await trainCandidate(setting, { sample, path, learningRate: rate(sample, 5), vectors }));
      }
      for (const name of ['weights', 'velocity', 'statistics'] as const) {
        parts[name].put(
          networks.map((network, i) => ({ layout: network[name], flat: outcomes.get(i)?.vectors[name] ?? new Float32Array(0) })),
        );
      }
      paths.forEach((path, i) => {
        const accuracy = outcomes.get(i)?.accuracy ?? NaN;
        accuracies.push(accuracy);
        sampler = updateProbabilities(sampler, path, accuracy, 0.01);
      });
    }
    const search = start();
    const found = await finishSearch(search);
    expect(found.accuracies).toEqual(accuracies);
    const { state, arrays } = search.progress();
    expect(state).toEqual({ sample: 5, sampler });
    for (const name of ['weights', 'velocity', 'statistics'] as const) expect(arrays[name]).toEqual(parts[name].arrays());
  });

  it('goes on from any report to the same end', async () => {
    const whole = await finishSearch(start());
    let stored: SearchProgress | undefined;
    const accuracies: number[] = [];
    for (let sample = 1; sample <= 5; sample++) {
      const search = start(stored);
      const report = await search.next();
      expect(report?.sample).toBe(sample);
      accuracies.push(report?.accuracy ?? NaN);
      expect(stateOf(search)).toBe(whole.states[sample - 1]);
      const { state, arrays } = search.progress();
      stored = { state: JSON.parse(JSON.stringify(state)) as typeof state, arrays };
    }
    expect(accuracies).toEqual(whole.accuracies);
    expect(await start(stored).next()).toBeUndefined();
  });

  it('an error leaves it as it was before the round', async () => {
    const controller = new AbortController();
    let reads = 0;
    const train = { ...task.train, read: (indices: Int32Array) => ((reads += 1) === 12 && controller.abort(), task.train.read(indices)) };
    const search = searchFor({ ...task, train }, options, createStepCache('eager'), searchContext({ signal: controller.signal }));
    for (let i = 0; i < 3; i++) await search.next();
    const before = search.progress().state;
    const tensors = tf.memory().numTensors;
    await expect(search.next()).rejects.toMatchObject({ code: 'interrupted' });
    expect(search.progress().state).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe('workers without a use', () => {
  it('are told of once, and change nothing', async () => {
    const notices: string[] = [];
    const context = searchContext({ workers: 2, onNotice: (notice) => notices.push(notice) });
    const states = async (given: LearnContext) => {
      const search = searchFor(task, tinySearchOptions({ samples: 2 }), createStepCache('eager'), given);
      return (await finishSearch(search)).states;
    };
    expect(await states(context)).toEqual(await states(searchContext()));
    expect(notices).toEqual([expect.stringContaining('searchRound')]);
  });

  it.each([-1, 1.5, NaN])('%d workers are refused', (workers) => {
    expect(() => searchFor(task, tinySearchOptions(), createStepCache('eager'), searchContext({ workers }))).toThrow(
      `workers: a whole number from 0 expected, found ${workers}`,
    );
  });
});

describe('a search whose super-network is compiled', () => {
  // Thirty samples of two full batches: as many steps as a graph pays for.
  const options = tinySearchOptions({ engine: 'auto', samples: 30, learningRate: 0.001 });
  const start = (resumed?: SearchProgress, steps = createStepCache('auto')) => searchFor(task, options, steps, searchContext(), resumed);

  it(
    'finds what the uncompiled one finds, but for rounding, and goes on from any report to the same end',
    { timeout: 240_000 },
    async () => {
      const steps = createStepCache('auto');
      const whole = await finishSearch(start(undefined, steps));
      const eager = await finishSearch(start(undefined, createStepCache('eager')));
      expect(whole.accuracies).toHaveLength(30);
      // Of 36 examples, one here and there may fall to another class.
      const differences = whole.accuracies.map((accuracy, i) => Math.abs(accuracy - (eager.accuracies[i] ?? NaN)));
      expect(Math.max(...differences)).toBeLessThan(2.5 / 36);
      expect(differences.reduce((sum, difference) => sum + difference) / 30).toBeLessThan(0.5 / 36);
      const first = start(undefined, steps);
      for (let sample = 1; sample <= 11; sample++) await first.next();
      const { state, arrays } = first.progress();
      const again = await finishSearch(start({ state: JSON.parse(JSON.stringify(state)) as typeof state, arrays }));
      expect(again.accuracies).toEqual(whole.accuracies.slice(11));
      expect(again.states).toEqual(whole.states.slice(11));
      steps.dispose();
    },
  );
});

describe('a search whose compiled super-network does not fit into memory', () => {
  it('says in one line how much it needs, and finds what an uncompiled one finds', async () => {
    const options = tinySearchOptions({ engine: 'auto', samples: 40, batchSize: 8 });
    const notices: string[] = [];
    const context = { ...searchContext({ onNotice: (notice) => notices.push(notice) }), memory: 100e6 };
    const search = searchFor(task, options, createStepCache('auto'), context);
    const eager = searchFor(task, { ...options, engine: 'eager' }, createStepCache('eager'), searchContext());
    for (let sample = 0; sample < 3; sample++) expect((await search.next())?.accuracy).toBe((await eager.next())?.accuracy);
    expect(stateOf(search)).toBe(stateOf(eager));
    expect(notices).toEqual([
      expect.stringMatching(
        /^the super-network needs 0\.1 GiB of memory to be compiled, found 0\.1 GiB; paths run one by one, uncompiled: slower; /,
      ),
    ]);
  });
});
