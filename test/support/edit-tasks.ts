import { random } from '../../src/core/random.js';
import { arrayStream, type UserTask } from '../../src/streams/array-task.js';

/** Tokens of a text. */
export const editTaskLength = 12;

/** Texts of two kinds, told apart by a word; another pair of words for each task. */
function editTask(index: number): UserTask {
  const part = (name: string, count: number) => {
    const source = random(8, name, index);
    const inputs = Int32Array.from({ length: count * editTaskLength }, (_, at) => {
      const [row, place] = [Math.floor(at / editTaskLength), at % editTaskLength];
      if (place === 0) return 2;
      if (place >= 6 + (row % 6)) return 0;
      return place % 2 === 1 ? 5 + 2 * index + (row % 2) : 12 + source.integer(11);
    });
    return { inputs, labels: Array.from({ length: count }, (_, i) => `${index}-${i % 2}`) };
  };
  return { id: `t${index}`, domain: 'text', inputShape: [editTaskLength], train: part('train', 72), test: part('test', 30) };
}

export const editTasks = [0, 1, 2].map(editTask);

/** The first of them, without validation: what training ends with counts then, and not what it begins with. */
export const editStream = (count = editTasks.length) => arrayStream(editTasks.slice(0, count), { validation: 0 });
