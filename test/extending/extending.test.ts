import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, toArray } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { arrayStream, checkStrategy, learn, readReport, type Strategy, type Task, type UserTask } from '../../src/index.js';
import { holdWeights } from './hold-weights.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-extending-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Two classes of vectors on both sides of a plane that turns from task to task. */
function turned(id: string, angle: number): UserTask {
  const rows = (count: number, shift: number) => {
    const inputs = new Float32Array(3 * count);
    const labels = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const [a, b] = [Math.sin(7 * i + shift), Math.cos(3 * i + shift)];
      inputs.set([a, b, 1], 3 * i);
      labels[i] = a * Math.cos(angle) + b * Math.sin(angle) > 0 ? 1 : 0;
    }
    return { inputs, labels };
  };
  return { id, inputShape: [3], train: rows(120, 0), test: rows(40, 0.5) };
}

const stream = [turned('a', 0), turned('b', 1), turned('c', 2)];
const quick = { epochs: 6, batchSize: 16, learningRate: 0.1 };

async function weightsAfter(tasks: readonly UserTask[], strategy: Strategy): Promise<Float32Array> {
  await lastValueFrom(learn(tasks, strategy));
  const { arrays } = await strategy.save();
  strategy.dispose();
  return Float32Array.from(arrays['experts/e0']?.['one']?.data ?? []);
}

describe('a strategy and a kind of expert of one’s own, in a file each', () => {
  it('learn a stream into a run that is reported like any other', async () => {
    const run = join(folder, 'own');
    const strategy = holdWeights(quick);
    const events = await lastValueFrom(learn(stream, strategy, { run }).pipe(toArray()));
    strategy.dispose();
    expect(events.at(-1)).toMatchObject({ type: 'run-finished', tasks: 3 });
    const report = await readReport(run);
    expect(report.strategy.name).toBe('hold-weights');
    expect(report.experts).toMatchObject([
      { id: 'e0', architecture: { kind: 'maxout', units: 6 }, genotype: null, macs: 36, tasks: ['a', 'b', 'c'] },
    ]);
    expect(Math.min(...report.tasks.map(({ accuracy }) => accuracy.learned ?? 0))).toBeGreaterThan(0.8);
  });

  it('do what they are for: held weights move less', async () => {
    const moved = async (strength: number) => {
      const before = await weightsAfter(stream.slice(0, 1), holdWeights({ ...quick, strength }));
      const after = await weightsAfter(stream, holdWeights({ ...quick, strength }));
      expect(after.length).toBe(18);
      return after.reduce((sum, value, i) => sum + (value - (before[i] ?? NaN)) ** 2, 0);
    };
    expect(await moved(5)).toBeLessThan(0.5 * (await moved(0)));
  });

  it('keep the contract of strategies', async () => {
    const tasks: Task[] = [];
    for await (const task of arrayStream(stream).tasks() as AsyncIterable<Task>) tasks.push(task);
    await checkStrategy(() => holdWeights({ ...quick, epochs: 2 }), { tasks });
  });

  it('refuse inputs that the kind is not for', async () => {
    const images: UserTask = { ...turned('a', 0), inputShape: [1, 3, 1] };
    await expect(lastValueFrom(learn([images], holdWeights(quick)))).rejects.toMatchObject({
      code: 'data',
      message: 'task a: an expert of kind maxout takes vectors [length], found [1,3,1]',
    });
  });
});
