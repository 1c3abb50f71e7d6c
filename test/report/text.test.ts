import { describe, expect, it } from 'vitest';
import { summarize } from '../../src/report/summary.js';
import { renderText } from '../../src/report/text.js';
import { manyTasks, oneTask, recordOf, threeTasks } from './records.js';

const where = { path: 'checkpoints/demo' };
const render = (record: Parameters<typeof summarize>[0], options = {}) => renderText(summarize(record, where), options);
const longest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

describe('renderText', () => {
  it('labels rows "after task" and columns "on task"', () => {
    const lines = render(threeTasks()).split('\n');
    const start = lines.indexOf('Accuracy');
    expect(lines.slice(start + 1, start + 6).map((line) => line.trim().replace(/ +/g, ' '))).toEqual([
      'on task',
      '0 1 2',
      'after task 0 0.990 – –',
      'after task 1 0.990 0.980 –',
      'after task 2 0.950 0.980 0.970',
    ]);
  });

  it('says for each task what was decided, why, and at which distances', () => {
    const text = render(threeTasks()).replace(/\s+/g, ' ');
    expect(text).toContain('new expert, architecture of e0; expert e1; +12,410 parameters; 5 epochs; 13.5 s');
    expect(text).toContain('why: divergence 0.310 from e0 is at most 0.5: join e0');
    expect(text).toContain('distances e0 0.310, e1 0.870; nearest task t0; threshold 0.500; noise floor 0.010');
  });

  it('shows who shares an expert and every metric with its formula or the reason why it has no value', () => {
    const text = render(threeTasks());
    expect(text).toMatch(/e0 +0, 2 +searched +12\.3k/);
    expect(text).toMatch(/e1 +1 +copied from e0/);
    expect(text).toMatch(/averageAccuracy +0\.967 +\(1\/T\) Σ_j R\[T-1\]\[j\]/);
    expect(text).toMatch(/averageForgetting +0\.020/);
    expect(render(oneTask())).toMatch(/averageForgetting +undefined/);
  });

  it.each([1, 3, 10, 11, 20, 21, 100])('fits %i tasks into 80 columns', (count) => {
    const text = render(manyTasks(count));
    expect(longest(text)).toBeLessThanOrEqual(80);
    expect(text).not.toMatch(/NaN|undefined(?! )/);
  });

  it('keeps columns in the order of tasks: 0, 1, 2, …, 10, 11', () => {
    const heads = [...render(manyTasks(12), { width: 120 }).matchAll(/^ +on task\n +([\d ]+)$/gm)].map((match) =>
      match[1]?.trim().split(/ +/),
    );
    expect(heads).toEqual([['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11']]);
  });

  it('states what it leaves out of a wide matrix', () => {
    expect(render(manyTasks(100))).toContain('(in whole percent; tasks 7 to 92 are left out here');
    expect(render(manyTasks(20))).not.toContain('left out');
  });

  it('uses escape codes only when asked', () => {
    const escape = String.fromCharCode(27);
    expect(render(threeTasks(), { color: false })).not.toContain(escape);
    expect(render(threeTasks(), { color: true })).toContain(`${escape}[`);
  });

  it('lets no control character of a name through', () => {
    const record = threeTasks();
    const tasks = record.tasks.map((task) => ({ ...task, name: 'evil\u001b[2J\nname' }));
    const text = render({ ...record, tasks });
    expect(text).toContain('evil [2J name');
    expect(text).not.toContain('\u001b');
  });

  it('says so when nothing has been learned yet', () => {
    expect(render(recordOf([], [], { status: 'running' }))).toContain('No task has been learned yet.');
  });
});
