import { parse } from 'csv-parse/sync';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import type { AccuracyTracked, LearnEvent } from '../../src/core/events.js';
import { renderCsv } from '../../src/report/csv.js';
import { reportFigures } from '../../src/report/figures.js';
import { renderHtml } from '../../src/report/html.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { reportSchema, type Report } from '../../src/report/schema.js';
import { summarize } from '../../src/report/summary.js';
import { encodeTensorboard } from '../../src/report/tensorboard.js';
import { renderText } from '../../src/report/text.js';
import { manyTasks, threeTasks } from './records.js';

const path = 'checkpoints/demo';
const tracking = { every: 1, examples: 500, pending: null };

/** Two epochs of a task and what was kept, on a task. */
function tracked(task: number, on: number, accuracies: readonly [number, number, number]): AccuracyTracked[] {
  return accuracies.map((accuracy, i) => ({
    type: 'accuracy-tracked',
    ...{ task, on, accuracy, phase: i === 2 ? 'kept' : on < task ? 'distil' : 'train', epoch: Math.min(2, i + 1) },
  }));
}

/** Task 2 joins the expert of task 0. */
const events: LearnEvent[] = [
  ...tracked(0, 0, [0.8, 0.99, 0.99]),
  ...tracked(1, 1, [0.6, 0.98, 0.98]),
  ...tracked(2, 0, [0.7, 0.9, 0.95]),
  ...tracked(2, 2, [0.85, 0.97, 0.97]),
  ...tracked(3, 3, [0.1, 0.2, 0.3]), // under way
];
const during = summarize(threeTasks({ tracking }), { path, events });
const many = summarize(manyTasks(30, { tracking }), {
  path,
  events: Array.from({ length: 30 }, (_, task) => Array.from({ length: task + 1 }, (_, on) => tracked(task, on, [0.6, 0.9, 0.95]))).flat(2),
});

const classIncremental = summarize(threeTasks({ classIncremental: [[0.99], [0.6, 0.5], [0.3, 0.2, 0.97]] }), { path });
const plain = summarize(threeTasks(), { path });

const rows = (report: Report, table: string) => parse(renderCsv(report, table));
const squeeze = (text: string) => text.replace(/ +/g, ' ');

describe('accuracy during training in reports', () => {
  it('is a section of its own: series by task, gaps, metrics; without what belongs to a task under way', () => {
    expect(reportSchema.parse(during)).toEqual(during);
    expect(during.during).toMatchObject({ every: 1, examples: 500 });
    expect(during.during?.series.map(({ on, points }) => [on, ...points.map(({ accuracy }) => accuracy)])).toEqual([
      [0, 0.8, 0.99, 0.99, 0.7, 0.9, 0.95],
      [1, 0.6, 0.98, 0.98],
      [2, 0.85, 0.97, 0.97],
    ]);
    expect(during.during?.gaps).toMatchObject([{ task: 2, on: 0, before: 0.99, lowest: 0.7, after: 0.95 }]);
    expect(during.during?.metrics.minAccuracy.value).toBeCloseTo((0.7 + 0.98) / 2, 12);
    expect(during.during?.metrics.worstCaseAccuracy.value).toBeCloseTo(0.97 / 3 + (2 / 3) * 0.84, 12);
    expect(during.during?.metrics.stabilityGap.value).toBeCloseTo((0 + 0.29 / 2) / 2, 12);
  });

  it('is not there for a run that did not measure it, and takes no part in the accuracy matrix', () => {
    expect(plain).not.toHaveProperty('during');
    expect(summarize(threeTasks({ tracking }), { path, events: [] })).not.toHaveProperty('during');
    expect(during.accuracy).toEqual(plain.accuracy);
    expect(during.metrics).toEqual(plain.metrics);
    for (const render of [renderText, renderMarkdown, renderHtml]) expect(render(plain)).not.toMatch(/minAccuracy|Stability gap/);
  });

  it('is a short section of text', () => {
    const text = squeeze(renderText(during));
    expect(text).toContain('During training (after every epoch, on at most 500 test examples)');
    expect(text).toMatch(/minAccuracy 0\.840/);
    expect(text).toMatch(/stabilityGap \+0\.073/);
    expect(text).toContain('task 2 task 0 0.990 0.700 0.950 +0.290');
    const long = renderText(many);
    expect(long).toContain('--table stability');
    expect(Math.max(...long.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('is in tables for CSV, Markdown and HTML', () => {
    expect(rows(during, 'stability').slice(1)).toEqual([['task 2', '0', '0.99', '0.7', '0.95', String(0.99 - 0.7)]]);
    expect(rows(during, 'during')).toHaveLength(1 + 12);
    expect(rows(during, 'metrics').map(([name]) => name)).toContain('worstCaseAccuracy');
    expect(renderMarkdown(during)).toContain('## Stability gap');
    expect(renderHtml(during)).toContain('<h3>Stability gap</h3>');
  });

  it.each([
    ['bands', during],
    ['thin lines with their mean', many],
  ])('is drawn as %s', (_, report) => {
    const figure = reportFigures(report).find(({ name }) => name === 'accuracy-during-training');
    for (const width of [324, 540]) expect(figure?.draw(width)).not.toMatch(/NaN|undefined|Infinity/);
    const { document } = parseHTML(figure?.draw(540) ?? '') as { document: { querySelectorAll(selector: string): ArrayLike<unknown> } };
    expect(document.querySelectorAll('[aria-label=line] path')).toHaveLength(report === during ? 3 : 31);
    if (report === during) expect(figure?.draw(540)).toContain('0.700 → .950');
  });

  it('is in a TensorBoard log', () => {
    const timed = events.map((event) => ({ ...event, time: '2024-05-01T10:00:00.000Z' }));
    expect(Buffer.from(encodeTensorboard(timed)).toString('latin1')).toContain('accuracy during/on task 2');
  });
});

describe('class-incremental accuracy, in reports', () => {
  it('has its average among the metrics', () => {
    expect(classIncremental.metrics.classIncrementalAccuracy).toEqual({ value: (0.3 + 0.2 + 0.97) / 3, formula: '(1/T) Σ_j C[T-1][j]' });
    expect(reportSchema.parse(classIncremental)).toEqual(classIncremental);
    expect(plain.metrics).not.toHaveProperty('classIncrementalAccuracy');
  });

  it('is labelled beside the other in text', () => {
    const lines = squeeze(renderText(classIncremental)).split('\n');
    const told = lines.indexOf('Accuracy, task-incremental');
    const untold = lines.findIndex((line) => line.startsWith('Accuracy, class-incremental'));
    expect(lines[told + 5]).toBe(' after task 2 0.950 0.980 0.970');
    expect(lines[untold + 5]).toBe(' after task 2 0.300 0.200 0.970');
    expect(lines.find((line) => line.includes('classIncrementalAccuracy'))).toContain('0.490');
    expect(renderText(plain)).not.toContain('told');
  });

  it('is in the tables and pictures', () => {
    expect(rows(classIncremental, 'class-incremental').at(-1)).toEqual(['after task 2', '0.3', '0.2', '0.97']);
    const [head, ...body] = rows(classIncremental, 'history');
    const column = head?.indexOf('classIncrementalAccuracy') ?? -1;
    expect(head?.slice(column + 1)).toEqual([
      'on task 0, class-incremental',
      'on task 1, class-incremental',
      'on task 2, class-incremental',
    ]);
    expect(body.map((row) => row.slice(column))).toEqual([
      ['0.99', '0.99', '', ''],
      ['0.55', '0.6', '0.5', ''],
      [String((0.3 + 0.2 + 0.97) / 3), '0.3', '0.2', '0.97'],
    ]);
    expect(renderMarkdown(classIncremental)).toContain('## Accuracy matrix, class-incremental');
    const html = renderHtml(classIncremental);
    expect(html).toContain('<figure id="class-incremental">');
    expect(html).toContain('average accuracy, class-incremental');
    for (const table of ['accuracy', 'metrics']) expect(renderCsv(plain, table)).not.toContain('told');
    expect(() => renderCsv(plain, 'class-incremental')).toThrow(/table: one of history, accuracy/);
  });
});
