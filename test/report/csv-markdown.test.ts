import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { renderCsv } from '../../src/report/csv.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { summarize } from '../../src/report/summary.js';
import { manyTasks, matrixA, oneTask, threeTasks } from './records.js';

const where = { path: 'checkpoints/demo' };
const rowsOf = (csv: string) => parse<Record<string, string>>(csv, { columns: true });

describe('renderCsv', () => {
  it('labels rows "after task", columns "on task", and leaves unknown numbers empty', () => {
    const rows = rowsOf(renderCsv(summarize(threeTasks(), where)));
    expect(rows.map((row) => [row['when'], row['on task 0'], row['on task 1'], row['on task 2']])).toEqual([
      ['after task 0', '0.99', '', ''],
      ['after task 1', '0.99', '0.98', ''],
      ['after task 2', '0.95', '0.98', '0.97'],
    ]);
    expect(rows.map((row) => [row['decision'], row['expert'], row['divergence'], row['threshold']])).toEqual([
      ['search', 'e0', '', ''],
      ['reuse-architecture', 'e1', '0.56', '0.75'],
      ['regularize', 'e0', '0.31', '0.5'],
    ]);
  });

  it('ends with the metrics of the whole run and has those after each task before', () => {
    const rows = rowsOf(renderCsv(summarize(threeTasks({ accuracy: matrixA }), where)));
    expect(rows.map((row) => row['averageForgetting'])[0]).toBe('');
    expect(Number(rows[2]?.['averageForgetting'])).toBeCloseTo(0.275, 12);
    expect(Number(rows[1]?.['averageForgetting'])).toBeCloseTo(-0.05, 12);
    expect(Number(rows[2]?.['averageAccuracy'])).toBeCloseTo(0.7, 12);
  });

  it('has a column for each of 12 tasks, in their order', () => {
    const [header = ''] = renderCsv(summarize(manyTasks(12), where), 'accuracy').split('\r\n');
    expect(header.split(',')).toEqual(['accuracy', ...Array.from({ length: 12 }, (_, j) => `on task ${j}`)]);
  });

  it('quotes what needs it', () => {
    const record = oneTask();
    const name = 'a "quoted", two-line\nname';
    const csv = renderCsv(summarize({ ...record, tasks: record.tasks.map((task) => ({ ...task, name })) }, where));
    expect(rowsOf(csv)[0]?.['name']).toBe(name);
  });

  it.each(['accuracy', 'metrics', 'tasks', 'decisions', 'divergence', 'experts', 'cost', 'options'])('writes the table %s', (name) => {
    const csv = renderCsv(summarize(manyTasks(4), where), name);
    expect(rowsOf(csv).length).toBeGreaterThan(0);
    expect(csv).not.toMatch(/NaN|undefined,|Infinity|\[object/);
  });

  it('names the table nearest to one that is not there', () => {
    expect(() => renderCsv(summarize(oneTask(), where), 'metric')).toThrow(/table: one of history, accuracy, .* expected, found metric/);
  });
});

describe('renderMarkdown', () => {
  it('has decisions in words, the matrix and every metric', () => {
    const text = renderMarkdown(summarize(threeTasks(), where));
    expect(text).toContain('| after task 2 | 0.950 | 0.980 | 0.970 |');
    expect(text).toContain(
      '- task 2, digits 4 and 5 (t2): **regularize in e0 (distil)**: divergence 0.310 from e0 is at most 0.5: join e0',
    );
    expect(text).toMatch(/\| averageForgetting \| 0\.020 \|/);
    expect(text).toContain('task 1 was not evaluated before it was learned');
    expect(text).not.toMatch(/NaN|\[object/);
  });

  it('keeps marks in names from becoming tables or tags', () => {
    const record = oneTask();
    const tasks = record.tasks.map((task) => ({ ...task, name: 'a|b <script>*x*' }));
    expect(renderMarkdown(summarize({ ...record, tasks }, where))).toContain('a\\|b &lt;script&gt;\\*x\\*');
  });
});
