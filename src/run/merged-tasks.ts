import { LifelongError } from '../core/errors.js';
import type { RunRecord, TaskRecord } from '../core/run-record.js';

/** @throws LifelongError `usage` for runs that cannot be merged as far as their records tell, naming what differs */
export function checkMergeable(paths: readonly [string, string], records: readonly [RunRecord, RunRecord]): void {
  const [a, b] = records;
  const differs = (what: string, one: string, other: string, hint: string) =>
    new LifelongError('usage', `merge: one ${what} expected, found ${one} in ${paths[0]} and ${other} in ${paths[1]}`, hint);
  if (a.strategy.name !== b.strategy.name) throw differs('strategy', a.strategy.name, b.strategy.name, 'merge runs of one strategy');
  const names = [...new Set([...Object.keys(a.strategy.options), ...Object.keys(b.strategy.options)])];
  const text = ({ strategy: { options } }: RunRecord, name: string) => JSON.stringify(options[name]);
  const option = names.find((name) => text(a, name) !== text(b, name));
  if (option) throw differs(`value of ${option}`, text(a, option), text(b, option), `learn both with one value of ${option}`);
  records.forEach((record, i) => {
    const path = paths[i] ?? '';
    const started = (record.state['progress'] ?? null) !== null;
    if (record.tasks.length > 0 && !started) return;
    const found = started ? 'one in the middle of a task' : 'one that has learned none';
    throw new LifelongError('usage', `merge: runs between tasks expected, found ${found} in ${path}`, `finish it: lifelong resume ${path}`);
  });
}

/** The tasks of both runs, one behind the other. An id of the second that the first has already gets a number: `3` becomes `3-2`. */
export function mergedTasks({ tasks: first }: RunRecord, { tasks: second }: RunRecord): TaskRecord[] {
  const taken = new Set(first.map(({ id }) => id));
  const moved = second.map((task): TaskRecord => {
    let id = task.id;
    for (let number = 2; taken.has(id); number++) id = `${task.id}-${number}`;
    taken.add(id);
    return { ...task, id, index: first.length + task.index, calibration: null, classRecall: null };
  });
  return [...first, ...moved];
}
