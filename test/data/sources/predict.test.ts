import { join, resolve } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { readRun } from '../../../src/checkpoint/store.js';
import { readInputs } from '../../../src/domains/read-inputs.js';
import { builtInSources } from '../../../src/data/sources/registry.js';
import { exportRun } from '../../../src/export/export-run.js';
import { finetune, learn, loadStream, ncm, openRun } from '../../../src/index.js';
import { lifelong } from '../../cli/lifelong.js';
import { play } from '../../export/play.js';
import { writeFiles } from '../../faults/picture-files.js';
import { tempFolder } from '../temp-folder.js';
import { sourceFiles, type SourceFiles } from './source-files.js';

const folder = tempFolder();

/** Learns the files of a source as one task of all classes. */
async function learned(source: string, { name, files, data, more = '', onFeatures = false }: SourceFiles) {
  const at = writeFiles(join(folder, source, name.replaceAll(/\W+/g, '-')), files);
  const manifest = join(at, 'stream.yaml');
  writeFiles(at, { 'stream.yaml': `name: all\ndata: ${data}\ntasks: { split: 1 }\n${more}\n` });
  const strategy = onFeatures ? ncm() : finetune({ network: 'mlp', epochs: 4, batchSize: 8, units: 16, learningRate: 0.02 });
  const run = join(at, 'run');
  await lastValueFrom(learn(await loadStream(manifest), strategy, { run }));
  strategy.dispose();
  const { accuracy, tasks } = await readRun(run);
  const [task] = tasks;
  if (!task) throw new Error('a learned task expected');
  return { at, run, task, accuracy: accuracy[0]?.[0] };
}

const shareRight = (predicted: readonly unknown[], labels: readonly unknown[]) =>
  predicted.filter((found, i) => found === labels[i]).length / labels.length;

describe.each(builtInSources.map(({ name }) => name))('predictions on files of %s', (source) => {
  it('are as good as the report says, and as sure', { timeout: 120_000 }, async () => {
    const cases = await (sourceFiles[source] ?? noFiles(source))();
    for (const found of cases) {
      const { at, run, task, accuracy } = await learned(source, found);
      const opened = await openRun(run);
      const labels = found.test.flatMap((file) => file.labels);
      const predicted = [];
      for (const { file } of found.test)
        predicted.push(...(await opened.predict((await readInputs(resolve(at, file), task)).inputs, { task: '0' })));
      opened.close();
      expect([
        found.name,
        predicted.length,
        shareRight(
          predicted.map((one) => one.class),
          labels,
        ),
      ]).toEqual([found.name, task.test, accuracy]);
      const losses = predicted.map(({ probabilities }, i) => -Math.log(probabilities[task.classes.indexOf(labels[i] ?? '')] ?? 0));
      expect(losses.reduce((sum, loss) => sum + loss, 0) / losses.length, found.name).toBeCloseTo(task.calibration?.nll ?? NaN, 5);
      expect(accuracy, `${found.name}: more than chance`).toBeGreaterThan(1.1 / task.classes.length);
      expect(accuracy, `${found.name}: less than all, so that a difference shows`).toBeLessThan(1);
    }
  });
});

function noFiles(source: string): never {
  throw new Error(`source ${source}: files to learn and to predict expected in source-files.ts, found none`);
}

describe('the same of', () => {
  it.each(['csv', 'folder', 'idx', 'tsv', 'lines'])('lifelong predict, on files of %s', { timeout: 120_000 }, async (source) => {
    const [found = noFiles(source)] = await (sourceFiles[source] ?? noFiles(source))();
    const { at, run, accuracy } = await learned(`${source}-cli`, found);
    const { code, stdout, stderr } = await lifelong(['predict', run, ...found.test.map(({ file }) => resolve(at, file)), '--json']);
    expect(code, stderr).toBe(0);
    const { predictions } = JSON.parse(stdout) as { readonly predictions: readonly { readonly class: unknown }[] };
    const labels = found.test.flatMap((file) => file.labels);
    expect(
      shareRight(
        predictions.map((one) => one.class),
        labels,
      ),
    ).toBe(accuracy);
  });

  it.each(['npz', 'csv'])('exported models, on what files of %s become', { timeout: 120_000 }, async (source) => {
    const [found = noFiles(source)] = await (sourceFiles[source] ?? noFiles(source))();
    const { at, run, task, accuracy } = await learned(`${source}-export`, found);
    const { tasks } = await exportRun(run, join(at, 'export'));
    const labels = found.test.flatMap((file) => file.labels);
    const values = [];
    for (const { file } of found.test) values.push(...(await readInputs(resolve(at, file), task)).inputs);
    const [answer] = await play([{ model: join(at, 'export', tasks[0]?.model ?? ''), shape: task.input.shape, values, batch: 64 }], at);
    const predicted = (answer?.logits ?? []).map((logits) => tasks[0]?.classes[logits.indexOf(Math.max(...logits))]);
    expect(shareRight(predicted, labels)).toBe(accuracy);
    expect(tasks[0]?.accuracy).toBe(accuracy);
  });
});
