import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../src/report/compare.js';
import {
  renderComparison,
  renderComparisonCsv,
  renderComparisonHtml,
  renderComparisonJson,
  renderComparisonMarkdown,
} from '../../src/report/compare-render.js';
import { bootstrapInterval, measureSpread } from '../../src/report/spread.js';
import { summarize } from '../../src/report/summary.js';
import { threeTasks } from './records.js';

/** A run of three tasks whose average accuracy is `final`. */
function runOf(strategy: string, seed: number, final: number, options: Record<string, number> = { epochs: 5 }) {
  const accuracy = [
    [final, null, null],
    [final, final, null],
    [final, final, final],
  ];
  return summarize(threeTasks({ strategy: { name: strategy, options }, seed, accuracy }), { path: `checkpoints/${strategy}-s${seed}` });
}

const strong = [0.95, 0.96, 0.94, 0.97, 0.955].map((accuracy, seed) => runOf('par', seed, accuracy));
const weak = [0.85, 0.87, 0.83, 0.88, 0.85].map((accuracy, seed) => runOf('finetune', seed, accuracy));

describe('compareRuns', () => {
  it('gives mean, standard deviation with n - 1, n and range over seeds', () => {
    const [par] = compareRuns(strong).groups;
    const { averageAccuracy } = par?.measures ?? {};
    expect(averageAccuracy?.n).toBe(5);
    expect(averageAccuracy?.mean).toBeCloseTo(0.955, 12);
    // squared deviations: .005², .005², .015², .015², 0 = 5e-4; / 4
    expect(averageAccuracy?.std).toBeCloseTo(Math.sqrt(5e-4 / 4), 12);
    expect([averageAccuracy?.min, averageAccuracy?.max].map((value) => value?.toFixed(3))).toEqual(['0.940', '0.970']);
  });

  it('pairs by seed and finds a difference larger than seed noise', () => {
    const [difference] = compareRuns([...strong, ...weak]).differences;
    expect(difference).toMatchObject({
      measure: 'averageAccuracy',
      first: 'par',
      second: 'finetune',
      seeds: [0, 1, 2, 3, 4],
      exceedsSeedNoise: true,
    });
    // differences .10, .09, .11, .09, .105
    expect(difference?.mean).toBeCloseTo(0.099, 12);
    expect(difference?.interval?.low).toBeGreaterThanOrEqual(0.09 - 1e-12);
    expect(difference?.interval?.high).toBeLessThanOrEqual(0.11 + 1e-12);
  });

  it('does not call a difference real that changes sign over seeds', () => {
    const other = [0.96, 0.95, 0.95, 0.96, 0.956].map((accuracy, seed) => runOf('joint', seed, accuracy));
    expect(compareRuns([...strong, ...other]).differences[0]?.exceedsSeedNoise).toBe(false);
  });

  it('has no deviation and no verdict with one seed, and says why', () => {
    const comparison = compareRuns([runOf('par', 0, 0.9), runOf('ewc', 0, 0.8)]);
    expect(comparison.groups[0]?.measures.averageAccuracy).toMatchObject({ n: 1, std: null, reason: 'one run has no standard deviation' });
    expect(comparison.differences[0]).toMatchObject({
      interval: null,
      exceedsSeedNoise: null,
      reason: 'one common seed says nothing about seed noise',
    });
  });

  it('uses common seeds only', () => {
    const comparison = compareRuns([runOf('par', 0, 0.9), runOf('par', 1, 0.8), runOf('ewc', 1, 0.7), runOf('ewc', 2, 0.1)]);
    expect(comparison.differences[0]).toMatchObject({ seeds: [1] });
    expect(comparison.differences[0]?.mean).toBeCloseTo(0.1, 12);
    expect(compareRuns([runOf('par', 0, 0.9), runOf('ewc', 1, 0.7)]).differences[0]).toMatchObject({
      mean: null,
      reason: 'no seed is common to both',
    });
  });

  it('keeps runs with other options apart and names them by what differs', () => {
    const comparison = compareRuns([
      runOf('par', 0, 0.9, { epochs: 5, samples: 10 }),
      runOf('par', 0, 0.8, { samples: 10, epochs: 9 }),
      runOf('par', 1, 0.9, { samples: 10, epochs: 5 }),
    ]);
    expect(comparison.groups.map((group) => [group.name, group.runs.length])).toEqual([
      ['par (epochs 5)', 2],
      ['par (epochs 9)', 1],
    ]);
  });

  it('leaves out, with a warning, a run that learned fewer tasks and one whose seed is there twice', () => {
    const short = { ...runOf('par', 1, 0.9), tasks: runOf('par', 1, 0.9).tasks.slice(0, 2) };
    const comparison = compareRuns([runOf('par', 0, 0.9), short, runOf('par', 0, 0.7)]);
    expect(comparison.groups[0]?.runs).toHaveLength(1);
    expect(comparison.warnings).toEqual([
      'checkpoints/par-s1 is left out: it learned 2 of 3 tasks',
      'checkpoints/par-s0 is left out: another run of par has seed 0 too',
    ]);
  });

  it('warns when equal seeds did not see equal data', () => {
    const one = runOf('par', 0, 0.9);
    const other = { ...runOf('ewc', 0, 0.9), stream: { ...one.stream, fingerprint: 'other' } };
    expect(compareRuns([one, other]).warnings).toContain('the runs with seed 0 did not learn the same data or the same tasks');
  });

  it('refuses runs of different streams, and no runs', () => {
    const one = runOf('par', 0, 0.9);
    expect(() => compareRuns([one, { ...one, stream: { ...one.stream, name: 'permuted-mnist' } }])).toThrow(
      /runs of one stream expected, found split-mnist, permuted-mnist/,
    );
    expect(() => compareRuns([])).toThrow(/at least one run expected/);
  });
});

describe('renderers of a comparison', () => {
  const comparison = compareRuns([...strong, ...weak, runOf('a-strategy-with-quite-a-long-name', 0, 0.9)]);

  it('fit 80 columns and mark what exceeds seed noise', () => {
    const text = renderComparison(comparison);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).toMatch(/A par +5 +0\.955 ± 0\.011/);
    expect(text).toMatch(/A less B +5 +\+0\.099 \[\+0\.\d{3}, \+0\.\d{3}\] \*/);
  });

  it('have the same numbers in CSV, Markdown and JSON, and none that is not a number', () => {
    const [row] = parse<Record<string, string>>(renderComparisonCsv(comparison), { columns: true });
    expect(Number(row?.['averageAccuracy mean'])).toBeCloseTo(0.955, 12);
    expect(renderComparisonMarkdown(comparison)).toContain('| par | 5 | 0.955 | 0.011 | 0.940 | 0.970 |');
    expect(JSON.parse(renderComparisonJson(comparison))).toEqual(JSON.parse(JSON.stringify(comparison)));
    for (const text of [
      renderComparisonCsv(comparison, 'differences'),
      renderComparisonCsv(comparison, 'runs'),
      renderComparisonHtml(comparison),
    ]) {
      expect(text).not.toMatch(/NaN|Infinity|undefined|<script/);
    }
    expect(() => renderComparisonCsv(comparison, 'nosuch')).toThrow(/one of groups, differences, runs expected, found nosuch/);
  });
});

describe('spread and bootstrap', () => {
  const values = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 8 });

  it('the interval lies within the values, around what resampling their mean gives, and is the same each time', () => {
    fc.assert(
      fc.property(values, (differences) => {
        const interval = bootstrapInterval(differences);
        const { min, max } = measureSpread(differences);
        expect(interval).toEqual(bootstrapInterval(differences));
        expect(interval?.low).toBeGreaterThanOrEqual((min ?? NaN) - 1e-12);
        expect(interval?.high).toBeLessThanOrEqual((max ?? NaN) + 1e-12);
        expect(interval?.low).toBeLessThanOrEqual(interval?.high ?? NaN);
      }),
      { numRuns: 20 },
    );
  });

  it('the interval of a hundred zeros and ones has the quantiles of the binomial distribution', () => {
    const many = Array.from({ length: 100 }, (_, i) => i % 2);
    const interval = bootstrapInterval(many);
    // Means of 10,000 resamples find such a quantile with a standard error of 0.0014, and lie 0.01 apart: a neighbour may come out.
    const within = (value: number | undefined, share: number) =>
      expect(Math.abs((value ?? NaN) - binomialQuantile(100, share) / 100)).toBeLessThanOrEqual(0.01 + 1e-12);
    within(interval?.low, 0.025);
    within(interval?.high, 0.975);
  });

  it('does not count what is not defined', () => {
    expect(measureSpread([null, 1, 3])).toMatchObject({ n: 2, mean: 2, min: 1, max: 3, reason: 'not defined for 1 of 3 runs' });
    expect(measureSpread([null])).toEqual({ n: 0, mean: null, std: null, min: null, max: null, reason: 'not defined for any run' });
  });
});

/** The least k for which at most k heads in n throws have at least this probability. */
function binomialQuantile(n: number, share: number): number {
  let [k, mass, total] = [0, 0.5 ** n, 0.5 ** n];
  while (total < share) {
    mass *= (n - k) / (k + 1);
    total += mass;
    k += 1;
  }
  return k;
}

describe('class-incremental accuracy', () => {
  const told = (strategy: string, last: readonly number[] | undefined) =>
    summarize(
      threeTasks({
        strategy: { name: strategy, options: {} },
        ...(last && { classIncremental: [[0.9], [0.5, 0.4], [...last]] }),
      }),
      { path: strategy },
    );
  const both = compareRuns([told('er', [0.3, 0.2, 0.4]), told('ewc', [0, 0, 0.6])]);
  const one = compareRuns([told('er', [0.3, 0.2, 0.4]), told('par', undefined)]);

  it('is a column where all runs have it', () => {
    expect(both.groups.map(({ measures }) => measures.classIncrementalAccuracy.mean?.toFixed(6))).toEqual(['0.300000', '0.200000']);
    expect(renderComparison(both)).toMatch(/n +accuracy +forgetting +class-inc +params +time\n +A er +1 +0\.967 +0\.020 +0\.300 /);
    expect(
      Math.max(
        ...renderComparison(both)
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
    expect(renderComparison(both, { width: 120 })).toContain('class-inc');
    for (const table of ['groups', 'runs']) expect(renderComparisonCsv(both, table)).toContain('classIncrementalAccuracy');
    expect(renderComparisonHtml(both)).toContain('Average accuracy, class-incremental');
  });

  it('is left out where one does not', () => {
    expect(one.groups[1]?.measures.classIncrementalAccuracy).toMatchObject({ n: 0, mean: null });
    expect(renderComparison(one)).not.toContain('told');
    for (const table of ['groups', 'runs']) expect(renderComparisonCsv(one, table)).not.toContain('classIncremental');
    expect(renderComparisonHtml(one)).not.toContain('told');
  });
});
