import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, tap } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listGenerations, openRunStore, readRun, verifyRun } from '../../src/checkpoint/store.js';
import type { JsonObject } from '../../src/core/json.js';
import type { Snapshot } from '../../src/core/snapshot.js';
import { learn, type LearnOptions } from '../../src/learner/learn.js';
import { openRun } from '../../src/run/open.js';
import { par, type ParInput } from '../../src/strategies/par/par.js';
import { arrayStream, type UserTask } from '../../src/streams/array-task.js';
import { tinyPar, tinyTask } from '../support/tiny-tasks.js';
import { manyTasks } from './story.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-folder-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const quick: ParInput = { ...tinyPar, cells: 2, epochs: 1, samples: 1 };
const three = [tinyTask('a', 1), tinyTask('b', 2), tinyTask('c', 3)];

async function learnInto(run: string, tasks: Iterable<UserTask>, options: LearnOptions = {}, settings: ParInput = quick): Promise<void> {
  const strategy = par(settings);
  await lastValueFrom(learn(tasks, strategy, { ...options, run })).finally(() => strategy.dispose());
}

const resume = async (run: string, tasks: Iterable<UserTask>, notices: string[] = []) =>
  lastValueFrom((await openRun(run)).resume(tasks, { onNotice: (notice) => notices.push(notice) }));

/** Bytes of weights, and what files of them there are. */
function weightsOf(run: string): { bytes: number; names: string[] } {
  const names = readdirSync(run, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.safetensors'));
  return { bytes: names.reduce((sum, name) => sum + statSync(join(run, name)).size, 0), names };
}

describe('keep', () => {
  it.each([
    [0, 5],
    [2, 20],
  ])('%d bounds the disk: %d tasks that all change one expert', async (keep, count) => {
    const run = join(folder, `keep-${keep}`);
    await learnInto(run, manyTasks(count, 20), { keep }, { ...quick, regularizeThreshold: 1 });
    const { files, tasks } = await readRun(run);
    expect(tasks.map(({ expert }) => expert)).toEqual(Array(count).fill('e0'));
    expect(await listGenerations(run)).toEqual(keep === 0 ? [] : [count - 1, count]);
    const needed = Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);
    const { bytes, names } = weightsOf(run);
    const experts = names.filter((name) => name.startsWith('experts/'));
    expect(experts).toHaveLength(keep === 0 ? 1 : 2);
    const older = experts.reduce((sum, name) => sum + statSync(join(run, name)).size, 0) / experts.length;
    expect(bytes).toBe(needed + (experts.length - 1) * older);
    expect(await verifyRun(run)).toEqual([]);
  });

  it('holds for a resumed run as for a new one', async () => {
    const run = join(folder, 'keep-resumed');
    await learnInto(run, three, { keep: 3 });
    expect(await listGenerations(run)).toEqual([1, 2, 3]);
    await lastValueFrom((await openRun(run)).resume([tinyTask('d', 4)], { keep: 1 }));
    expect(await listGenerations(run)).toEqual([4]);
  });
});

describe('a run folder', () => {
  const made = join(folder, 'made');
  beforeAll(() => learnInto(made, three));

  it('works in another place: it goes on, verifies and predicts', async () => {
    const moved = join(folder, 'elsewhere', 'moved');
    const original = join(folder, 'original');
    mkdirSync(join(folder, 'elsewhere'));
    cpSync(made, original, { recursive: true });
    const predictions = async (path: string) => {
      const run = await openRun(path);
      return run.predict(three[1]?.test.inputs as Float32Array, { task: 'b' }).finally(() => run.close());
    };
    const before = await predictions(original);
    renameSync(original, moved);
    expect(await predictions(moved)).toEqual(before);
    await resume(moved, [tinyTask('d', 4)]);
    expect((await readRun(moved)).tasks.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
    expect(await verifyRun(moved)).toEqual([]);
    expect(readFileSync(join(moved, 'run.json'), 'utf8')).not.toContain(folder);
  });

  it('made with other threads and another TensorFlow says so and goes on', async () => {
    const run = join(folder, 'other');
    cpSync(made, run, { recursive: true });
    const store = await openRunStore(run);
    const now = store.record.environment;
    const [name = '', form] = Object.entries(now.kernels ?? {})[0] ?? [];
    const turned = { kernels: { ...now.kernels, [name]: form === 'kernel' ? ('exact' as const) : ('kernel' as const) } };
    const environment = { ...now, threads: '96', backend: 'TensorFlow 9.9.9', ...turned };
    await store.save({ environment });
    await store.close();
    const notices: string[] = [];
    await resume(run, [tinyTask('d', 4)], notices);
    expect(notices).toEqual([
      expect.stringMatching(/backend TensorFlow 9\.9\.9, now TensorFlow 2\./),
      expect.stringMatching(/threads 96, now \d+: numbers may differ/),
      expect.stringContaining(`made with ${name} ${turned.kernels[name] ?? ''}, now ${form ?? ''}: numbers may differ`),
    ]);
    expect((await readRun(run)).environment.kernels).toEqual({ ...now.kernels, [name]: 'both' });
    expect((await readRun(run)).tasks).toHaveLength(4);
  });

  it('knows how many tasks its stream has when that grew', async () => {
    const run = join(folder, 'grown');
    cpSync(made, run, { recursive: true });
    await resume(run, [...three, tinyTask('d', 4)]);
    expect((await readRun(run)).stream.tasks).toBe(4);
  });

  it('of features that changed is not gone on with', async () => {
    const run = join(folder, 'features');
    const features = (sha256: string) => ({
      name: 'mine',
      sha256,
      size: () => 1,
      extract: ({ labels }: { labels: Int32Array }) => Promise.resolve(new Float32Array(labels.length)),
      dispose: () => undefined,
    });
    await learnInto(run, three.slice(0, 1), { features: features('0a') });
    const go = async (sha256: string) => lastValueFrom((await openRun(run)).resume(three.slice(0, 2), { features: features(sha256) }));
    await expect(go('0b')).rejects.toMatchObject({ code: 'data', message: expect.stringMatching(/0a expected.*0b/) as string });
    await go('0a');
    expect((await readRun(run)).tasks).toHaveLength(2);
  });

  it('is not left behind by features that do not exist', async () => {
    const run = join(folder, 'nothing');
    await expect(learnInto(run, three, { features: 'pixel' })).rejects.toMatchObject({ code: 'config', hint: 'did you mean pixels?' });
    const stream = { ...arrayStream(three), features: 'pixel' };
    await expect(lastValueFrom(learn(stream, par(quick), { run }))).rejects.toMatchObject({ code: 'config' });
    expect(existsSync(run)).toBe(false);
  });
});

it('the seconds of a task count what it took before it was interrupted', async () => {
  const run = join(folder, 'seconds');
  const controller = new AbortController();
  const strategy = par(quick);
  const events = learn(three.slice(0, 1), strategy, { run, signal: controller.signal });
  const interrupted = lastValueFrom(events.pipe(tap(({ type }) => type === 'candidate-evaluated' && controller.abort())));
  await expect(interrupted).rejects.toMatchObject({ code: 'interrupted' });
  strategy.dispose();
  const store = await openRunStore(run);
  const spent = store.record.seconds;
  expect(spent).toBeGreaterThan(0);
  await store.save({ seconds: spent + 1000 });
  await store.close();
  await resume(run, three.slice(0, 2));
  const record = await readRun(run);
  const [first = NaN, second = NaN] = record.tasks.map(({ seconds }) => seconds);
  expect(first).toBeGreaterThan(spent + 1000);
  expect(first).toBeLessThan(spent + 1060);
  expect(second).toBeLessThan(60);
  expect(record.seconds).toBe(first + second);
});

describe('a snapshot that is none of its own', () => {
  let own: Snapshot;
  beforeAll(async () => {
    const strategy = par(quick);
    await lastValueFrom(learn(three.slice(0, 1), strategy));
    own = await strategy.save();
    strategy.dispose();
  });

  const refusal = async (snapshot: Snapshot, settings: ParInput = quick): Promise<unknown> => {
    const strategy = par(settings);
    const error: unknown = await strategy.restore(snapshot).catch((reason: unknown) => reason);
    strategy.dispose();
    return error;
  };

  it.each([
    ['nothing', () => ({}), /experts/],
    ['the state of another strategy', (state: JsonObject) => ({ ...state, fisher: {} }), /fisher/],
    [
      'an older form',
      ({ experts, ...state }: JsonObject) => ({ ...state, experts: (experts as JsonObject[]).map(({ id }) => ({ id })) }),
      /experts\.0\.architecture/,
    ],
  ])('%s is refused, naming what is wrong', async (_, change, message) => {
    expect(await refusal({ ...own, state: change(own.state) })).toMatchObject({
      code: 'run-corrupt',
      message: expect.stringMatching(message) as string,
      hint: expect.stringContaining('another strategy, or by another version') as string,
    });
  });

  it('a group of weights that is missing, and experts of another size, are named', async () => {
    const arrays = Object.fromEntries(Object.entries(own.arrays).filter(([name]) => name !== 'prototypes/0'));
    expect(await refusal({ ...own, arrays })).toMatchObject({
      code: 'run-corrupt',
      message: expect.stringContaining('weights prototypes/0 expected') as string,
    });
    const experts = own.state['experts'] as readonly { architecture: JsonObject }[];
    const wider = experts.map((expert) => ({ ...expert, architecture: { ...expert.architecture, channels: 4 } }));
    expect(await refusal({ ...own, state: { ...own.state, experts: wider } })).toMatchObject({
      code: 'run-corrupt',
      message: expect.stringMatching(/expert e0: weight .* expected/) as string,
    });
  });
});
