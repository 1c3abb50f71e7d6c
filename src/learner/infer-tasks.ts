import { random } from '../core/random.js';
import type { RunRecord } from '../core/run-record.js';
import { blocks } from '../experts/training/batches.js';
import { recordedTasks } from '../strategies/recorded-tasks.js';
import { rightlyClassed } from './rightly-classed.js';
import type { RunContext } from './run-context.js';

/** Test examples of a task, at most, whose task is looked for. */
const mostInferred = 100;

/** Examples that go through the extractor at once: as many as elsewhere. */
const block = 128;

/**
 * How often the task of a test example is found when it is not told, once all tasks are learned; nothing for a run whose tasks cannot be told apart, of a single
 * task, or whose data are not at hand. Under a gate, how often the task that was found then gives the right class, too.
 */
export async function inferTasks({ recorder, strategy, given, seed, features }: RunContext): Promise<Pick<RunRecord, 'taskInference'>> {
  const { record } = recorder;
  const tasks = record.tasks.flatMap(({ id }) => given.get(id) ?? []);
  if (tasks.length < Math.max(2, record.tasks.length)) return {};
  const finder = recordedTasks(record, strategy);
  if (typeof finder === 'string') return {};
  const { gate } = finder;
  const counts = { examples: 0, right: 0, answered: 0, answeredRight: 0 };
  const classed = { classRight: 0, classRightTold: 0 };
  for (const task of tasks) {
    const extractor = await features(task);
    const positions = random(seed, 'task', task.index, 'inferred').permutation(task.test.size).slice(0, mostInferred).sort();
    const part = {
      size: positions.length,
      labels: () => task.test.labels(),
      read: (at: Int32Array) => task.test.read(at.map((i) => positions[i] ?? 0)),
    };
    for await (const examples of blocks(part, block)) {
      const identified = finder.identify(await extractor.extract(examples));
      for (const found of identified) {
        counts.examples += 1;
        counts.right += Number(found.nearest === task.id);
        counts.answered += Number(found.task !== null);
        counts.answeredRight += Number(found.task === task.id);
      }
      if (gate) {
        const answering = identified.map(({ nearest }) => tasks.find(({ id }) => id === nearest) ?? task);
        classed.classRight += await rightlyClassed(strategy, task, examples, answering);
        classed.classRightTold += await rightlyClassed(
          strategy,
          task,
          examples,
          answering.map(() => task),
        );
      }
    }
  }
  return { taskInference: { way: finder.way, ...counts, ...(gate && { gate: { name: gate, ...classed } }) } };
}
