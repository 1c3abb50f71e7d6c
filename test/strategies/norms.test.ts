import { describe, expect, it } from 'vitest';
import { checkTasks } from '../../src/strategies/check/check-tasks.js';
import { ewc } from '../../src/strategies/ewc/ewc.js';
import { mas } from '../../src/strategies/mas/mas.js';
import { onlineEwc } from '../../src/strategies/online-ewc/online-ewc.js';
import { si } from '../../src/strategies/si/si.js';
import type { Strategy } from '../../src/strategies/strategy.js';
import { allPositions } from '../../src/experts/training/batches.js';
import { learnTasks, scores, stateAfter, tinyCells, tinyMlp } from './tiny-strategies.js';

const tasks = checkTasks(2);
const few = { ...tinyCells, importanceExamples: 4 };

/** So strong a penalty that no held weight moves. */
const holding: Readonly<Record<string, (norms: 'task' | 'shared') => Strategy>> = {
  ewc: (norms) => ewc({ ...few, norms, lambda: 1e9 }),
  'online-ewc': (norms) => onlineEwc({ ...few, norms, lambda: 1e9 }),
  mas: (norms) => mas({ ...few, norms, lambda: 1e9 }),
  si: (norms) => si({ ...tinyCells, norms, strength: 1e9 }),
};

describe('batch norms of methods with a penalty', () => {
  it.each(Object.entries(holding))('%s: each task has its own, and they are free where kernels are held', async (_, create) => {
    const { arrays } = await stateAfter(create('task'), tasks);
    const [first, second] = [arrays['own/0'], arrays['own/1']];
    expect(second?.['weights']?.data).not.toEqual(first?.['weights']?.data);
    expect(second?.['statistics']?.data).not.toEqual(first?.['statistics']?.data);
    expect(Object.keys((await stateAfter(create('shared'), tasks)).arrays).filter((group) => group.startsWith('own/'))).toEqual([]);
  });

  it('ewc: an old task keeps its own, and with kernels that hardly move its logits', async () => {
    const drift = async (norms: 'task' | 'shared') => {
      const strategy = ewc({ ...few, norms, lambda: 1e9, importanceExamples: 60 });
      const [first, second] = tasks;
      if (!first || !second) throw new RangeError('two tasks expected');
      await learnTasks(strategy, [first]);
      const before = await scores(strategy, first);
      await learnTasks(strategy, [second], { seed: 0, features: undefined as never, known: () => first });
      const after = await scores(strategy, first);
      strategy.dispose();
      return Math.max(...before.map((value, i) => Math.abs(value - (after[i] ?? NaN))));
    };
    expect(await drift('task')).toBeLessThan((await drift('shared')) / 2);
  });

  it('answers class-incremental with each head through its own norms', async () => {
    const strategy = ewc(few);
    await learnTasks(strategy, tasks);
    const [task] = tasks;
    if (!task) throw new RangeError('a task expected');
    const examples = await task.test.read(allPositions(task.test.size));
    const all = await strategy.predictAll?.(examples);
    for (const [i, known] of tasks.entries()) expect(all?.[i]?.logits).toEqual((await strategy.predict(known, examples)).logits);
    strategy.dispose();
  });

  it('is nothing to a perceptron, nor where old heads train along', async () => {
    for (const options of [{ ...tinyMlp, importanceExamples: 4 }, { ...few, softmaxOver: 'seen' } as const]) {
      const { arrays } = await stateAfter(ewc({ ...options, norms: 'task' }), tasks);
      expect(arrays).toEqual((await stateAfter(ewc({ ...options, norms: 'shared' }), tasks)).arrays);
    }
  });
});
