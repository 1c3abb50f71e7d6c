import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { readRun, readSnapshot } from '../../src/checkpoint/store.js';
import { finetune, independent, learn, openRun, par } from '../../src/index.js';
import { orthonormalityError } from '../../src/nn/orthonormalize.js';
import { renderInspection } from '../../src/report/inspect.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { renderText } from '../../src/report/text.js';
import { editStream, editTaskLength as length, editTasks as tasks } from '../support/edit-tasks.js';
import { savedState, stopAndResume } from '../support/stop-and-resume.js';
import { writeTinyBert } from '../support/tiny-bert.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-edits-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const stages = ['layer0', 'layer1'];
const on = `minilm:${writeTinyBert().weights}`;

const recipe = { epochs: 5, batchSize: 8, learningRate: 0.01 } as const;
const create = (orthogonality: 'joint' | 'per-edit' = 'joint') => independent({ ...recipe, network: 'edit', stages, orthogonality });

describe('edits as experts', () => {
  const path = join(folder, 'whole');
  const rows = (tasks[0]?.test.inputs as Int32Array).slice(0, 6 * length);
  const logitsOf = async (strategy: ReturnType<typeof create>, run: string) => {
    const [first] = (await readRun(run)).tasks;
    return (await strategy.predict(first ?? expect.fail(), { inputs: rows, shape: [length], labels: new Int32Array(6) })).logits;
  };

  it('learn one after the other, old answers stay bit for bit, and nothing leaks from one into another', async () => {
    const strategy = create();
    await lastValueFrom(learn(editStream(), strategy, { run: path, backbone: on }));
    const after = await logitsOf(strategy, path);
    strategy.dispose();
    const alone = create();
    await lastValueFrom(learn(editStream(1), alone, { run: join(folder, 'alone'), backbone: on }));
    expect(after).toEqual(await logitsOf(alone, join(folder, 'alone')));
    alone.dispose();
    const { accuracy, experts } = await readRun(path);
    expect(Math.min(...tasks.map((_, i) => accuracy[i]?.[i] ?? 0))).toBeGreaterThan(0.8);
    expect(experts.map(({ architecture: found }) => found)).toEqual(
      Array(3).fill({
        ...{ kind: 'attached', module: 'edit', side: null, stages, readout: 'every' },
        ...{ rank: 4, orthogonality: 'joint', init: 'identity' },
      }),
    );
    const { arrays: saved } = await readSnapshot(path);
    const all = experts.flatMap(({ id }) => [
      ...((saved[`experts/${id}`]?.['layer1/output-norm.subspace']?.data as Float32Array | undefined) ?? []),
    ]);
    expect(all.length).toBe(3 * 4 * 128);
    expect(orthonormalityError({ data: Float32Array.from(all), width: 128 })).toBeLessThan(1e-5);
    for (const { leak } of experts) expect(leak).toBeLessThan(1e-5);
  });

  it('leak as published: each within itself, about the root of r / d into another', async () => {
    const strategy = create('per-edit');
    const run = join(folder, 'per-edit');
    await lastValueFrom(learn(editStream(), strategy, { run, backbone: on }));
    strategy.dispose();
    for (const { leak = NaN } of (await readRun(run)).experts) expect(Math.abs(leak - Math.sqrt(4 / 128))).toBeLessThan(0.06);
    const opened = await openRun(run);
    const report = await opened.report();
    expect(report.experts[0]).toHaveProperty('leak');
    expect([renderText(report), renderMarkdown(report)].every((text) => text.includes('leak'))).toBe(true);
    expect(renderInspection(report)).toContain('lies in the subspaces of others');
    opened.close();
  });

  it('go on in the middle of a task to the same end', async () => {
    const stopped = join(folder, 'stopped');
    await stopAndResume({ run: stopped, backbone: on, tasks: editStream() }, create(), { task: 1, epoch: 2 });
    expect(await savedState(stopped)).toEqual(await savedState(path));
  });

  it('are what PAR adds, reuses and trains further, and stay orthonormal beside each other', async () => {
    for (const [regularizeThreshold, kinds] of [
      [-1, ['search', 'reuse-architecture', 'reuse-architecture']],
      [1, ['search', 'regularize', 'regularize']],
    ] as const) {
      const strategy = par({ ...recipe, module: 'edit', stages, epochs: 2, samples: 2, regularizeThreshold, allocateThreshold: 1 });
      const run = join(folder, `par${regularizeThreshold}`);
      await lastValueFrom(learn(editStream(), strategy, { run, backbone: on }));
      strategy.dispose();
      const { tasks: learned, experts } = await readRun(run);
      expect(learned.map(({ decision }) => decision?.kind)).toEqual(kinds);
      const { arrays: saved } = await readSnapshot(run);
      for (const { id, architecture: found, leak } of experts) {
        expect(found['module']).toBe('edit');
        const subspaces = Object.entries(saved[`experts/${id}`] ?? {}).filter(([name]) => name.endsWith('.subspace'));
        expect(subspaces).toHaveLength((found['stages'] as string[]).length);
        for (const [, { data }] of subspaces) expect(orthonormalityError({ data: data as Float32Array, width: 128 })).toBeLessThan(1e-5);
        if (leak !== undefined) expect(leak).toBeLessThan(1e-5);
      }
      const shared = experts.filter(({ architecture: found }) => (found['stages'] as string[]).length > 0).length > 1;
      expect(experts.some(({ leak }) => leak !== undefined)).toBe(shared);
    }
  });

  it('are chosen by the nearest prototypes where the task of a text is not told', async () => {
    const strategy = par({ ...recipe, module: 'edit', stages, samples: 1, regularizeThreshold: -1, allocateThreshold: 1 });
    const run = join(folder, 'par-auto');
    await lastValueFrom(learn(editStream(), strategy, { run, backbone: on }));
    strategy.dispose();
    const opened = await openRun(run);
    const { taskInference } = opened.record;
    expect(taskInference?.examples).toBe(90);
    expect(taskInference?.right).toBeGreaterThan(30 + 3 * Math.sqrt((90 * 2) / 9)); // by chance 30, three deviations more
    const inputs = tasks[2]?.test.inputs as Int32Array;
    const found = await opened.identify(inputs);
    expect(found.map(({ task: nearest }) => tasks.some(({ id }) => id === nearest) || nearest === null)).toEqual(Array(30).fill(true));
    opened.close();
  });

  it('can be of an ensemble, whose members share their subspaces', async () => {
    const strategy = independent({ ...recipe, epochs: 2, network: 'edit', ensemble: 2 });
    const run = join(folder, 'ensemble');
    await lastValueFrom(learn(editStream(2), strategy, { run, backbone: on }));
    strategy.dispose();
    const { experts } = await readRun(run);
    expect(experts.map(({ parameters }) => parameters)).toEqual(Array(2).fill(2 * 4 * 128 + 2 * 4));
    for (const { leak } of experts) expect(leak).toBeLessThan(1e-5);
  });

  it('are one for all tasks where a strategy has one network', async () => {
    const strategy = finetune({ ...recipe, epochs: 2, network: 'edit', rank: 12 });
    const run = join(folder, 'shared');
    await lastValueFrom(learn(editStream(2), strategy, { run, backbone: on }));
    strategy.dispose();
    const { experts } = await readRun(run);
    expect(experts.map(({ parameters, leak }) => ({ parameters, leak }))).toEqual([{ parameters: 2 * 12 * 128 + 12, leak: undefined }]);
  });
});
