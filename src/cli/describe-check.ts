import { formatCount } from '../report/numbers.js';
import { plain, wrap, type Colors } from '../report/text-layout.js';
import { listSome, nameTask } from '../report/words.js';
import type { StreamCheck, TaskCheck } from '../streams/check-stream.js';

/** What a stream's data look like, for a terminal. */
export function describeCheck(check: StreamCheck, width: number, colors: Colors): string {
  return [
    `${colors.bold(plain(check.name))}: ${check.tasks.length} tasks`,
    ...check.tasks.map((task, index) => describeTask(task, index, width, colors)),
    ...check.warnings.map((warning) => colors.yellow(wrap(plain(`warning: ${warning}`), width))),
  ].join('\n');
}

function describeTask(task: TaskCheck, index: number, width: number, colors: Colors): string {
  const classes = task.classes.map(({ name, train, validation, test }) => `${name} (${train}, ${validation}, ${test})`);
  const lines = [
    `inputs ${task.inputShape.join(' x ')}; ${formatCount(task.train)} train, ${formatCount(task.validation)} validation, ${formatCount(task.test)} test` +
      (task.duplicates === 0 ? '' : `; ${formatCount(task.duplicates)} test inputs are in the training data too`),
    `classes (train, validation, test): ${listSome(classes, 20)}`,
  ];
  return [`  ${colors.bold(`task ${index}`)} ${plain(nameTask(task))}`, ...lines.map((line) => wrap(plain(line), width, '    '))].join(
    '\n',
  );
}
