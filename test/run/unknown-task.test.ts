import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRun } from '../../src/checkpoint/store.js';
import type { Identification } from '../../src/difficulty/identify.js';
import { learn } from '../../src/learner/learn.js';
import { readReport } from '../../src/report/summary.js';
import { renderHtml } from '../../src/report/html.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { renderText } from '../../src/report/text.js';
import { reportSchema } from '../../src/report/schema.js';
import { openRun } from '../../src/run/open.js';
import { unknownTaskAlarm } from '../../src/run/unknown-task-alarm.js';
import { checkStrategy } from '../../src/strategies/check/check-strategy.js';
import { checkTasks } from '../../src/strategies/check/check-tasks.js';
import { finetune } from '../../src/strategies/finetune/finetune.js';
import { par, type ParInput } from '../../src/strategies/par/par.js';
import { lifelong } from '../cli/lifelong.js';
import { tinyPar, tinyTask } from '../support/tiny-tasks.js';

const example = (distance: number): Identification => ({
  ...{ task: null, abstained: '', nearest: 'a', second: null },
  ...{ distance, usualDistance: 1 },
});
const stream = (far: number, near: number) => [
  ...Array.from({ length: far }, () => example(2)),
  ...Array.from({ length: near }, () => example(1)),
];

describe('the alarm that a stream is of no known task', () => {
  it('is given where so many examples are far by chance one time in a thousand', () => {
    // Hoeffding: a share of 1 less a half is beyond sqrt(ln(1000) / 2n) from n = 14 on
    expect(unknownTaskAlarm(stream(13, 0), 0.5)).toBeNull();
    expect(unknownTaskAlarm(stream(14, 0), 0.5)).toEqual({
      ...{ examples: 14, far: 1, expected: 0.5 },
      reason:
        "these 14 examples seem to be of none of the known tasks: 100 % of them are far from all classes, of known tasks' examples it would be 50 % or less",
    });
    // 0.3 - 0.1 = 0.2 = sqrt(ln(1000) / 2n) at n = 86.3
    expect(unknownTaskAlarm(stream(30, 70), 0.1)).toMatchObject({ far: 0.3 });
    expect(unknownTaskAlarm(stream(24, 56), 0.1)).toBeNull();
    expect(unknownTaskAlarm(stream(0, 100), 0.1)).toBeNull();
    expect(unknownTaskAlarm([], 0)).toBeNull();
  });
});

describe('task inference of a run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lifelong-unknown-'));
  const path = (name: string) => join(folder, name);
  const tasks = [0, 5].map((pattern) => tinyTask(`t${pattern}`, pattern, { train: 160 }));
  const learnWith = async (name: string, options: ParInput) => {
    const strategy = par({ ...tinyPar, cells: 1, samples: 1, epochs: 1, regularizeThreshold: 1, ...options });
    await lastValueFrom(learn(tasks, strategy, { run: path(name) }));
    strategy.dispose();
  };
  beforeAll(async () => {
    await learnWith('prototypes', {});
    await learnWith('validation', { taskInference: 'validation' });
    await learnWith('lda', { taskInference: 'lda' });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('keeps more than prototypes only where it is asked for', async () => {
    const groups = async (name: string) => Object.keys((await readRun(path(name))).files).filter((group) => group.startsWith('inference/'));
    expect(await groups('prototypes')).toEqual([]);
    expect(await groups('validation')).toEqual(['inference/image-196']);
  });

  it.each(['prototypes', 'validation', 'lda'])(
    'is measured on test examples once all tasks are learned, and reported (%s)',
    async (name) => {
      const { taskInference } = await readRun(path(name));
      expect(taskInference?.way).toBe(name === 'lda' ? 'lda' : 'prototypes'); // both find all, so validation keeps to the simpler
      expect(taskInference?.examples).toBe(40);
      const run = await openRun(path(name));
      const found = (await Promise.all(tasks.map(({ test }) => run.identify(test.inputs)))).flatMap((all, i) =>
        all.map(({ nearest, task }) => ({
          right: nearest === tasks[i]?.id,
          answered: task !== null,
          answeredRight: task === tasks[i]?.id,
        })),
      );
      const count = (key: 'right' | 'answered' | 'answeredRight') => found.filter((one) => one[key]).length;
      expect(taskInference).toMatchObject({ right: count('right'), answered: count('answered'), answeredRight: count('answeredRight') });
      run.close();
      const report = reportSchema.parse(await readReport(path(name)));
      expect(report.metrics.taskInferenceAccuracy?.value).toBe(count('right') / 40);
      const sentence = `Task not told: by ${name === 'lda' ? 'linear discriminants' : 'the nearest class prototype'} it is found for`;
      expect(renderText(report, { width: 200 })).toContain(sentence);
      for (const text of [renderMarkdown(report), renderHtml(report)]) expect(text).toContain(sentence);
    },
  );

  it.each(['prototypes', 'validation'])('raises the alarm for a stream of something else, and not for its own (%s)', async (name) => {
    const run = await openRun(path(name));
    const alarm = async (task: (typeof tasks)[number]) => run.alarm(await run.identify(task.test.inputs));
    for (const task of tasks) expect(await alarm(task)).toBeNull();
    expect(await alarm(tinyTask('other', 9))).toMatchObject({ examples: 20, far: 1 });
    run.close();
  });

  it('tells the alarm on the command line', async () => {
    const file = path('other.json');
    const { inputs } = tinyTask('other', 9).test;
    writeFileSync(
      file,
      JSON.stringify(Array.from({ length: 20 }, (_, i) => square(Array.from(inputs as Float32Array).slice(64 * i, 64 * i + 64)))),
    );
    const { stdout, stderr } = await lifelong(['predict', path('prototypes'), file, '--task', 'auto', '--json']);
    expect((JSON.parse(stdout) as { alarm: unknown }).alarm).toMatchObject({ examples: 20, far: 1, expected: 0.5 });
    expect(stderr).toContain('these 20 examples seem to be of none of the known tasks');
  });

  it('is not measured where a strategy keeps no prototypes, or of one task', async () => {
    const strategy = finetune({ network: 'mlp', units: 4, epochs: 1, engine: 'eager' });
    await lastValueFrom(learn(tasks, strategy, { run: path('finetune') }));
    strategy.dispose();
    expect(await readRun(path('finetune'))).not.toHaveProperty('taskInference');
    const one = par({ ...tinyPar, cells: 1, samples: 1, epochs: 1 });
    await lastValueFrom(learn(tasks, one, { run: path('one'), tasks: 1 }));
    one.dispose();
    expect(await readRun(path('one'))).not.toHaveProperty('taskInference');
  });

  it('goes on within a task as any other state of the strategy', async () => {
    await checkStrategy(() => par({ ...tinyPar, cells: 1, samples: 1, taskInference: 'validation' }), { tasks: checkTasks(2) });
  });
});

/** 64 values as an image of one channel. */
const square = (values: readonly number[]) => Array.from({ length: 8 }, (_, y) => values.slice(8 * y, 8 * y + 8).map((value) => [value]));
