import { describe, expect, it } from 'vitest';
import type { Task } from '../../src/core/task.js';
import { checkTasks } from '../../src/strategies/check/check-tasks.js';
import { finetune } from '../../src/strategies/finetune/finetune.js';
import { hat } from '../../src/strategies/hat/hat.js';
import { independent } from '../../src/strategies/independent/independent.js';
import { packnet } from '../../src/strategies/packnet/packnet.js';
import type { Strategy } from '../../src/strategies/strategy.js';
import { learnTasks, scores, tinyCells, tinyMlp } from './tiny-strategies.js';

const tasks = checkTasks(3);
const [first, second, third] = tasks as readonly [Task, Task, Task];
/** Options of hat, which is always a perceptron. */
const perceptron = Object.fromEntries(Object.entries(tinyMlp).filter(([name]) => name !== 'network'));

/** Scores on the first task after each of the tasks. */
async function scoresOverTime(strategy: Strategy): Promise<Float32Array[]> {
  const found: Float32Array[] = [];
  for (const task of tasks) {
    await learnTasks(strategy, [task]);
    found.push(await scores(strategy, first));
  }
  return found;
}

describe('methods that never change what an old task answers', () => {
  // The same operations on the same shapes; what later tasks use is multiplied by zeros.
  it.each([
    ['packnet on cells', () => packnet(tinyCells)],
    ['packnet on a perceptron', () => packnet(tinyMlp)],
    ['hat', () => hat(perceptron)],
    ['independent', () => independent(tinyCells)],
  ])('%s: equal bit for bit, while its network changes', async (name, create) => {
    const strategy = create();
    const [learned, afterSecond, afterThird] = await scoresOverTime(strategy);
    expect(afterSecond).toEqual(learned);
    expect(afterThird).toEqual(learned);
    expect(new Set(learned).size).toBeGreaterThan(2);
    expect(strategy.experts().map((expert) => expert.tasks.length)).toEqual(name === 'independent' ? [1, 1, 1] : [3]);
    strategy.dispose();
  });

  it('finetune does change them', async () => {
    const strategy = finetune(tinyMlp);
    const [learned, afterSecond] = await scoresOverTime(strategy);
    expect(afterSecond).not.toEqual(learned);
    strategy.dispose();
  });
});

describe('packnet', () => {
  const ownersAfter = async (count: number) => {
    const strategy = packnet({ ...tinyMlp, prune: 0.75 });
    await learnTasks(strategy, tasks.slice(0, count));
    const { arrays } = await strategy.save();
    strategy.dispose();
    return { owners: Array.from(arrays['memory/owners']?.['owners']?.data ?? []), arrays };
  };

  it('gives each task a quarter of what is left of every layer, and takes nothing back', async () => {
    const [one, two] = [await ownersAfter(1), await ownersAfter(2)];
    const count = (owners: number[], owner: number, start: number, size: number) =>
      owners.slice(start, start + size).filter((value) => value === owner).length;
    // hidden.0.weight: 64 x 8 at 0; hidden.1.weight: 8 x 8 behind its bias of 8.
    expect([count(one.owners, 1, 0, 512), count(one.owners, 1, 520, 64)]).toEqual([128, 16]);
    expect([count(two.owners, 1, 0, 512), count(two.owners, 2, 0, 512), count(two.owners, 2, 520, 64)]).toEqual([128, 96, 12]);
    one.owners.forEach((owner, i) => {
      if (owner === 1) expect(two.owners[i]).toBe(1);
    });
  });

  it('keeps owned weights as they are and leaves the others zero', async () => {
    const [one, two] = [await ownersAfter(1), await ownersAfter(2)];
    const kernel = ({ arrays }: typeof one) => arrays['experts/e0']?.['hidden.0.weight']?.data ?? new Float32Array();
    kernel(two).forEach((weight, i) => {
      if (one.owners[i] === 1) expect(weight).toBe(kernel(one)[i]);
      if (two.owners[i] === 0) expect(weight).toBe(0);
    });
  });

  it('keeps the largest weights', async () => {
    const before = packnet({ ...tinyMlp, prune: 0, retrainEpochs: 0 });
    const after = packnet({ ...tinyMlp, prune: 0.5, retrainEpochs: 0 });
    for (const strategy of [before, after]) await learnTasks(strategy, [first]);
    const kernel = async (strategy: Strategy) => Array.from((await strategy.save()).arrays['experts/e0']?.['hidden.1.weight']?.data ?? []);
    const [all, kept] = [await kernel(before), await kernel(after)];
    const sizes = all.map(Math.abs).sort((a, b) => b - a);
    expect(
      kept
        .filter((weight) => weight !== 0)
        .map(Math.abs)
        .sort((a, b) => b - a),
    ).toEqual(sizes.slice(0, 32));
    before.dispose();
    after.dispose();
  });
});

describe('hat', () => {
  it('claims units task by task, and freezes the weights between claimed ones', async () => {
    const strategy = hat(perceptron);
    await learnTasks(strategy, [first]);
    const before = (await strategy.save()).arrays;
    await learnTasks(strategy, [second, third]);
    const after = (await strategy.save()).arrays;
    const attention = before['own/0']?.['attention']?.data ?? new Float32Array();
    const claimed = Array.from(attention, (embedding) => embedding > 0);
    expect(claimed.filter(Boolean).length).toBeGreaterThan(0);
    expect(claimed.filter((unit) => !unit).length).toBeGreaterThan(0);
    let changed = 0;
    const [old, now] = [before, after].map((arrays) => arrays['experts/e0']?.['hidden.1.weight']?.data ?? new Float32Array());
    now?.forEach((weight, i) => {
      const [from, to] = [claimed[Math.floor(i / 8)], claimed[8 + (i % 8)]];
      if (from && to) expect(weight).toBe(old?.[i]);
      else if (weight !== old?.[i]) changed += 1;
    });
    expect(changed).toBeGreaterThan(0);
    expect(after['own/0']).toEqual(before['own/0']);
    strategy.dispose();
  });
});
