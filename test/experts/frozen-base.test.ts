import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { from, lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frozenGroup } from '../../src/core/frozen-weights.js';
import type { Input } from '../../src/core/input.js';
import { openRunStore, readRun, readSnapshot, verifyRun } from '../../src/checkpoint/store.js';
import { exportRun } from '../../src/export/export-run.js';
import { frozenExpertBase } from '../../src/experts/expert-base.js';
import type { Expert } from '../../src/experts/expert.js';
import { networkOf } from '../../src/experts/expert-kind.js';
import { expertKinds } from '../../src/experts/kinds.js';
import { learn } from '../../src/learner/learn.js';
import { renderInspection } from '../../src/report/inspect.js';
import { openRun } from '../../src/run/open.js';
import { checkStrategy } from '../../src/strategies/check/check-strategy.js';
import { arrayStream } from '../../src/streams/array-task.js';
import type { Task } from '../../src/core/task.js';
import { largestDifference, play } from '../export/play.js';
import { outcomeOf } from '../resume/outcome.js';
import { compileSources, root } from '../support/compile-sources.js';
import { quick, randomBackbone, stretch, stretched, tasks } from './stretched.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-frozen-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const place = (name: string) => join(folder, name);
const strategies = [stretch(randomBackbone())];
const on = randomBackbone().ref;
const other = randomBackbone(1).ref;
const images: Input = { domain: 'image', shape: [8, 8, 1], dtype: 'float32' };

/** Learns the first so many tasks. */
async function learned(name: string, count: number): Promise<string> {
  const strategy = stretch(randomBackbone()).create(quick);
  await lastValueFrom(learn(tasks().slice(0, count), strategy, { run: place(name) }));
  strategy.dispose();
  return place(name);
}

async function answersOf(run: string, task: string) {
  const opened = await openRun(run, { strategies });
  const inputs = Float32Array.from(tasks().find(({ id }) => id === task)?.test.inputs as Float32Array);
  const found = await opened.predict(inputs, { task });
  opened.close();
  return found;
}

describe('experts on one backbone', () => {
  let whole: string;
  beforeAll(async () => {
    whole = await learned('whole', 3);
  });

  it('name it, and its weights are kept once in the run', async () => {
    const { experts, files, accuracy } = await readRun(whole);
    expect(experts.map((expert) => expert.on)).toEqual([on, on, on]);
    expect(experts.map(({ parameters, bytes }) => [parameters, bytes])).toEqual(Array(3).fill([48, 192]));
    expect(Object.keys(files).filter((group) => group.startsWith('frozen/'))).toEqual([frozenGroup(on.sha256)]);
    expect(readdirSync(join(whole, 'frozen'))).toHaveLength(1);
    expect(accuracy.at(-1)?.every((value) => (value ?? 0) > 0.9)).toBe(true);
    expect(await verifyRun(whole)).toEqual([]);
  });

  it('are reported with what they stand on', async () => {
    const opened = await openRun(whole, { strategies });
    const report = await opened.report();
    opened.close();
    expect(report.experts.map((expert) => expert.on)).toEqual([on, on, on]);
    expect(renderInspection(report)).toContain(`stands on random (${on.sha256.slice(0, 8)})`);
  });

  it('are learned to the same end when the run stops and goes on; earlier answers stay to the last bit, and the file of the backbone as it is', async () => {
    const run = await learned('resumed', 1);
    const before = await answersOf(run, 'a');
    const [name = ''] = readdirSync(join(run, 'frozen'));
    const { ino, mtimeMs } = statSync(join(run, 'frozen', name));
    const opened = await openRun(run, { strategies });
    await lastValueFrom(opened.resume(tasks()));
    opened.close();
    expect(await answersOf(run, 'a')).toEqual(before);
    expect(statSync(join(run, 'frozen', name))).toMatchObject({ ino, mtimeMs });
    expect((await readRun(run)).files).toEqual((await readRun(whole)).files);
  });

  it('are learned to the same end when the process is killed in the middle of a task', async () => {
    const program = place('program');
    compileSources(['src', 'test/support', 'test/experts'], program);
    for (const linked of ['package.json', 'node_modules']) symlinkSync(join(root, linked), join(program, linked));
    const run = place('killed');
    const child = join(program, 'test/experts/stretch-child.js');
    for (const end of ['SIGKILL', null] as const) {
      const learner = spawn(process.execPath, [child, run], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(learner, 'exit');
      let epochs = 0;
      for await (const line of createInterface(learner.stdout)) if (line === 'epoch-ended 1' && ++epochs === 2 && end) learner.kill(end);
      expect(await ended).toEqual(end === null ? [0, null] : [null, end]);
      expect(await verifyRun(run)).toEqual([]);
    }
    expect(await outcomeOf(run)).toEqual(await outcomeOf(whole));
  }, 300_000);

  it('are exported with the backbone written once, and answer in plain tfjs as the run does', async () => {
    const out = place('export');
    const manifest = await exportRun(whole, out, { strategies });
    const networks = manifest.files.filter(({ path }) => path.startsWith('networks/'));
    expect(networks.map(({ path, bytes }) => [path.replace(/-[0-9a-f]{8}\./, '.'), bytes])).toEqual([
      ['networks/frozen.bin', 4 * (64 * 24 + 24)],
      ...['e0', 'e1', 'e2'].map((id) => [`networks/${id}.bin`, 4 * 48]),
    ]);
    const strategy = stretch(randomBackbone()).create(quick);
    await strategy.restore(await readSnapshot(whole));
    for (const [i, { id, test }] of tasks().entries()) {
      const inputs = Float32Array.from(test.inputs as Float32Array).subarray(0, 7 * 64);
      const record = (await readRun(whole)).tasks[i];
      if (!record) throw new Error(`task ${id} expected`);
      const { logits } = await strategy.predict(record, { inputs, shape: [8, 8, 1], labels: new Int32Array(7) });
      const model = join(out, manifest.tasks[i]?.model ?? '');
      const [found] = await play([{ model, shape: [8, 8, 1], values: [...inputs], batch: 3 }], folder);
      expect(found?.backend).toBe('cpu');
      expect(largestDifference(found?.logits.flat() ?? [], logits)).toBeLessThan(1e-5);
    }
    strategy.dispose();
  });

  it('are learned by a strategy that keeps its promises', async () => {
    const streamed: Task[] = [];
    await from(arrayStream(tasks()).tasks()).forEach((task) => void streamed.push(task));
    await checkStrategy(() => stretch(randomBackbone()).create({ ...quick, epochs: 2 }), { tasks: streamed });
  });
});

describe('frozen weights that do not fit', () => {
  it('are refused in the run folder, by verify and by whoever restores it, with both hashes', async () => {
    const run = await learned('changed', 1);
    const store = await openRunStore(run);
    const { state, arrays } = await store.load();
    await store.save({}, { state, arrays: { ...arrays, [frozenGroup(on.sha256)]: randomBackbone(1).weights.arrays } });
    await store.close();
    const problems = await verifyRun(run);
    expect(problems).toEqual([
      { file: expect.stringMatching(/^frozen\//) as string, problem: `frozen weights ${on.sha256} expected, found ${other.sha256}` },
    ]);
    const opened = await openRun(run, { strategies });
    await expect(opened.predict(new Float32Array(64), { task: 'a' })).rejects.toMatchObject({
      code: 'run-corrupt',
      message: `expert e0: backbone random with weights ${on.sha256} expected, found weights ${other.sha256}`,
    });
  });

  it('are missed where run.json does not name them', async () => {
    const run = await learned('lost', 1);
    const store = await openRunStore(run);
    const { state, arrays } = await store.load();
    const rest = Object.fromEntries(Object.entries(arrays).filter(([group]) => !group.startsWith('frozen/')));
    await store.save({}, { state, arrays: rest });
    await store.close();
    expect((await verifyRun(run)).map(({ problem }) => problem)).toContain(`expert e0: frozen weights ${on.sha256} expected, found none`);
  });

  it('are refused when a run goes on with a backbone of the same name: for its next task, and in the middle of its first', async () => {
    const expected = (why: string) => ({
      code: 'data',
      message: expect.stringContaining(
        `backbone random with weights ${on.sha256} expected, ${why}, found backbone random with weights ${other.sha256}`,
      ) as string,
    });
    const own = { strategies: [stretch(randomBackbone(1))] };
    const next = await openRun(await learned('next', 1), own);
    await expect(lastValueFrom(next.resume(tasks()))).rejects.toMatchObject(expected('as e0 stands on it'));

    const stop = new AbortController();
    const strategy = stretch(randomBackbone()).create(quick);
    const midway = learn(tasks(), strategy, { run: place('midway'), signal: stop.signal });
    await midway.forEach((event) => event.type === 'epoch-ended' && stop.abort()).catch(() => undefined);
    strategy.dispose();
    const begun = await openRun(place('midway'), own);
    await expect(lastValueFrom(begun.resume(tasks()))).rejects.toMatchObject(expected('as its training began'));
    // Nothing is lost: with the right ones it goes on.
    const right = await openRun(place('midway'), { strategies });
    await lastValueFrom(right.resume(tasks()));
    expect((await readRun(place('midway'))).files).toEqual((await readRun(await learned('right', 3))).files);
  });

  it('are refused by a kind that does not read them, and by one that lacks some', () => {
    expect(() => networkOf(expertKinds, { kind: 'perceptron', units: [4] }, images, 'task a', randomBackbone())).toThrow(
      `task a: an expert of kind perceptron on backbone random with weights ${on.sha256} expected, found one on nothing`,
    );
    expect(() => networkOf([stretched], { kind: 'stretched' }, images, 'task a')).toThrow('frozen weight kernel expected, found none');
  });

  it('are no expert that stands on something itself', () => {
    const network = networkOf([stretched], { kind: 'stretched' }, images, 'task a', randomBackbone());
    const expert: Expert = {
      ...{ id: 'e0', on, architecture: { kind: 'stretched' }, architectureFrom: null, network, input: images },
      ...{ vectors: { parameters: new Float32Array(48), statistics: new Float32Array(0) }, tasks: [], largestTrain: 0, revision: 0 },
    };
    expect(() => frozenExpertBase(expert)).toThrow(`an expert that stands on nothing expected, found expert e0 on backbone random`);
  });
});
