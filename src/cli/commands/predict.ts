import { Command } from 'commander';
import { readRun } from '../../checkpoint/store.js';
import { LifelongError } from '../../core/errors.js';
import { dtypeOf, sameInput, zerosOf, type InputValues } from '../../core/input.js';
import type { TaskRecord } from '../../core/run-record.js';
import { taskOf } from '../../core/task-ids.js';
import type { ClassName } from '../../core/task.js';
import { readGivenTexts, readInputs, type ReadInputs } from '../../domains/read-inputs.js';
import type { Identification } from '../../difficulty/identify.js';
import { plain } from '../../report/text-layout.js';
import type { Run } from '../../run/open.js';
import type { Prediction } from '../../run/predict.js';
import { integer } from '../options.js';
import { print, printJson, tell } from '../output.js';
import { standardInput } from '../standard-input.js';

interface PredictFlags {
  readonly task?: string;
  readonly text?: readonly string[];
  readonly maxPixels?: number;
  readonly json?: true;
}

export function predictCommand(): Command {
  return new Command('predict')
    .description('classify images, arrays or texts with a learned task')
    .argument('<run>', 'run folder')
    .argument(
      '[file...]',
      'images, .npy arrays, .json files with nested arrays, .txt files with a text a line, - for such lines on standard input, or files such as the stream reads',
    )
    .option('--text <text...>', 'texts; two parted by a tab where the task has pairs')
    .option(
      '--task <id>',
      'which task the inputs belong to, or auto to find it for each of them or to answer among all classes; not needed in a run of one task',
    )
    .option('--max-pixels <n>', 'larger images are refused (default: 100000000)', integer(1))
    .option('--json', 'as JSON, with the probability of every class')
    .action(predict);
}

async function predict(runPath: string, paths: readonly string[], flags: PredictFlags): Promise<void> {
  const { tasks, strategy } = await readRun(runPath);
  const id = flags.task ?? (tasks.length === 1 ? tasks[0]?.id : undefined);
  const told = taskOf(tasks, id);
  const seenBy = told ? [told] : id === 'auto' ? tasks.filter(({ input }) => tasks[0] && sameInput(input, tasks[0].input)) : [];
  if (seenBy.length === 0) {
    const known = tasks.map((candidate) => `${candidate.id} (${candidate.classes.join(', ')})`).join('; ') || 'none';
    throw new LifelongError('usage', `--task: auto or one of ${known} expected, found ${id ?? 'no --task'}`);
  }
  const sources = sourcesOf(paths, flags);
  const files = sources.map(({ name }) => name);
  const inputs = await Promise.all(sources.map((source) => readAlike(source, seenBy)));
  const { openRun } = await import('../../run/open.js');
  const run = await openRun(runPath);
  try {
    if (told) await answerFor(told, run, files, inputs, flags);
    else if (await answersAmongAll(strategy.name)) await answerAmongAll(tasks, run, files, inputs, flags);
    else await answerForFound(tasks, run, files, inputs, flags);
  } finally {
    run.close();
  }
}

/** Where examples come from, and how a task sees them. */
interface Source {
  /** As answers have it. */
  readonly name: string;
  readonly read: (task: TaskRecord) => Promise<ReadInputs>;
}

/** @throws LifelongError `usage` where there are neither files nor texts */
function sourcesOf(paths: readonly string[], { text = [], maxPixels }: PredictFlags): readonly Source[] {
  const lines = paths.includes('-') ? standardInput() : undefined;
  const sources = [
    ...paths.map((path): Source => ({
      name: path,
      read: async (task) => (path === '-' && lines ? readGivenTexts(await lines, task, '-') : readInputs(path, task, maxPixels)),
    })),
    ...text.map((given): Source => ({ name: given, read: (task) => readGivenTexts([given], task, '--text') })),
  ];
  if (sources.length > 0) return sources;
  throw new LifelongError('usage', 'predict: files, - for standard input, or --text expected, found none of them');
}

/** The examples of a source, which all of these tasks see alike. */
async function readAlike({ name, read }: Source, tasks: readonly TaskRecord[]): Promise<InputValues> {
  const ways = new Map(tasks.map((task) => [JSON.stringify([task.input, task.scale, task.reading]), task]));
  const [first, ...others] = await Promise.all([...ways.values()].map((task) => read(task)));
  const inputs = first?.inputs ?? new Float32Array();
  if (others.some((other) => other.inputs.length !== inputs.length || other.inputs.some((value, at) => value !== inputs[at]))) {
    throw new LifelongError('usage', `--task: the id of a task expected, because the tasks read ${name} differently, found auto`);
  }
  for (const note of first?.notes ?? []) tell(note);
  return inputs;
}

async function answerFor(task: TaskRecord, run: Run, files: readonly string[], inputs: readonly InputValues[], { json }: PredictFlags) {
  const results = [];
  for (const [i, file] of files.entries()) {
    const predictions = await run.predict(inputs[i] ?? new Float32Array(), { task: task.id });
    results.push(...predictions.map((prediction, row) => ({ file, row, task: task.id, ...prediction })));
  }
  if (task.changes) {
    tell(`task ${task.id} was learned on inputs changed by its stream (${task.changes.join(', ')}); files are taken as they are`);
  }
  if (json) printJson({ classes: task.classes, predictions: results });
  else print(results.map((result) => `${plain(result.file)}\t${plain(String(result.class))}\t${result.probability.toFixed(3)}`).join('\n'));
}

async function answersAmongAll(name: string): Promise<boolean> {
  const { strategies } = await import('../../strategies/registry.js');
  return strategies.some((entry) => entry.name === name && entry.allClasses === true);
}

/** Answers among the classes of all tasks; the task is the first that has the class. */
async function answerAmongAll(
  tasks: readonly TaskRecord[],
  run: Run,
  files: readonly string[],
  inputs: readonly InputValues[],
  { json }: PredictFlags,
) {
  const results = [];
  let names: readonly ClassName[] = [];
  for (const [i, file] of files.entries()) {
    const { classes, predictions } = await run.classify(inputs[i] ?? new Float32Array());
    names = classes;
    const taskWith = (name: ClassName) => tasks.find((task) => task.classes.includes(name))?.id ?? null;
    results.push(...predictions.map((prediction, row) => ({ file, row, task: taskWith(prediction.class), ...prediction })));
  }
  if (json) printJson({ classes: names, predictions: results });
  else
    print(
      results
        .map(
          ({ file, class: name, probability, task }) =>
            `${plain(file)}\t${plain(String(name))}\t${probability.toFixed(3)}\ttask ${plain(task ?? '')}`,
        )
        .join('\n'),
    );
}

/** One example whose task was looked for: with an answer, or with the reason why there is none. */
type Found = { readonly file: string; readonly row: number } & Omit<Identification, 'abstained'> &
  (({ readonly abstained: false } & Prediction) | { readonly abstained: true; readonly reason: string });

async function answerForFound(
  tasks: readonly TaskRecord[],
  run: Run,
  files: readonly string[],
  inputs: readonly InputValues[],
  { json }: PredictFlags,
) {
  const results: Found[] = [];
  const all: Identification[] = [];
  for (const [i, file] of files.entries()) {
    const values = inputs[i] ?? new Float32Array();
    const identified = await run.identify(values);
    all.push(...identified);
    const predictions = await predictionsOf(identified, values, run);
    for (const [row, { abstained: reason, ...found }] of identified.entries()) {
      const prediction = predictions.get(row);
      results.push({
        file,
        row,
        ...found,
        ...(prediction ? { abstained: false, ...prediction } : { abstained: true, reason: reason ?? '' }),
      });
    }
  }
  const alarm = await run.alarm(all);
  if (alarm) tell(alarm.reason);
  if (json) printJson({ classes: Object.fromEntries(tasks.map(({ id, classes }) => [id, classes])), predictions: results, alarm });
  else print(results.map(lineOf).join('\n'));
}

/** Answers by row, for the rows whose task was found; all rows of a task at once. */
async function predictionsOf(identified: readonly Identification[], values: InputValues, run: Run): Promise<Map<number, Prediction>> {
  const length = values.length / identified.length;
  const predictions = new Map<number, Prediction>();
  for (const task of new Set(identified.map((found) => found.task))) {
    if (task === null) continue;
    const rows = [...identified.keys()].filter((row) => identified[row]?.task === task);
    const examples = zerosOf(dtypeOf(values), rows.length * length);
    rows.forEach((row, i) => examples.set(values.subarray(row * length, (row + 1) * length), i * length));
    for (const [i, prediction] of (await run.predict(examples, { task })).entries()) predictions.set(rows[i] ?? 0, prediction);
  }
  return predictions;
}

function lineOf(found: Found): string {
  if (found.abstained) return `${found.file}\tabstained\t${found.reason}`;
  const { file, task, distance, second, probability } = found;
  const next = second ? `, task ${second.task} ${second.distance.toFixed(3)}` : '';
  return `${plain(file)}\t${plain(String(found.class))}\t${probability.toFixed(3)}\ttask ${task ?? ''}\tdistance ${distance.toFixed(3)}${next}`;
}
