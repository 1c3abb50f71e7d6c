import { Command } from 'commander';
import { readRun } from '../../checkpoint/store.js';
import { LifelongError } from '../../core/errors.js';
import { print, printJson } from '../output.js';
import { readInputs } from '../read-inputs.js';

interface PredictFlags {
  readonly task?: string;
  readonly json?: true;
}

export function predictCommand(): Command {
  return new Command('predict')
    .description('classify images or arrays with a learned task')
    .argument('<run>', 'run folder')
    .argument('<file...>', 'images, .npy arrays, or .json files with nested arrays')
    .option('--task <id>', 'which task the inputs belong to; not needed in a run of one task')
    .option('--json', 'as JSON, with the probability of every class')
    .action(predict);
}

async function predict(runPath: string, files: readonly string[], flags: PredictFlags): Promise<void> {
  const { tasks } = await readRun(runPath);
  const id = flags.task ?? (tasks.length === 1 ? tasks[0]?.id : undefined);
  const task = tasks.find((candidate) => candidate.id === id);
  if (task === undefined) {
    const known = tasks.map((candidate) => `${candidate.id} (${candidate.classes.join(', ')})`).join('; ') || 'none';
    throw new LifelongError('usage', `--task: one of ${known} expected, found ${id ?? 'no --task'}`);
  }
  const inputs = await Promise.all(files.map((file) => readInputs(file, task.inputShape)));
  const { openRun } = await import('../../learner/run.js');
  const run = await openRun(runPath);
  try {
    const results = [];
    for (const [i, file] of files.entries()) {
      const predictions = await run.predict(inputs[i] ?? new Float32Array(), { task: task.id });
      results.push(...predictions.map((prediction, row) => ({ file, row, task: task.id, ...prediction })));
    }
    if (flags.json) printJson({ classes: task.classes, predictions: results });
    else print(results.map((result) => `${result.file}\t${result.class}\t${result.probability.toFixed(3)}`).join('\n'));
  } finally {
    run.close();
  }
}
