// node test/bench/attach.mjs: PAR with a band of patches on experts beside plain PAR (docs/strategies.md, Patches on experts).
// CIFAR-100 by superclass; SHARED_DIR, or ../shared, has data/ with the images and the weights.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { lastValueFrom } from 'rxjs';
import { learn, loadStream, par, readReport } from '../../dist/index.js';
import { machine } from './machine.mjs';
import { markdown } from './render.mjs';

const data = resolve(process.env['SHARED_DIR'] ?? join(import.meta.dirname, '../../../shared'), 'data');
const features = `resnet18:${join(data, 'weights/resnet18-layer3/resnet18-layer3.safetensors')}@64`;
const work = mkdtempSync(join(tmpdir(), 'lifelong-attach-'));
const set = { root: data, augment: [], 'limits.train': 240, 'limits.validation': 60, 'limits.test': 200 };
const settings = {
  channels: 8,
  cells: 3,
  epochs: 8,
  samples: 1,
  batchSize: 32,
  learningRate: 0.03,
  regularizeThreshold: 0.6,
  allocateThreshold: 1,
};
const ways = [
  ['no patches', { attach: 'none' }],
  ['patches up to 0.8', { attach: 'patch', attachThreshold: 0.8 }],
  ['patches up to 0.9', { attach: 'patch', attachThreshold: 0.9 }],
];

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const shown = (values) => `${mean(values).toFixed(3)} (${values.map((value) => value.toFixed(3)).join(', ')})`;
const decisions = { search: 'S', 'reuse-architecture': 'C', attach: 'P', regularize: 'R' };

const rows = [];
for (const [name, options] of ways) {
  const [accuracy, parameters, seconds, kinds] = [[], [], [], []];
  for (const seed of [0, 1, 2]) {
    const stream = await loadStream('cifar100-20-superclass', { set, seed });
    const strategy = par({ ...settings, ...options });
    const run = join(work, 'run');
    await lastValueFrom(learn(stream, strategy, { run, features, seed, force: true, tasks: 8 }));
    strategy.dispose();
    const { tasks, metrics, cost } = await readReport(run);
    accuracy.push(metrics.averageAccuracy.value);
    parameters.push((cost.parameters.experts + cost.parameters.heads) / 1000);
    seconds.push(cost.seconds);
    kinds.push(tasks.map(({ decision }) => decisions[decision.kind]).join(''));
    console.error(name, seed, kinds.at(-1), accuracy.at(-1), parameters.at(-1));
  }
  rows.push([name, kinds.join(' '), shown(accuracy), shown(parameters), `${mean(seconds).toFixed(0)}`]);
}
rmSync(work, { recursive: true });
const columns = ['band', 'decisions', 'accuracy', 'thousand parameters', 'seconds'];
const note = `Seeds 0, 1, 2; ${JSON.stringify(settings)}.`;
console.log(markdown(machine(), [{ title: 'A band of patches on experts', note, columns, rows }]));
