import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/core/decision.js';
import type { Task } from '../../../src/core/task.js';
import { arraySplit } from '../../../src/data/array-split.js';
import { checkStrategy } from '../../../src/strategies/check/check-strategy.js';
import { checkTasks } from '../../../src/strategies/check/check-tasks.js';
import { par, type ParInput } from '../../../src/strategies/par/par.js';
import { tinyBackbone } from '../../support/tiny-backbone.js';
import { contextFor, scores, tinyCells } from '../tiny-strategies.js';

const backbone = tinyBackbone();
const tasks = checkTasks(3).map((task): Task => ({ ...task, normalization: null }));
const options = { ...tinyCells, samples: 2, stages: ['stage7', 'head'] } satisfies ParInput;

/** The decisions about these tasks, and the first task's answers after each. */
async function learned(given: ParInput, of = tasks) {
  const strategy = par({ ...options, ...given });
  const [decisions, answers, experts]: [Decision[], Float32Array[], number[]] = [[], [], []];
  for (const task of of) {
    const learning = strategy.learn(task, { ...contextFor(of), backbone });
    let step = await learning.next();
    for (; !step.done; step = await learning.next()) if (step.value.type === 'decision-made') decisions.push(step.value.decision);
    answers.push(await scores(strategy, of[0] as Task));
    experts.push(strategy.experts().length);
  }
  strategy.dispose();
  return { decisions, answers, experts };
}

describe('PAR on a backbone', () => {
  it('keeps to a cap on experts: then a task joins the nearest patch', async () => {
    const { decisions, experts } = await learned({ regularizeThreshold: -1, maxExperts: 2 });
    expect(experts).toEqual([1, 2, 2]);
    expect(decisions[2]).toMatchObject({ kind: 'regularize', capped: { cap: 'maxExperts', limit: 2, needed: 3 } });
  });

  it('counts a patch and a head against a cap on parameters, the largest patch that a search can find before it is begun', async () => {
    const each = 2 * (60 + 60 + 12) + 2 * 16; // scales and shifts of stage 7 (1 block, expanded to 60) and the head
    const head = (4 + 4 + 4 + 6 + 8 + 8 + 10 + 12 + 16) * 2 + 2; // it reads every stage
    const free = await learned({ regularizeThreshold: -1, allocateThreshold: -1, maxParameters: 3 * (each + head) });
    expect(free.decisions.map(({ kind }) => kind)).toEqual(['search', 'search', 'search']);
    await expect(learned({ maxParameters: each + head - 1 })).rejects.toThrow(`maxParameters of at least ${each + head} expected`);
  });

  it("with norms of each task leaves earlier answers as they were, to the last bit: all of a patch is a task's own", async () => {
    // With nothing to validate on the last epoch counts, also where the head that training begins with makes no mistake.
    const unjudged = tasks
      .slice(0, 2)
      .map((task) => ({ ...task, validation: arraySplit([8, 8, 1], new Float32Array(0), new Int32Array(0)) }));
    const shared = await learned({ regularizeThreshold: 1 }, unjudged);
    const own = await learned({ regularizeThreshold: 1, norms: 'task' }, unjudged);
    expect([shared, own].map(({ decisions }) => decisions[1]?.kind)).toEqual(['regularize', 'regularize']);
    expect(own.answers[1]).toEqual(own.answers[0]);
    expect(shared.answers[1]).not.toEqual(shared.answers[0]);
  });

  it('calibrates its thresholds, and says from what', async () => {
    const measured = tasks.map((task) => ({ ...task, validation: task.train })); // noise floors need four examples of a class
    const { decisions } = await learned({ thresholds: 'calibrated' }, measured);
    expect(decisions.slice(1).every(({ calibrated }) => calibrated !== undefined)).toBe(true);
    expect(decisions.at(-1)?.calibrated?.same).toBeGreaterThanOrEqual(0);
  });

  it.each([
    ['a cap', { regularizeThreshold: -1, maxExperts: 1 }],
    ['norms of each task', { regularizeThreshold: 1, norms: 'task' }],
    ['calibrated thresholds', { thresholds: 'calibrated' }],
  ] as const)('is stopped within and gone on with, bit for bit: %s', async (_, given) => {
    await checkStrategy(() => par({ ...options, ...given }), { tasks: checkTasks(2), backbone });
  });
});
