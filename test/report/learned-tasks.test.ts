import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../src/report/html.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { summarize } from '../../src/report/summary.js';
import { renderText } from '../../src/report/text.js';
import { threeTasks } from './records.js';

const reportOf = (limit: number | null, tasks: number | null) => {
  const record = threeTasks();
  return summarize({ ...record, limit, stream: { ...record.stream, tasks } }, { path: 'checkpoints/demo' });
};

describe('the header of a report', () => {
  it.each([
    [3, 20, 'complete, 3 tasks as asked (the stream has 20)'],
    [8, 20, 'complete, 3 of 8 tasks asked for (the stream has 20)'],
    [3, null, 'complete, 3 tasks as asked'],
    [3, 3, 'complete, 3 of 3 tasks'],
    [30, 20, 'complete, 3 of 20 tasks'],
    [2, 20, 'complete, 3 of 20 tasks'],
    [null, 20, 'complete, 3 of 20 tasks'],
  ])('of a run of at most %s tasks of %s says: %s', (limit, tasks, words) => {
    const report = reportOf(limit, tasks);
    for (const rendered of [renderText(report), renderMarkdown(report), renderHtml(report)]) expect(rendered).toContain(words);
  });
});
