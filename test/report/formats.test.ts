import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { computeMetrics, metricNames } from '../../src/metrics/compute-metrics.js';
import { reportFormats, type ReportFormatName } from '../../src/report/formats.js';
import { summarize } from '../../src/report/summary.js';
import { matrixA, threeTasks } from './records.js';

const report = summarize(threeTasks({ accuracy: matrixA }), { path: 'checkpoints/x' });
const rendering = { table: 'metrics', style: { width: 120, color: false }, training: () => Promise.resolve([]) };

describe('a metric is a function and a line in its table', () => {
  it.each(Object.keys(reportFormats) as ReportFormatName[])('%s has every metric of the table, in its order', async (format) => {
    const text = await reportFormats[format]([report], rendering);
    const places = metricNames.map((name) => text.lastIndexOf(name));
    expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
    if (format !== 'html') expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('docs/metrics.md has every one with its formula', () => {
    const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const rows = page.split('\n').flatMap((line) => {
      const [, name = '', formula = ''] = /^\| (\w+) +\| (.+?) +\|/.exec(line) ?? [];
      return name === '' || name === 'metric' ? [] : [[name, formula] as const];
    });
    const documented = new Map(rows);
    const metrics = computeMetrics(matrixA);
    expect(metricNames.map((name) => [name, documented.get(name)])).toEqual(metricNames.map((name) => [name, metrics[name].formula]));
  });
});

describe('several runs', () => {
  it('are one list as JSON, and refused where a page is for one', async () => {
    const both: unknown = JSON.parse(await reportFormats.json([report, report]));
    expect(both).toEqual([report, report]);
    await expect(reportFormats.html([report, report], rendering)).rejects.toMatchObject({
      code: 'usage',
      message: '--format html: one run expected, found 2',
    });
  });
});
