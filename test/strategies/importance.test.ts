import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InputValues } from '../../src/core/input.js';
import { checkTasks } from '../../src/strategies/check/check-tasks.js';
import { ewc } from '../../src/strategies/ewc/ewc.js';
import { finetune } from '../../src/strategies/finetune/finetune.js';
import { mas } from '../../src/strategies/mas/mas.js';
import { onlineEwc } from '../../src/strategies/online-ewc/online-ewc.js';
import { movedPenalty, sumOfPenalties } from '../../src/strategies/shared/quadratic-penalty.js';
import { si } from '../../src/strategies/si/si.js';
import { eventsOf, learnTasks, ofType, scores, stateAfter, tinyCells, tinyMlp, weightsOf } from './tiny-strategies.js';
import { tinyTask } from '../support/tiny-tasks.js';
import type { Task } from '../../src/core/task.js';
import { allPositions, normalize } from '../../src/experts/training/batches.js';

const tasks = checkTasks(2);
const [first, second] = tasks as readonly [Task, Task];

describe('elastic weight consolidation', () => {
  // The same operations on the same shapes, and zeros added.
  it('with lambda 0 is finetune, bit for bit', async () => {
    const plain = await stateAfter(finetune(tinyCells), tasks);
    const held = await stateAfter(ewc({ ...tinyCells, lambda: 0, importanceExamples: 4 }), tasks);
    expect(weightsOf(held)).toEqual(weightsOf(plain));
    expect(held.arrays['memory/importance']?.['importance']?.data.some((value) => value > 0)).toBe(true);
  });

  it('leaves weights, running statistics and predictions alone when it measures importance', async () => {
    const [plain, held] = [finetune(tinyCells), ewc({ ...tinyCells, importanceExamples: 4 })];
    for (const strategy of [plain, held]) await learnTasks(strategy, [first]);
    expect(weightsOf(await held.save())).toEqual(weightsOf(await plain.save()));
    expect(await scores(held, first)).toEqual(await scores(plain, first));
    expect(Object.keys((await held.save()).arrays['experts/e0'] ?? {}).some((name) => name.endsWith('running_var'))).toBe(true);
    plain.dispose();
    held.dispose();
  });

  it('holds from the second task on: its loss is the larger, its weights stay nearer', async () => {
    const stream = [tinyTask('a', 1), tinyTask('b', 2)];
    const losses = async (lambda: number) =>
      ofType(await eventsOf(stream, ewc({ ...tinyMlp, lambda })), 'epoch-ended').map(({ loss }) => loss);
    const [without, held] = [await losses(0), await losses(1e4)];
    expect(held.slice(0, 3)).toEqual(without.slice(0, 3));
    expect(held[5]).toBeGreaterThan(without[5] ?? NaN);
    const moved = async (lambda: number) => {
      const strategy = ewc({ ...tinyMlp, lambda });
      await learnTasks(strategy, [first]);
      const start = (await strategy.save()).arrays['experts/e0']?.['hidden.0.weight']?.data ?? new Float32Array();
      await learnTasks(strategy, [second]);
      const end = (await strategy.save()).arrays['experts/e0']?.['hidden.0.weight']?.data ?? new Float32Array();
      strategy.dispose();
      return Array.from(start).reduce((sum, value, i) => sum + (value - (end[i] ?? 0)) ** 2, 0);
    };
    expect(await moved(1e4)).toBeLessThan(await moved(0));
  });

  it('measures the mean over examples of the squared gradient', async () => {
    // For the last bias of the network the gradient is by hand: the score's error carried back through the head where the unit is active.
    const strategy = ewc({ ...tinyMlp, softmaxOver: 'seen', fisher: 'empirical', importanceExamples: 1000 });
    await learnTasks(strategy, [first]);
    const { arrays } = await strategy.save();
    strategy.dispose();
    const { inputs, labels } = await first.train.read(allPositions(first.train.size));
    const expected = fisherOfHeadBias(arrays, normalize(inputs, first.normalization), labels);
    const importance = arrays['memory/importance']?.['importance']?.data ?? [];
    expect(importance).toHaveLength(64 * 8 + 8 + 8 * 8 + 8 + 8 * 2 + 2);
    for (const c of [0, 1]) expect(importance[importance.length - 2 + c]).toBeCloseTo(expected[c] ?? NaN, 6);
    expect(expected[0]).toBeGreaterThan(1e-4);
  });
});

/** Mean of (p_c - [label = c])^2 for the two classes, by plain loops. */
function fisherOfHeadBias(arrays: Awaited<ReturnType<typeof stateAfter>>['arrays'], inputs: InputValues, labels: Int32Array): number[] {
  const weight = (group: string, name: string) => arrays[group]?.[name]?.data ?? new Float32Array();
  const dense = (values: number[], group: string, name: string, width: number) =>
    Array.from({ length: width }, (_, j) =>
      values.reduce(
        (sum, value, i) => sum + value * (weight(group, `${name}.weight`)[i * width + j] ?? 0),
        weight(group, `${name}.bias`)[j] ?? 0,
      ),
    );
  const relu = (values: number[]) => values.map((value) => Math.max(0, value));
  const sums = [0, 0];
  labels.forEach((label, n) => {
    const hidden = relu(dense([...inputs.subarray(n * 64, (n + 1) * 64)], 'experts/e0', 'hidden.0', 8));
    const [a = 0, b = 0] = dense(relu(dense(hidden, 'experts/e0', 'hidden.1', 8)), 'heads/0', 'head', 2);
    const p = 1 / (1 + Math.exp(b - a));
    [p, 1 - p].forEach((share, c) => (sums[c] = (sums[c] ?? 0) + (share - (label === c ? 1 : 0)) ** 2));
  });
  return sums.map((sum) => sum / labels.length);
}

describe('the kept penalty', () => {
  const float = fc.float({ min: -2, max: 2, noNaN: true });
  const penalty = fc.record({ importance: fc.float({ min: Math.fround(0.01), max: 2, noNaN: true }), anchor: float });
  const vectors = ({ importance, anchor }: { importance: number; anchor: number }) => ({
    importance: Float32Array.of(importance),
    anchor: Float32Array.of(anchor),
  });
  const value = ({ importance, anchor }: { importance: Float32Array; anchor: Float32Array }, w: number) =>
    0.5 * (importance[0] ?? 0) * (w - (anchor[0] ?? 0)) ** 2;

  it('of EWC is the sum of the penalties of all tasks, up to a constant', () => {
    fc.assert(
      fc.property(penalty, penalty, float, float, (one, other, w, v) => {
        const sum = sumOfPenalties(vectors(one), vectors(other));
        const change = value(sum, w) - value(sum, v);
        const both = value(vectors(one), w) + value(vectors(other), w) - value(vectors(one), v) - value(vectors(other), v);
        expect(change).toBeCloseTo(both, 4);
      }),
    );
  });

  // Powers of two, so that both ways to one importance are the same numbers.
  it('O14: of online EWC has faded once when the next task trains', async () => {
    const online = await stateAfter(onlineEwc({ ...tinyMlp, lambda: 64, gamma: 0.5, importanceExamples: 8 }), tasks);
    const plain = await stateAfter(ewc({ ...tinyMlp, lambda: 32, importanceExamples: 8 }), tasks);
    expect(weightsOf(online)).toEqual(weightsOf(plain));
    expect(weightsOf(online)).not.toEqual(weightsOf(await stateAfter(finetune(tinyMlp), tasks)));
  });

  it('of online EWC fades, and moves to the latest weights', () => {
    const [old, more] = [vectors({ importance: 2, anchor: 1 }), vectors({ importance: 3, anchor: -1 })];
    expect(movedPenalty(old, more, 0.5)).toEqual(vectors({ importance: 4, anchor: -1 }));
    expect(movedPenalty(undefined, more, 0.5)).toEqual(more);
  });
});

describe('the other importances', () => {
  const methods = {
    'online-ewc': (strength: number) => onlineEwc({ ...tinyMlp, lambda: strength, importanceExamples: 8 }),
    mas: (strength: number) => mas({ ...tinyMlp, lambda: strength, importanceExamples: 8 }),
    si: (strength: number) => si({ ...tinyMlp, strength }),
  };

  it.each(Object.entries(methods))(
    '%s: strength 0 is finetune, a great one is not, and importances are never negative',
    async (_, create) => {
      const plain = weightsOf(await stateAfter(finetune(tinyMlp), tasks));
      const state = await stateAfter(create(0), tasks);
      expect(weightsOf(state)).toEqual(plain);
      const importance = state.arrays['memory/importance']?.['importance']?.data ?? new Float32Array();
      expect(Math.min(...importance)).toBe(0);
      expect(Math.max(...importance)).toBeGreaterThan(0);
      expect(weightsOf(await stateAfter(create(1e4), tasks))).not.toEqual(plain);
    },
  );
});
