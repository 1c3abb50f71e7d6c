import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { readRun } from '../../src/checkpoint/store.js';
import { learn, readReport, strategyNamed, type JsonObject } from '../../src/index.js';
import { compareRuns } from '../../src/report/compare.js';
import { renderComparison, renderComparisonCsv } from '../../src/report/compare-render.js';
import { renderText } from '../../src/report/text.js';
import { summarize } from '../../src/report/summary.js';
import { tinyPar, tinyTask } from '../support/tiny-tasks.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-kept-'));
const [tasks, classes, pixels, units, memory] = [3, 2, 8 * 8, 8, 12];
const stream = Array.from({ length: tasks }, (_, i) => tinyTask(`t${i}`, i));
const [features, projection] = [14 * 14, 20]; // features `pixels`
const triangle = (side: number) => (side * (side + 1)) / 2;
const mlp = { network: 'mlp', units, epochs: 1, batchSize: 16, engine: 'eager' };
/** Of the perceptron: two hidden layers. */
const weights = pixels * units + units + units * units + units;

async function learned(name: string, options: JsonObject): Promise<string> {
  const entry = strategyNamed(name);
  const known = Object.fromEntries(Object.entries(options).filter(([key]) => key in entry.options.shape));
  const path = join(folder, 'shrinkage' in known ? `${name}-given` : name);
  const strategy = await entry.create(known);
  await lastValueFrom(learn(stream, strategy, { run: path }));
  strategy.dispose();
  return path;
}

// What docs/strategies.md says that each keeps, counted by hand.
const kept: readonly (readonly [strategy: string, options: JsonObject, numbers: number])[] = [
  ['finetune', {}, 0],
  ['independent', {}, 0],
  ['lwf', {}, 0],
  ['ewc', { importanceExamples: 4 }, 2 * weights],
  ['online-ewc', { importanceExamples: 4 }, 2 * weights],
  ['mas', { importanceExamples: 4 }, 2 * weights],
  ['si', {}, 2 * weights],
  ['er', { memory }, memory * (pixels + 2)], // with its label and its task
  ['derpp', { memory }, memory * (pixels + 2 + classes * tasks + 1)], // and the scores of all heads, of which so many are known
  ['packnet', {}, weights + tasks * 2 * units], // an owner each, and each task's biases
  ['hat', {}, tasks * 2 * units],
  ['ncm', {}, 2 * features], // the standardization; sums of classes have the place of heads
  ['slda', { shrinkage: 0.1 }, 2 * features + triangle(features)],
  ['slda', {}, 2 * features + 2 * triangle(features) + tasks * classes * (features + 1)], // what shrinkage is chosen by
  ['ranpac', { projection }, 2 * features + triangle(projection)],
  ['probe', {}, 2 * features],
];

describe('O12: what a method keeps besides experts and heads is counted', () => {
  it.each(kept)('%s', async (name, options, numbers) => {
    const report = await readReport(await learned(name, { ...mlp, ...options }));
    expect(report.cost.keptBesides.numbers).toBe(numbers);
    const { bytes } = report.cost.keptBesides;
    expect(bytes).toBeGreaterThanOrEqual(4 * numbers);
    expect(bytes - 4 * numbers).toBeLessThan(numbers === 0 ? 1 : 1000 * tasks); // headers
    expect(renderText(report)).toContain(`kept besides by the method: ${numbers.toLocaleString('en')} numbers, `);
  });

  it('PAR: prototypes, variances and counts of each class', async () => {
    const path = await learned('par', tinyPar);
    const { cost, features } = await readReport(path);
    const size = 14 * 14; // of features `pixels`
    expect(features.size).toBe(size);
    expect(cost.keptBesides.numbers).toBe(tasks * classes * (2 * size + 1));
    const record = await readRun(path);
    const older = Object.fromEntries(
      Object.entries(record.files).map(([group, { path: file, sha256, bytes }]) => [group, { path: file, sha256, bytes }]),
    );
    expect(summarize({ ...record, files: older }, { path }).cost.keptBesides).toEqual({ numbers: null, bytes: cost.keptBesides.bytes });
  });

  it('and stands beside the parameters where strategies are compared', async () => {
    const reports = await Promise.all(['finetune', 'packnet'].map((name) => readReport(join(folder, name))));
    const comparison = compareRuns(reports);
    expect(comparison.groups.map(({ measures }) => measures.keptNumbers.mean)).toEqual([0, weights + tasks * 2 * units]);
    expect(renderComparison(comparison, { width: 96 })).toMatch(/ params +kept +/);
    expect(renderComparison(comparison)).toContain('params: of experts and heads; ');
    expect(renderComparisonCsv(comparison)).toContain('parameters,keptNumbers,keptBytes,bytes');
  });
});
