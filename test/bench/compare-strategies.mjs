// npm run table: PAR and the baselines on the same streams, network and budget, as the table of the README. Finished runs are kept, so that it can be stopped and started again.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { Command } from 'commander';
import { machine } from './machine.mjs';
import { positive } from './positive.mjs';
import { markdown } from './render.mjs';

const root = resolve(import.meta.dirname, '../..');
const main = join(root, 'dist/cli/main.js');
const data = process.env['SHARED_DIR'] ? join(process.env['SHARED_DIR'], 'data') : join(root, '../shared/data');
const resnet18 = join(data, 'weights/resnet18-layer3/resnet18-layer3.safetensors');

const lite0 = join(data, 'weights/efficientnet-lite0/efficientnet-lite0.fp16.safetensors');

const strategies = ['par', 'independent', 'joint', 'finetune', 'ewc', 'online-ewc', 'si', 'mas', 'lwf', 'er', 'derpp', 'packnet'];
const onFeatures = ['probe', 'ncm', 'slda', 'ranpac'];

/** One table each. `set` is what the command line adds to the shipped stream, `name` tells apart tables of one stream. */
const tables = [
  { stream: 'split-mnist', seeds: 5, strategies: [...strategies, ...onFeatures], set: [] },
  {
    stream: 'cifar100-20-superclass',
    seeds: 3,
    // One of each kind: twenty tasks take long.
    strategies: ['par', 'independent', 'finetune', 'ewc', 'lwf', 'er', 'packnet', ...onFeatures],
    needs: resnet18,
    set: [
      ...['--features', `resnet18:${resnet18}@64`, '--set', `root=${data}`, '--set', 'augment=[]'],
      // as options of the stream they hold for the strategies that have them
      ...['channels=8', 'epochs=8', 'batchSize=32', 'samples=4', 'learningRate=0.03', 'distillation=3'].flatMap((option) => [
        '--set',
        `options.${option}`,
      ]),
    ],
  },
  {
    stream: 'cifar100-20-superclass',
    name: 'cifar100-20-superclass-backbone',
    seeds: 3,
    strategies: ['par', 'independent', ...onFeatures],
    needs: lite0,
    set: [
      ...['--backbone', `efficientnet-lite0:${lite0}@96`, '--set', `root=${data}`],
      ...['--set', 'augment=none', '--set', 'limits.validation=20%'],
    ],
  },
];

const nameOf = ({ stream, name = stream }) => name;

function lifelong(args) {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  return new Promise((done) => child.on('close', (code) => done({ code, stdout, stderr })));
}

/** Begins a run, goes on with one that stopped, or leaves a finished one as it is. */
async function learn(folder, { stream, strategy, seed, set }) {
  const begun = existsSync(join(folder, 'run.json'));
  const { code, stderr } = await lifelong(
    begun ? ['resume', folder] : ['run', stream, '--strategy', strategy, '--seed', String(seed), '--out', folder, ...set],
  );
  const told = stderr.trim().split('\n').at(-1);
  console.error(`${stream}, ${strategy}, seed ${seed}: ${told}`);
  if (code !== 0) throw new Error(`${folder}: ${told}`);
}

const spread = ({ mean, std }, digits = 3) => (std === null ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${std.toFixed(digits)}`);

async function tableOf({ stream, set }, folders) {
  const { stdout } = await lifelong(['compare', ...folders, '--format', 'json']);
  const { tasks, groups } = JSON.parse(stdout);
  const rows = groups
    .map(({ strategy, measures, runs }) => ({ strategy, ...measures, fastest: Math.min(...runs.map(({ values }) => values.seconds)) }))
    .sort((a, b) => b.averageAccuracy.mean - a.averageAccuracy.mean)
    .map(({ strategy, averageAccuracy, averageForgetting, parameters, keptNumbers, fastest }) => [
      ...[strategy, spread(averageAccuracy), spread(averageForgetting)],
      ...[parameters, keptNumbers].map(({ mean }) => Math.round(mean).toLocaleString('en')),
      ...[fastest.toFixed(0), String(averageAccuracy.n)],
    ]);
  return {
    title: `${stream}, ${tasks} tasks`,
    note: `\`lifelong run ${[stream, ...set].join(' ').replaceAll(`${data}/`, '').replaceAll(data, 'DATA')}\`, mean ± standard deviation over the seeds; seconds of the fastest run, ${jobs} at a time`,
    columns: ['strategy', 'accuracy', 'forgetting', 'parameters', 'kept besides', 'seconds', 'seeds'],
    rows,
  };
}

const program = new Command('table')
  .description(
    'Runs PAR and the baselines on split-mnist and CIFAR-100 by superclass, from scratch and on a backbone, and prints a Markdown table of each.',
  )
  .option('--out <folder>', 'where the runs are kept', join(root, 'checkpoints/table'))
  .option('--jobs <n>', 'runs beside each other', positive, availableParallelism())
  .option('--seeds <n>', 'seeds of each strategy (default: 5 on split-mnist, 3 on CIFAR-100)', positive)
  .option('--table <name>', `one of them: ${tables.map(nameOf).join(', ')}`)
  .parse();
const { out, jobs, seeds, table: only } = program.opts();

const chosen = tables.filter((table) => {
  if (only !== undefined && only !== nameOf(table)) return false;
  if (table.needs === undefined || existsSync(table.needs)) return true;
  console.error(`${nameOf(table)} is left out: ${table.needs} is missing`);
  return false;
});
const runs = chosen.flatMap((table) =>
  Array.from({ length: seeds ?? table.seeds }, (_, seed) => table.strategies.map((strategy) => ({ ...table, strategy, seed }))).flat(),
);
const folderOf = (run) => join(out, `${nameOf(run)}-${run.strategy}-s${run.seed}`);
const waiting = [...runs];
await Promise.all(
  Array.from({ length: jobs }, async () => {
    for (let run = waiting.shift(); run; run = waiting.shift()) await learn(folderOf(run), run);
  }),
);
const results = [];
for (const table of chosen) {
  results.push(await tableOf(table, runs.filter((run) => nameOf(run) === nameOf(table)).map(folderOf)));
}
console.log(markdown(machine(), results));
