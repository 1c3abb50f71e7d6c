import { formatInput, sameInput } from '../core/input.js';
import type { RunRecord } from '../core/run-record.js';
import type { Candidate } from '../difficulty/identify.js';
import { prototypeFinder, type TaskFinder } from '../difficulty/task-finder.js';
import type { Strategy } from './strategy.js';

/** What finds the tasks of a run; where they cannot be told apart, why. */
export function recordedTasks(
  { tasks, strategy: { name, options } }: Pick<RunRecord, 'tasks' | 'strategy'>,
  strategy: Strategy,
): TaskFinder | string {
  if (!strategy.prototypes && options['gate'] === 'oracle')
    return `${name} was run with the gate oracle, so the task of an example has to be told; a run whose option gate is prototype or learned finds it`;
  if (!strategy.prototypes) return `${name} keeps no class prototypes, so the task of an example cannot be found`;
  const inputs = tasks.map(({ input }) => input);
  const different = inputs.filter((input, i) => i === inputs.findIndex((other) => sameInput(other, input)));
  if (different.length !== 1) {
    const found = different.map(formatInput).join(', ') || 'no task';
    return `learned tasks with inputs of one shape expected to choose from, found ${found}`;
  }
  const comparable = (options['estimator'] ?? 'nearest-prototype') === 'nearest-prototype';
  const candidates = tasks.map((task) => ({
    id: task.id,
    prototypes: strategy.prototypes?.(task) as Candidate['prototypes'],
    margin: comparable && typeof task.decision?.noiseFloor === 'number' ? task.decision.noiseFloor / task.classes.length : null,
  }));
  return strategy.taskFinder?.(candidates) ?? prototypeFinder(candidates);
}
