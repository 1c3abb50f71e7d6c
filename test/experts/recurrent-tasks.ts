import { random } from '../../src/core/random.js';
import { independent } from '../../src/index.js';
import { arrayStream, type UserTask } from '../../src/streams/array-task.js';

const shape = [20, 80] as const;

/** Sounds of two kinds, told apart by two bands; other ones for each task. Without validation examples what the last epoch leaves counts: every task teaches. */
function task(index: number): UserTask {
  const part = (name: string, count: number) => {
    const source = random(8, name, index);
    const inputs = Float32Array.from({ length: count * 1600 }, (_, at) => {
      const [row, band] = [Math.floor(at / 1600), at % 80];
      return 2 * source.normal() + (Math.floor(band / 10) === (2 * index + (row % 2)) % 8 ? 1 : 0);
    });
    return { inputs, labels: Array.from({ length: count }, (_, i) => `${index}-${i % 2}`) };
  };
  return { id: `t${index}`, domain: 'audio', inputShape: [...shape], train: part('train', 48), test: part('test', 20) };
}

export const recurrentTasks: readonly UserTask[] = [task(0), task(1), task(2)];

/** They, without any held out. */
export const recurrentStream = (tasks = recurrentTasks) => arrayStream(tasks, { validation: 0 });

/** A head for each task, under one controller. */
export const recurrentExperts = (options: Parameters<typeof independent>[0] = {}) =>
  independent({ epochs: 4, batchSize: 8, learningRate: 0.01, network: 'recurrent', readout: 'last', stateSize: 8, ...options });
