import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/core/decision.js';
import { cells } from '../../../src/experts/cells.js';
import { describeDecision } from '../../../src/report/decision-words.js';
import { reportedDecision } from '../../../src/report/reported-decision.js';
import { numbersOf, type Group } from '../../../src/strategies/par/decisions/numbers.js';
import { withinCaps } from '../../../src/strategies/par/growth-caps.js';
import { largestSearched } from '../../../src/strategies/par/largest-searched.js';
import { par, type ParInput } from '../../../src/strategies/par/par.js';
import { checkStrategy } from '../../../src/strategies/check/check-strategy.js';
import { checkTasks } from '../../../src/strategies/check/check-tasks.js';
import { random } from '../../../src/core/random.js';
import { tinyPar, tinyTask } from '../../support/tiny-tasks.js';
import { eventsOf, ofType } from '../tiny-strategies.js';

const task = { id: 'new' };
const group = (expert: string, divergence: number, fit: Group['fit'] = 'join'): Group => ({
  ...{ expert, fit, largestTrain: 100 },
  tasks: [{ id: `${expert}-task`, divergence }],
});
const searched: Decision = { kind: 'search', threshold: 0.75, divergences: {}, noiseFloor: null, reason: 'Too far.' };
const within = (groups: readonly Group[], caps: { maxExperts?: number; maxParameters?: number }) =>
  withinCaps(task, searched, { experts: 3, parameters: 1000 }, numbersOf(100, groups, null, { groupDistance: 'mean' }), caps);

describe('caps on growth', () => {
  it('leave a decision as it is up to the cap itself', () => {
    expect(within([group('e0', 0.9)], { maxExperts: 3, maxParameters: 1000 })).toBe(searched);
  });

  it('beyond it the task joins the nearest expert that takes its inputs, however far that is', () => {
    const groups = [group('e0', 0.95), group('e1', 0.9), group('e2', 0.8, 'copy')];
    const joined = within(groups, { maxExperts: 2 });
    expect(joined).toMatchObject({
      ...{ kind: 'regularize', expert: 'e1', mode: 'distil', threshold: null, divergence: 0.9, nearest: 'e1-task' },
      capped: { instead: 'search', cap: 'maxExperts', limit: 2, needed: 3 },
    });
    expect(joined.reason).toMatch(/^Too far\. That would make 3 experts, and maxExperts is 2\. Joins e1: /);
    expect(describeDecision(reportedDecision(joined))).toBe('regularize in e1 (distil, at the cap)');
    expect(within(groups, { maxExperts: 3, maxParameters: 999 })).toMatchObject({
      capped: { cap: 'maxParameters', limit: 999, needed: 1000 },
      reason: expect.stringContaining('up to 1000 parameters, and maxParameters is 999') as unknown,
    });
  });

  it('say how much room is needed where no expert takes the inputs', () => {
    expect(() => within([group('e0', 0.1, 'copy')], { maxExperts: 2 })).toThrow(
      "task new: maxExperts of at least 3 expected, as no expert takes the task's inputs and it needs one of its own, found 2",
    );
    expect(() => within([], { maxParameters: 10 })).toThrow(expect.objectContaining({ hint: 'start a run with --max-parameters 1000' }));
  });
});

describe('the largest expert that a search can find', () => {
  it.each([
    { domain: 'image', shape: [9, 9, 1], dtype: 'float32' },
    { domain: 'vector', shape: [7], dtype: 'float32' },
  ] as const)('is at least as large as any of 60 drawn ones ($domain)', (input) => {
    const { operations } = cells.space(input);
    const draw = random(3, input.domain);
    const pick = (count: number) => Math.floor(draw.uniform() * count);
    const edges = () =>
      [0, 0, 1, 1, 2, 2, 3, 3].map((node): [(typeof operations)[number], number] => [
        operations[1 + pick(operations.length - 1)] ?? 'none',
        pick(2 + node),
      ]);
    const concat = [2, 3, 4, 5];
    const most = largestSearched(input, { channels: 4, cells: 3 }).declaration.parameters.size;
    for (let i = 0; i < 60; i++) {
      const genotype = { normal: edges(), reduce: edges(), normalConcat: concat, reduceConcat: concat };
      const { declaration } = cells.network({ kind: 'cells', genotype, channels: 4, cells: 3 }, input);
      expect(declaration.parameters.size).toBeLessThanOrEqual(most);
    }
  });
});

const stream = [tinyTask('a', 1), tinyTask('b', 2), tinyTask('c', 3)];
const alwaysNew = { ...tinyPar, cells: 1, regularizeThreshold: -1, allocateThreshold: 1 };
const run = async (options: ParInput, tasks = stream) => {
  const events = await eventsOf(tasks, par({ ...alwaysNew, ...options }));
  const decisions = ofType(events, 'decision-made').map(({ decision }) => decision);
  return {
    kinds: decisions.map(({ kind }) => kind),
    caps: decisions.map((decision) => decision.kind === 'regularize' && decision.capped),
    experts: ofType(events, 'expert-added').map(({ expert }) => expert),
    heads: ofType(events, 'task-learned').map(({ record }) => record.headParameters),
  };
};

describe('a run with a cap', () => {
  it('has no more experts than that', async () => {
    const { kinds, experts, caps } = await run({ maxExperts: 2 });
    expect(kinds).toEqual(['search', 'reuse-architecture', 'regularize']);
    expect(experts).toHaveLength(2);
    expect(caps[2]).toEqual({ instead: 'reuse-architecture', cap: 'maxExperts', limit: 2, needed: 3 });
  });

  it('counts parameters of experts and heads, the task to come included', async () => {
    const five = [...stream, tinyTask('d', 4), tinyTask('e', 5)];
    const { experts, heads } = await run({});
    const each = (experts[0]?.parameters ?? 0) + (heads[0] ?? 0);
    const { declaration } = largestSearched({ domain: 'image', shape: [8, 8, 1], dtype: 'float32' }, alwaysNew);
    expect(declaration.parameters.size + (heads[0] ?? 0)).toBeLessThan(5 * each); // else the first search would not be begun
    expect((await run({ maxParameters: 5 * each }, five)).experts).toHaveLength(5);
    const { experts: fewer, caps } = await run({ maxParameters: 5 * each - 1 }, five);
    expect(fewer).toHaveLength(4);
    expect(caps[4]).toEqual({ instead: 'reuse-architecture', cap: 'maxParameters', limit: 5 * each - 1, needed: 5 * each });
  });

  it('that is too small for the first expert says what is needed before anything is trained', async () => {
    await expect(run({ maxParameters: 10 })).rejects.toThrow(/^task a: maxParameters of at least \d+ expected/);
  });

  it('is stopped and gone on with as any other', async () => {
    await checkStrategy(() => par({ ...alwaysNew, samples: 1, maxExperts: 1, thresholds: 'calibrated' }), { tasks: checkTasks(2) });
  });
});
