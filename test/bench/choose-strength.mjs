// node test/bench/choose-strength.mjs si strength 100 1000: how strongly a method should hold what it knows, by validation examples of the first two tasks alone
// (docs/strategies.md). Test examples are never read.
import { Argument, Command } from 'commander';
import { lastValueFrom, tap } from 'rxjs';
import { learn, loadStream, strategyNamed } from '../../dist/index.js';
import { machine } from './machine.mjs';
import { positive } from './positive.mjs';
import { text } from './render.mjs';

const program = new Command('choose-strength')
  .description(
    'Learns the first two tasks of a stream with each value of an option and prints the mean accuracy on their validation examples.',
  )
  .argument('<strategy>', 'strategy to choose for')
  .argument('<option>', 'its option')
  .addArgument(new Argument('<values...>', 'values to choose from').argParser((value, all = []) => [...all, Number(value)]))
  .option('--stream <name>', 'stream', 'split-mnist')
  .option('--seeds <n>', 'seeds 0 to n - 1', positive, 5)
  .option('--network <name>', 'network, where the strategy has a choice');

program.parse();
const [name, option, values] = program.processedArgs;
const { stream: streamName, seeds, network } = program.opts();
const { create, options: schema } = strategyNamed(name);

/** A stream whose test examples are its validation examples. */
async function validated(seed) {
  const stream = await loadStream(streamName, { seed });
  return {
    ...stream,
    async *tasks(...given) {
      for await (const task of stream.tasks(...given)) yield { ...task, test: task.validation };
    },
  };
}

/** Accuracy of both tasks after the second. */
async function accuracies(value, seed) {
  const stream = await validated(seed);
  const shared = Object.fromEntries(Object.entries(stream.defaults).filter(([key]) => key in schema.shape));
  const strategy = await create({ ...shared, ...(network && { network }), [option]: value });
  const last = [];
  const note = (event) => {
    if (event.type === 'task-evaluated' && event.task === 1) last.push(event.accuracy);
  };
  await lastValueFrom(learn(stream, strategy, { tasks: 2, seed }).pipe(tap(note)));
  strategy.dispose();
  return last;
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const rows = [];
for (const value of values) {
  const found = [];
  for (let seed = 0; seed < seeds; seed++) {
    found.push(await accuracies(value, seed));
    console.error(
      `${option} ${value}, seed ${seed}: ${found
        .at(-1)
        .map((accuracy) => accuracy.toFixed(3))
        .join(', ')}`,
    );
  }
  const shown = [found.flat(), found.map(([first]) => first), found.map(([, second]) => second)].map((all) => mean(all).toFixed(4));
  rows.push([String(value), ...shown]);
}
console.log(
  text(machine(), [
    {
      title: `${name} on ${streamName}: ${option}`,
      note: `Accuracy on validation examples after the second task, mean over ${seeds} seeds.`,
      columns: [option, 'both tasks', 'first', 'second'],
      rows,
    },
  ]),
);
