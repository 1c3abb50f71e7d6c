import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRun, readSnapshot } from '../../src/checkpoint/store.js';
import { exportRun } from '../../src/export/export-run.js';
import { independent, learn, openRun, par } from '../../src/index.js';
import { tf } from '../../src/nn/backend.js';
import { renderHtml } from '../../src/report/html.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { renderText } from '../../src/report/text.js';
import { reportSchema } from '../../src/report/schema.js';
import { checkStrategy } from '../../src/strategies/check/check-strategy.js';
import { checkTasks } from '../../src/strategies/check/check-tasks.js';
import type { Gate } from '../../src/strategies/gates/options.js';
import { lifelong } from '../cli/lifelong.js';
import { editStream, editTaskLength as length, editTasks as tasks } from '../support/edit-tasks.js';
import { savedState, stopAndResume } from '../support/stop-and-resume.js';
import { writeTinyBert } from '../support/tiny-bert.js';
import { tinyPar } from '../support/tiny-tasks.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-gated-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const on = `minilm:${writeTinyBert().weights}`;
const recipe = { epochs: 3, batchSize: 8, learningRate: 0.01, network: 'edit' as const, stages: ['layer1'] };
const create = (gate: Gate) => independent({ ...recipe, gate, gateExamples: 40 });
const path = (gate: Gate) => join(folder, gate);
const learned = async (gate: Gate) => {
  const strategy = create(gate);
  await lastValueFrom(learn(editStream(), strategy, { run: path(gate), backbone: on }));
  strategy.dispose();
};

describe('gates of edits', () => {
  beforeAll(async () => {
    for (const gate of ['oracle', 'prototype', 'learned'] as const) await learned(gate);
  }, 120_000);

  it('keep what they need and nothing else, and change no bit of what is learned', async () => {
    const { arrays: plain } = await readSnapshot(path('oracle'));
    const added = async (gate: Gate) => {
      const { arrays } = await readSnapshot(path(gate));
      expect(Object.fromEntries(Object.keys(plain).map((group) => [group, arrays[group]]))).toEqual(plain);
      return Object.keys(arrays)
        .filter((group) => !(group in plain))
        .sort();
    };
    const means = ['prototypes/0', 'prototypes/1', 'prototypes/2'];
    expect(await added('prototype')).toEqual(means);
    expect(await added('learned')).toEqual([...means, 'routed-features/0', 'routed-features/1', 'routed-features/2', 'routers/text-128']);
    const { arrays } = await readSnapshot(path('learned'));
    expect(arrays['routed-features/1']?.['features']?.shape).toEqual([40, 128]);
    const accuracy = await Promise.all(
      (['oracle', 'prototype', 'learned'] as const).map(async (gate) => (await readRun(path(gate))).accuracy),
    );
    expect(accuracy[1]).toEqual(accuracy[0]);
    expect(accuracy[2]).toEqual(accuracy[0]);
    const kept = async (gate: Gate) => {
      const run = await openRun(path(gate));
      const { numbers } = (await run.report()).cost.keptBesides;
      run.close();
      return numbers ?? 0;
    };
    // features, mean and deviation, maps and offsets to and from 16 units, how many tasks
    expect((await kept('learned')) - (await kept('prototype'))).toBe(3 * 40 * 128 + 2 * 128 + 129 * 16 + 17 * 3 + 1);
    expect(await kept('oracle')).toBe(0);
  });

  it.each(['prototype', 'learned'] as const)('find the tasks of texts better than chance, and reports say how well (%s)', async (gate) => {
    const { taskInference } = await readRun(path(gate));
    const run = await openRun(path(gate));
    let [right, classRight, classRightTold] = [0, 0, 0];
    for (const { test, ...task } of tasks) {
      const id = String(task.id);
      const inputs = test.inputs as Int32Array;
      const labels = test.labels as readonly string[];
      const rows = (row: number) => inputs.subarray(row * length, (row + 1) * length);
      for (const [row, { nearest }] of (await run.identify(inputs)).entries()) {
        right += Number(nearest === id);
        classRight += Number((await run.predict(rows(row), { task: nearest }))[0]?.class === labels[row]);
        classRightTold += Number((await run.predict(rows(row), { task: id }))[0]?.class === labels[row]);
      }
    }
    expect(taskInference).toMatchObject({ examples: 90, right, gate: { name: gate, classRight, classRightTold } });
    expect(taskInference?.way).toBe(gate === 'learned' ? 'learned' : 'prototypes');
    expect(right).toBeGreaterThan(30 + 3 * Math.sqrt((90 * 2) / 9)); // by chance 30, three deviations more
    const report = reportSchema.parse(await run.report());
    expect(report.taskInference?.gate).toEqual({ name: gate, accuracy: classRight / 90, accuracyTold: classRightTold / 90 });
    expect(report.metrics.taskInferenceAccuracy?.value).toBe(right / 90);
    for (const text of [renderText(report, { width: 400 }), renderMarkdown(report), renderHtml(report)])
      expect(text).toContain(`Gate ${gate}: `);
    run.close();
  });

  it('are asked by predict --task auto, and need to be there', async () => {
    const row = JSON.stringify([...(tasks[2]?.test.inputs as Int32Array).slice(0, length)]);
    const file = join(folder, 'text.json');
    writeFileSync(file, `[${row}]`);
    const answered = await lifelong(['predict', path('learned'), file, '--task', 'auto', '--json']);
    const run = await openRun(path('learned'));
    const [found] = await run.identify((tasks[2]?.test.inputs as Int32Array).slice(0, length));
    run.close();
    const [printed] = (JSON.parse(answered.stdout) as { predictions: { nearest: string; task: string | null }[] }).predictions;
    expect(printed).toMatchObject({ nearest: found?.nearest, task: found?.task });
    const refused = await lifelong(['predict', path('oracle'), file, '--task', 'auto']);
    expect(refused.stderr).toContain('was run with the gate oracle');
    expect((await readRun(path('oracle'))).taskInference).toBeUndefined();
  });

  it('abstain on a text that is all padding', async () => {
    const run = await openRun(path('learned'));
    expect((await run.identify(new Int32Array(length)))[0]).toMatchObject({
      task: null,
      abstained: 'its features are all 0, as those of a text that is all padding',
    });
    run.close();
  });

  it('go on in the middle of a task to the same end', async () => {
    const stopped = join(folder, 'stopped');
    await stopAndResume({ run: stopped, backbone: on, tasks: editStream() }, create('learned'), { task: 1, epoch: 2 });
    expect(await savedState(stopped)).toEqual(await savedState(path('learned')));
    expect((await readRun(stopped)).taskInference).toEqual((await readRun(path('learned'))).taskInference);
  });

  it('stay out of exports, whose models are those of each task', async () => {
    const manifests = await Promise.all(
      (['oracle', 'learned'] as const).map(async (gate) => exportRun(path(gate), join(folder, `export-${gate}`))),
    );
    expect(manifests[1]?.files).toEqual(manifests[0]?.files);
    expect(manifests[1]?.identification).toBeNull();
  });

  it('are options of PAR and of networks without a backbone too', async () => {
    await checkStrategy(() => par({ ...tinyPar, cells: 1, samples: 1, gate: 'learned', gateExamples: 10 }), { tasks: checkTasks(2) });
    await checkStrategy(() => independent({ network: 'mlp', units: 8, epochs: 2, gate: 'learned' }), { tasks: checkTasks(3) });
  }, 60_000);

  it('leave no tensor behind', async () => {
    const before = tf.memory().numTensors;
    const strategy = create('learned');
    await lastValueFrom(learn(editStream(2), strategy, { run: join(folder, 'tensors'), backbone: on }));
    strategy.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
