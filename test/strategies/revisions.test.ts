import { expect, it } from 'vitest';
import type { Snapshot } from '../../src/core/snapshot.js';
import { checkTasks } from '../../src/strategies/check/check-tasks.js';
import { finetune } from '../../src/strategies/finetune/finetune.js';
import { packnet } from '../../src/strategies/packnet/packnet.js';
import { par } from '../../src/strategies/par/par.js';
import type { Strategy } from '../../src/strategies/strategy.js';
import { learnTasks, tinyCells, tinyMlp } from './tiny-strategies.js';

const tasks = checkTasks(3);

/** Groups after three tasks that have the revision which they had after two. */
async function unchanged(strategy: Strategy): Promise<string[]> {
  try {
    await learnTasks(strategy, tasks.slice(0, 2));
    const before = await strategy.save();
    await learnTasks(strategy, tasks.slice(2));
    const after: Snapshot = await strategy.save();
    const { revisions = {}, arrays } = after;
    expect(Object.keys(revisions).sort()).toEqual(Object.keys(arrays).sort());
    return Object.keys(revisions).filter((group) => revisions[group] === before.revisions?.[group]);
  } finally {
    strategy.dispose();
  }
}

it.each<[string, () => Strategy, string[]]>([
  ['finetune, with the heads of earlier tasks', () => finetune(tinyMlp), ['heads/0', 'heads/1']],
  ["packnet, with what is each earlier task's own", () => packnet(tinyMlp), ['heads/0', 'heads/1', 'own/0', 'own/1']],
  [
    'par, with earlier experts and prototypes where each task gets an expert of its own',
    () => par({ ...tinyCells, samples: 2, regularizeThreshold: 0, allocateThreshold: 0 }),
    ['experts/e0', 'experts/e1', 'heads/0', 'heads/1', 'prototypes/0', 'prototypes/1'],
  ],
])('what a task leaves alone keeps its revision: %s', async (_, create, expected) => {
  expect((await unchanged(create())).sort()).toEqual(expected);
});
