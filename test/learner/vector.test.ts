import { lastValueFrom, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { genotypeOf } from '../../src/core/architecture.js';
import { random } from '../../src/core/random.js';
import { learn } from '../../src/learner/learn.js';
import { par } from '../../src/strategies/par/par.js';
import { tinyPar } from '../support/tiny-tasks.js';

/** Two blobs in twelve dimensions, more or less apart in the first `informative` of them. */
function blobs(id: string, seed: number, count: number) {
  const source = random(seed, id);
  const centre = Float32Array.from({ length: 12 }, () => 2 * source.normal());
  const rows = Array.from({ length: count }, (_, i) => Array.from(centre, (c) => (i % 2 === 0 ? c : -c) + source.normal()));
  return { inputs: rows, labels: rows.map((_, i) => 100 + (i % 2)) };
}

it('learns tasks of vectors with vector cells, and tells their classes as they were given', async () => {
  const tasks = ['a', 'b'].map((id, i) => ({ id, train: blobs(id, i, 200), test: blobs(id, i, 60) }));
  const strategy = par({ ...tinyPar, channels: 4, epochs: 4 });
  const events = await lastValueFrom(learn(tasks, strategy).pipe(toArray()));
  strategy.dispose();
  const learned = events.filter((event) => event.type === 'task-learned');
  expect(learned.map(({ record }) => record.classes)).toEqual([
    [100, 101],
    [100, 101],
  ]);
  const accuracies = events.filter((event) => event.type === 'task-evaluated').map(({ accuracy }) => accuracy);
  expect(Math.min(...accuracies.map(Number))).toBeGreaterThan(0.85);
  const operations = events.flatMap((event) =>
    event.type === 'expert-added' ? (genotypeOf(event.expert.architecture)?.normal ?? []).map(([operation]) => operation) : [],
  );
  expect(operations.every((operation) => ['skip_connect', 'linear', 'bottleneck'].includes(operation))).toBe(true);
});
