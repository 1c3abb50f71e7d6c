import { LifelongError } from '../../core/errors.js';
import { identify, isFar, type Candidate, type Identification } from '../../difficulty/identify.js';
import type { TaskFinder } from '../../difficulty/task-finder.js';
import { gatesOf, type Router } from './router.js';

/** A gate is open above this, as published. */
const open = 0.5;

/**
 * Finds tasks by a router: the task of an example is that of the largest gate. It has no answer where no gate is open, where the example is far from all classes of that task, as by prototypes, and where there is
 * nothing to tell a task by.
 *
 * @param candidates all tasks that the router knows, in its order
 * @throws LifelongError `run-corrupt` for another number of them
 */
export function routerFinder(router: Router, candidates: readonly Candidate[]): TaskFinder {
  const { size, tasks } = router;
  if (candidates.length !== tasks) {
    throw new LifelongError('run-corrupt', `gate: as many gates as tasks expected, ${candidates.length}, found ${tasks}`);
  }
  return {
    ...{ way: 'learned', gate: 'learned' },
    judged: null,
    identify(features) {
      const gates = gatesOf(router, features);
      return Array.from({ length: features.length / size }, (_, row) =>
        routed(features.subarray(row * size, (row + 1) * size), gates.subarray(row * tasks, (row + 1) * tasks), candidates),
      );
    },
  };
}

/** One example, with distances to the classes of the tasks that the gates say. */
function routed(features: Float32Array, gates: Float32Array, candidates: readonly Candidate[]): Identification {
  const order = [...candidates.keys()].sort((a, b) => (gates[b] as number) - (gates[a] as number));
  const [first, second] = order.map((at) => candidates[at]);
  if (!first) throw new RangeError('at least one task expected, found none');
  const [found] = identify(features, [{ ...first, margin: null }]) as [Identification];
  const next = second && identify(features, [second])[0];
  const abstained = doubt(features, gates[order[0] ?? 0] ?? NaN, found);
  return {
    ...found,
    task: abstained === null ? first.id : null,
    abstained,
    second: next ? { task: next.nearest, distance: next.distance } : null,
  };
}

function doubt(features: Float32Array, gate: number, found: Identification): string | null {
  if (!features.every(Number.isFinite)) return 'its features are not finite numbers';
  if (features.every((value) => value === 0)) return 'its features are all 0, as those of a text that is all padding';
  if (isFar(found)) return `far from all classes of the task that the gate says, ${found.nearest}`;
  return gate > open ? null : `no gate is open: the largest, of task ${found.nearest}, is ${gate.toFixed(3)}`;
}
