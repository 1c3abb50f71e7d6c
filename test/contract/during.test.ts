import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { AccuracyTracked } from '../../src/core/events.js';
import { learn } from '../../src/learner/learn.js';
import { tf } from '../../src/nn/backend.js';
import { strategies, type StrategyEntry } from '../../src/strategies/registry.js';
import { tinyTask } from '../support/tiny-tasks.js';

/** Options that make learning a matter of moments; each strategy takes those that it has. */
const quick = {
  ...{ channels: 2, cells: 1, units: 6, samples: 1, batchSize: 16, engine: 'eager', regularizeThreshold: 1, fewShot: 0 },
  ...{ importanceExamples: 4, memory: 6, replayBatch: 4, learningRate: 0.05, retrainEpochs: 1 },
};

/** Those that train in epochs; what is computed in one pass has no accuracy during training. */
const trained = strategies.filter(({ options }) => 'epochs' in options.shape);

const tasks = [1, 2, 3].map((pattern) => tinyTask(`t${pattern}`, pattern, { train: 48, test: 40, noise: 0.4 }));

async function run(entry: StrategyEntry, epochs: number, evalEvery: number) {
  const { shape } = entry.options;
  const strategy = await entry.create(Object.fromEntries(Object.entries({ ...quick, epochs }).filter(([name]) => name in shape)));
  const events = await lastValueFrom(learn(tasks, strategy, { evalEvery }).pipe(toArray()));
  const snapshot = await strategy.save();
  strategy.dispose();
  const tracked = events.flatMap((event) => (event.type === 'accuracy-tracked' ? [event] : []));
  const evaluated = events.flatMap((event) => (event.type === 'task-evaluated' ? [[event.task, event.on, event.accuracy]] : []));
  return { tracked, evaluated, snapshot };
}

const last = (points: readonly AccuracyTracked[], task: number, on: number, kept: boolean) =>
  points.findLast((point) => point.task === task && point.on === on && (point.phase === 'kept') === kept)?.accuracy;

describe('accuracy during training', () => {
  it.each(trained.map((entry) => [entry.name, entry] as const))(
    'changes nothing that %s learns, and holds no tensors',
    async (_, entry) => {
      const tensors = tf.memory().numTensors;
      const [without, tracked] = [await run(entry, 2, 0), await run(entry, 2, 1)];
      expect(tracked.snapshot).toEqual(without.snapshot);
      expect(tracked.evaluated).toEqual(without.evaluated);
      expect(tf.memory().numTensors).toBe(tensors);
      expect(new Set(tracked.tracked.filter(({ phase }) => phase !== 'kept').map(({ epoch }) => epoch)).size).toBeGreaterThan(1);
    },
  );

  it.each(trained.map((entry) => [entry.name, entry] as const))(
    'of %s is, after the only epoch there is, what the learned task has, and covers each task that changes',
    async (_, entry) => {
      const { tracked, evaluated } = await run(entry, 1, 1);
      for (const [task, on, accuracy] of evaluated as [number, number, number][]) {
        const midway = last(tracked, task, on, false);
        expect(midway, `task ${on} while task ${task} is learned`).toBe(last(tracked, task, on, true));
        if (midway !== undefined) expect(midway).toBe(accuracy);
      }
      expect(tracked.filter(({ task, on }) => task === on && task < 3)).not.toHaveLength(0);
    },
  );
});
