import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRun } from '../../src/checkpoint/store.js';
import { renderJson } from '../../src/report/json.js';
import { reportSchema } from '../../src/report/schema.js';
import { readReport, summarize } from '../../src/report/summary.js';
import { manyTasks, matrixA, oneTask, recordOf, threeTasks } from './records.js';

const where = { path: 'checkpoints/demo' };

describe('summarize', () => {
  it.each([
    ['no task', recordOf([], [])],
    ['one task', oneTask()],
    ['three tasks', threeTasks()],
    ['twenty tasks', manyTasks(20)],
  ])('makes a report of %s that the schema accepts and JSON keeps', (_, record) => {
    const report = summarize(record, where);
    expect(reportSchema.parse(JSON.parse(renderJson(report)))).toEqual(report);
    expect(renderJson(report)).not.toMatch(/NaN|Infinity/);
  });

  it('keeps every number of a decision and says null where a number does not apply', () => {
    const [search, copy, join] = summarize(threeTasks(), where).tasks.map((task) => task.decision);
    expect(search).toMatchObject({
      kind: 'search',
      divergence: null,
      threshold: null,
      from: null,
      expert: null,
      mode: null,
      nearest: null,
    });
    expect(copy).toMatchObject({ kind: 'reuse-architecture', from: 'e0', divergence: 0.56, threshold: 0.75, divergences: { e0: 0.56 } });
    expect(join).toMatchObject({ kind: 'regularize', mode: 'distil', expert: 'e0', divergences: { e0: 0.31, e1: 0.87 }, noiseFloor: 0.01 });
  });

  it('has the accuracy when learned, the final one and the forgetting of each task', () => {
    const tasks = summarize(threeTasks(), where).tasks;
    expect(tasks.map((task) => task.accuracy)).toEqual([
      { learned: 0.99, final: 0.95 },
      { learned: 0.98, final: 0.98 },
      { learned: 0.97, final: 0.97 },
    ]);
    expect(tasks[0]?.forgetting).toBeCloseTo(0.04, 12);
    expect(tasks[1]?.forgetting).toBe(0);
    expect(tasks[2]?.forgetting).toBeNull();
  });

  it('makes the divergence matrix square, symmetric, zero on its diagonal, and empty when nothing was measured', () => {
    expect(summarize(threeTasks(), where).divergence).toEqual([
      [0, 0.56, 0.31],
      [0.56, 0, 0.87],
      [0.31, 0.87, 0],
    ]);
    const unmeasured = threeTasks();
    expect(summarize({ ...unmeasured, tasks: unmeasured.tasks.map((task) => ({ ...task, divergence: [] })) }, where).divergence).toEqual(
      [],
    );
  });

  it('makes ragged accuracy rows square with null for what was not evaluated', () => {
    expect(summarize(recordOf(threeTasksDesign(), [[0.9], [0.8, 0.9], [0.7, 0.8]]), where).accuracy).toEqual([
      [0.9, null, null],
      [0.8, 0.9, null],
      [0.7, 0.8, null],
    ]);
  });

  it('measures forward transfer against chance, and says so, where tasks were evaluated before they were learned', () => {
    const report = summarize(threeTasks({ accuracy: matrixA }), where);
    expect(report.metrics.forwardTransfer.value).toBeCloseTo(-0.3, 12);
    expect(report.metrics.forwardTransfer.formula).toContain('b_j = 1/classes');
    expect(report.metrics.averageForgetting.value).toBeCloseTo(0.275, 12);
    expect(summarize(threeTasks(), where).metrics.forwardTransfer.value).toBeNull();
  });

  it('adds up what is stored, without the progress of a task under way', () => {
    const { cost } = summarize(threeTasks(), where);
    expect(cost).toEqual({
      parameters: { experts: 24_688, heads: 198 },
      keptBesides: { numbers: 0, bytes: 0 },
      bytes: 52_000,
      seconds: 40.5,
      peakRssBytes: 512_000_000,
    });
  });

  it('warns of a run that is not complete, failed, or has a task without test examples', () => {
    const record = threeTasks({ status: 'failed', failure: 'task t3: loss is NaN at epoch 2', limit: 5 });
    const tasks = record.tasks.map((task, t) => (t === 1 ? { ...task, test: 0 } : task));
    expect(summarize({ ...record, tasks }, where).warnings).toEqual([
      'the run failed: task t3: loss is NaN at epoch 2',
      '3 of 5 tasks are learned, and the numbers are of these',
      'task t1 has no test examples, so its accuracy is not known',
    ]);
  });

  it('says when calibration was measured for some tasks only', () => {
    const record = threeTasks();
    const tasks = record.tasks.map((task, t) => (t === 0 ? task : { ...task, calibration: null }));
    expect(summarize({ ...record, tasks }, where).calibration).toMatchObject({
      ece: 0.01,
      reason: 'mean over the 1 of 3 tasks that were measured',
    });
  });
});

describe('readReport', () => {
  it('reads a run folder that is being written, without its lock', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'report-'));
    const path = join(folder, 'run');
    const record = threeTasks({ files: {}, status: 'running' });
    const store = await createRun(path, record);
    expect(await readReport(path)).toEqual(summarize(record, { path }));
    await store.close();
    await rm(folder, { recursive: true });
  });

  it('says that a folder without a run has none', async () => {
    await expect(readReport('nosuch/run')).rejects.toMatchObject({ name: 'LifelongError', code: 'run-missing' });
  });
});

function threeTasksDesign() {
  return threeTasks().tasks.map((task) => ({ decision: task.decision, expert: task.expert ?? '', divergence: task.divergence }));
}
