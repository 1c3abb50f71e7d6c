// node test/bench/ensembles.mjs: calibration of ensembles of patches beside a single network, temperature, dropout and separate networks, on CIFAR-10 (docs/strategies.md, Ensembles of
// patches). SHARED_DIR, or ../shared, has data/ with the images and the weights.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { Command } from 'commander';
import { firstValueFrom, from } from 'rxjs';
import { independent, loadStream } from '../../dist/index.js';
import { fixedArchitecture } from '../../dist/strategies/shared/fixed-architecture.js';
import { loadBackbone } from '../../dist/backbones/registry.js';
import { hashArrays } from '../../dist/data/hash-arrays.js';
import { pixels } from '../../dist/features/pixels.js';
import { measureCalibration } from '../../dist/metrics/calibration.js';
import { measureSpread } from '../../dist/metrics/ensemble.js';
import { fitTemperature } from '../../dist/metrics/fit-temperature.js';
import { accuracyOf } from '../../dist/nn/inference.js';
import { machine } from './machine.mjs';
import { positive } from './positive.mjs';
import { markdown } from './render.mjs';
import { dropoutLogits, dropoutNetwork } from './work/dropout.mjs';

const data = resolve(process.env['SHARED_DIR'] ?? join(import.meta.dirname, '../../../shared'), 'data');
const list = (text) => text.split(',');
const options = new Command('ensembles')
  .option('--networks <names>', 'cells, patches on EfficientNet-Lite0, or both', list, ['cells', 'patch'])
  .option('--seeds <list>', 'seeds', (text) => list(text).map(Number), [0, 1, 2])
  .option('--members <n>', 'members K of each ensemble', positive, 4)
  .option('--train <n>', 'training images of each class', positive, 30)
  .option('--test <n>', 'test images of each class', positive, 100)
  .option('--epochs <n>', 'epochs of cells', positive, 20)
  .option('--patch-epochs <n>', 'epochs of patches', positive, 8)
  .parse()
  .opts();
const { members, seeds } = options;
const dropout = { rate: 0.1, samples: 16 };

const recipes = {
  cells: {
    network: 'cells',
    channels: 8,
    cells: 3,
    epochs: options.epochs,
    batchSize: 32,
    learningRate: 0.05,
    weightDecay: 0.0005,
    patience: -1,
  },
  patch: {
    network: 'patch',
    readout: 'last',
    epochs: options.patchEpochs,
    batchSize: 32,
    learningRate: 0.01,
    weightDecay: 0.0001,
    patience: -1,
  },
};

const work = mkdtempSync(join(tmpdir(), 'lifelong-ensembles-'));
const manifest = join(work, 'cifar10.json');
writeFileSync(
  manifest,
  JSON.stringify({ name: 'cifar10', data: { source: 'cifar-10', path: join(data, 'cifar-10') }, tasks: { split: 1 } }),
);

async function taskOf(seed, network) {
  const limits = { 'limits.train': 10 * options.train, 'limits.validation': 200, 'limits.test': 10 * options.test };
  const stream = await loadStream(manifest, { seed, set: { ...limits, 'input.normalize': 'dataset' } });
  const task = await firstValueFrom(from(stream.tasks()));
  return network === 'patch' ? { ...task, normalization: null } : task;
}

async function backboneOf(network) {
  if (network !== 'patch') return undefined;
  const { backbone, arrays } = await loadBackbone(`efficientnet-lite0:${join(data, 'weights/efficientnet-lite0')}@96`);
  return { name: backbone.name, domain: backbone.domain, side: 96, weights: { sha256: hashArrays(arrays), arrays } };
}

const whole = (split) => split.read(Int32Array.from({ length: split.size }, (_, i) => i));

/** Trains the strategy on the task and hands it to `use`. */
async function trained(strategy, task, backbone, seed, use) {
  const learning = strategy.learn(task, { seed, features: pixels(), backbone });
  try {
    for (let step = await learning.next(); !step.done; step = await learning.next());
    return await use(strategy);
  } finally {
    strategy.dispose();
  }
}

/** Logits of each member, `[n, members, classes]`, of one strategy. */
async function membersOf(strategy, task, examples) {
  const found = await strategy.predict(task, examples);
  return found.members ?? found.logits;
}

/** Networks one beside the other: `[n, 1, classes]` each, to `[n, networks, classes]`. */
function interleave(parts, classes) {
  const n = parts[0].length / classes;
  const all = new Float32Array(n * parts.length * classes);
  parts.forEach((part, k) => {
    for (let i = 0; i < n; i++) all.set(part.subarray(i * classes, (i + 1) * classes), (i * parts.length + k) * classes);
  });
  return all;
}

/** ln of the mean probability, `[n, classes]`. */
function meanLogits(logits, count, classes) {
  const n = logits.length / (count * classes);
  const mean = new Float32Array(n * classes);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < count; k++) {
      const row = logits.subarray((i * count + k) * classes, (i * count + k + 1) * classes);
      const largest = row.reduce((max, value) => Math.max(max, value), -Infinity);
      const powers = Array.from(row, (value) => Math.exp(value - largest));
      const total = powers.reduce((sum, value) => sum + value, 0);
      powers.forEach((value, c) => (mean[i * classes + c] += value / total / count));
    }
  }
  return mean.map((p) => Math.log(Math.max(p, 1e-38)));
}

function judge(logits, count, labels, classes) {
  const mean = meanLogits(logits, count, classes);
  const { ece, eceNoiseFloor, nll, brier } = measureCalibration(mean, labels, classes);
  const spread = count > 1 ? measureSpread(logits, count, classes) : { disagreement: NaN, mutualInformation: NaN };
  return { accuracy: accuracyOf(mean, classes, labels), ece, eceNoiseFloor, nll, brier, ...spread };
}

const names = {
  single: 'one network',
  temperature: 'one network, temperature',
  dropout: `dropout ${dropout.rate}, ${dropout.samples} masks`,
  ensemble: `ensemble of ${members}, equal steps`,
  longer: `ensemble of ${members}, ${members} times the epochs`,
  deep: `${members} networks`,
};

/** By the name of a way, what comes out of it for a seed. */
async function compare(network, seed) {
  const recipe = recipes[network];
  const [task, backbone] = [await taskOf(seed, network), await backboneOf(network)];
  const [validation, test] = [await whole(task.validation), await whole(task.test)];
  const classes = task.classes.length;
  const logitsBy = (strategy, of = seed) =>
    trained(strategy, task, backbone, of, async (learned) => [
      await membersOf(learned, task, validation),
      await membersOf(learned, task, test),
    ]);

  const alone = [];
  for (let k = 0; k < members; k++) alone.push(await logitsBy(independent(recipe), seed + 1000 * k));
  const [[ofValidation, single]] = alone;
  const temperature = fitTemperature(ofValidation, validation.labels, classes);
  const [, together] = await logitsBy(independent({ ...recipe, ensemble: members }));
  const [, longer] = await logitsBy(independent({ ...recipe, ensemble: members, epochs: members * recipe.epochs }));
  const settings = independent(recipe).options;
  const dropped = await trained(dropoutNetwork(settings, fixedArchitecture(settings), dropout.rate), task, backbone, seed, (learned) =>
    dropoutLogits(learned.taskNetwork(task), task, test, dropout.rate, dropout.samples, seed),
  );
  const judged = (logits, count) => judge(logits, count, test.labels, classes);
  return {
    single: judged(single, 1),
    temperature: judged(
      single.map((logit) => logit / temperature),
      1,
    ),
    dropout: judged(dropped, dropout.samples),
    ensemble: judged(together, members),
    longer: judged(longer, members),
    deep: judged(
      interleave(
        alone.map(([, logits]) => logits),
        classes,
      ),
      members,
    ),
  };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const shown = (values) => {
  if (values.some(Number.isNaN)) return '–';
  return `${mean(values).toFixed(3)} (${Math.min(...values).toFixed(3)} – ${Math.max(...values).toFixed(3)})`;
};
const columns = ['accuracy', 'ece', 'eceNoiseFloor', 'nll', 'brier', 'disagreement', 'mutualInformation'];

const tables = [];
for (const network of options.networks) {
  const results = [];
  for (const seed of seeds) {
    results.push(await compare(network, seed));
    console.error(network, seed, JSON.stringify(results.at(-1)));
  }
  const rows = Object.entries(names).map(([way, name]) => [
    name,
    ...columns.map((column) => shown(results.map((result) => result[way][column]))),
  ]);
  const note = `Seeds ${seeds.join(', ')}: mean (least – largest); ${10 * options.train} training images; ${JSON.stringify(recipes[network])}.`;
  tables.push({
    title: `CIFAR-10, ${network === 'patch' ? 'patches on EfficientNet-Lite0' : 'cells'}`,
    note,
    columns: ['', ...columns],
    rows,
  });
}
rmSync(work, { recursive: true });
console.log(markdown(machine(), tables));
