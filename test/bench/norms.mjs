// node test/bench/norms.mjs: what tasks that share an expert of PAR forget with shared batch norms and with each task's own (docs/strategies.md, Norms of tasks that share an expert).
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
const work = mkdtempSync(join(tmpdir(), 'lifelong-norms-'));
const set = { root: data, augment: [], 'limits.train': 240, 'limits.validation': 60, 'limits.test': 200 };
const settings = { channels: 8, cells: 3, epochs: 6, samples: 1, batchSize: 32, learningRate: 0.03, regularizeThreshold: 0.8 };
const ways = ['shared', 'task'];

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const shown = (values) => `${mean(values).toFixed(3)} (${values.map((value) => value.toFixed(3)).join(', ')})`;

const rows = [];
for (const norms of ways) {
  const [accuracy, learned, forgotten, joins] = [[], [], [], []];
  for (const seed of [0, 1, 2]) {
    const stream = await loadStream('cifar100-20-superclass', { set, seed });
    const strategy = par({ ...settings, norms });
    const run = join(work, 'run');
    await lastValueFrom(learn(stream, strategy, { run, features, seed, force: true, tasks: 8 }));
    strategy.dispose();
    const { tasks, metrics, experts } = await readReport(run);
    // Old answers change only where a task is learned in the expert by distillation after it.
    const held = tasks.filter(({ expert, index }) =>
      tasks.some((other) => other.index > index && other.expert === expert && other.decision.mode === 'distil'),
    );
    accuracy.push(metrics.averageAccuracy.value);
    learned.push(metrics.learningAccuracy.value);
    forgotten.push(mean(held.map((task) => task.accuracy.learned - task.accuracy.final)));
    joins.push(`${tasks.length - experts.length}`);
    console.error(norms, seed, experts.map((expert) => expert.tasks.join('+')).join(' '), accuracy.at(-1), forgotten.at(-1));
  }
  rows.push([norms, shown(forgotten), shown(accuracy), shown(learned), joins.join(', ')]);
}
rmSync(work, { recursive: true });
const columns = ['norms', 'forgetting inside groups', 'accuracy', 'accuracy when learned', 'tasks that joined'];
const note = `Seeds 0, 1, 2; ${JSON.stringify(settings)}.`;
console.log(markdown(machine(), [{ title: 'Norms of tasks that share an expert', note, columns, rows }]));
