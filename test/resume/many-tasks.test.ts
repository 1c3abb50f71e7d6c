import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyPar } from '../support/tiny-tasks.js';
import { compileLearner, finishLearner } from './children.js';
import type { LearnerJob } from './learner-child.js';
import { outcomeOf } from './outcome.js';

/** `npm run soak` learns ten times as many as a normal test run. */
const tasks = process.env['TEST_MODE'] === 'soak' ? 200 : 20;
/** How many of them one process learns before another goes on. */
const tasksEach = tasks === 20 ? 2 : 1;
const timeout = 12_000 * tasks;

const folder = mkdtempSync(join(tmpdir(), 'lifelong-many-tasks-'));
let program: string;
beforeAll(() => {
  program = compileLearner(join(folder, 'program'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const job = (run: string, engine: 'eager' | 'auto'): LearnerJob => ({
  run: join(folder, run),
  tasks,
  settings: { ...tinyPar, cells: 2, samples: 1, epochs: 5, batchSize: 8, engine },
});

/** What the process said of its tensors and its memory after each task, as numbers. */
const numbersAfterTasks = (said: readonly string[]) =>
  said.filter((line) => line.startsWith('memory')).map((line) => line.split(' ').slice(1).map(Number));

describe.concurrent(`${tasks} tasks of 5 epochs`, { timeout }, () => {
  it.each(['eager', 'auto'] as const)('leak nothing in one process (engine %s)', async (engine) => {
    const memory = numbersAfterTasks(await finishLearner(program, job(engine, engine), ['--expose-gc']));
    expect(memory).toHaveLength(tasks);
    expect(new Set(memory.map(([tensors]) => tensors))).toEqual(new Set([0]));
    const last = memory.slice(-10).map(([, rss = NaN]) => rss);
    expect(Math.max(...last) / Math.min(...last)).toBeLessThan(1.1);
    if (tasks > 20) console.log(engine, 'resident megabytes', memory.map(([, rss = NaN]) => Math.round(rss / 1e6)).join(' '));
  });
});

it(`${tasks} tasks in ${tasks / tasksEach} processes end as in one`, { timeout }, async () => {
  const resumed = { ...job('resumed', 'eager'), stopAfter: tasksEach };
  for (let begun = 0; begun < tasks; begun += tasksEach) await finishLearner(program, resumed);
  await finishLearner(program, resumed);
  expect(await outcomeOf(resumed.run)).toEqual(await outcomeOf(job('eager', 'eager').run));
});
