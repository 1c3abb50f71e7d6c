import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRun, readSnapshot, verifyRun } from '../../src/checkpoint/store.js';
import { frozenGroup } from '../../src/core/frozen-weights.js';
import type { LearnEvent } from '../../src/core/events.js';
import type { TaskStream } from '../../src/core/stream.js';
import { formatSafetensors } from '../../src/data/formats/safetensors.js';
import { attached } from '../../src/experts/attached.js';
import { readState, unpackMemory } from '../../src/experts/codec.js';
import type { Expert } from '../../src/experts/expert.js';
import { exportRun } from '../../src/export/export-run.js';
import { learn, type LearnOptions } from '../../src/learner/learn.js';
import { renderInspection } from '../../src/report/inspect.js';
import { openRun } from '../../src/run/open.js';
import { finetune } from '../../src/strategies/finetune/finetune.js';
import { hat } from '../../src/strategies/hat/hat.js';
import { independent } from '../../src/strategies/independent/independent.js';
import { lwf } from '../../src/strategies/lwf/lwf.js';
import { ncm } from '../../src/strategies/ncm/ncm.js';
import { begunExpert } from '../../src/strategies/par/begun-expert.js';
import { par, type ParInput } from '../../src/strategies/par/par.js';
import { packedShape } from '../../src/strategies/par/task-under-way.js';
import type { Strategy } from '../../src/strategies/strategy.js';
import { arrayStream, type UserTask } from '../../src/streams/array-task.js';
import { largestDifference, play } from '../export/play.js';
import { tinyImageTask, tinyImageTasks as tasks, tinyLite0Arrays, writeTinyLite0 } from '../support/tiny-backbone.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-backbone-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const weights = writeTinyLite0();
const backbone = `efficientnet-lite0:${weights}@32`;
const recipe = { epochs: 5, batchSize: 8, learningRate: 0.05, weightDecay: 0, engine: 'eager' } as const;
const patched = { ...recipe, network: 'patch' } as const;
const parOptions = { ...recipe, samples: 3, stages: ['stage6', 'stage7', 'head'] } satisfies ParInput;

/** These tasks with nothing to validate on: then the last epoch counts, also where the head that training starts with makes no mistake. */
const unjudged = (given: readonly UserTask[]) =>
  arrayStream(
    given.map(({ id, train, test, inputShape }) => ({ ...(id !== undefined && { id }), train, test, ...(inputShape && { inputShape }) })),
    { validation: 0 },
  );

async function run(strategy: Strategy, options: LearnOptions = {}, given: TaskStream | readonly UserTask[] = tasks): Promise<LearnEvent[]> {
  const events: LearnEvent[] = [];
  try {
    await learn(given, strategy, { backbone, ...options }).forEach((event) => void events.push(event));
    return events;
  } finally {
    strategy.dispose();
  }
}

async function learned(name: string, strategy: Strategy, given?: TaskStream | readonly UserTask[]): Promise<string> {
  const path = join(folder, name);
  await run(strategy, { run: path }, given);
  return path;
}

const testInputs = (task: UserTask | undefined) => Float32Array.from((task?.test as { inputs: Float32Array }).inputs);

async function answersOf(path: string, task: UserTask | undefined) {
  const opened = await openRun(path);
  const found = await opened.predict(testInputs(task), { task: String(task?.id) });
  opened.close();
  return found;
}

describe('a run whose experts stand on a backbone', () => {
  let whole: string;
  beforeAll(async () => {
    whole = await learned('whole', independent({ ...patched, stages: ['stage6', 'head'] }));
  });

  it('learns, and keeps what the backbone is and its weights once', async () => {
    const { accuracy, experts, backbone: kept, files, features, tasks: records } = await readRun(whole);
    expect(
      accuracy.at(-1)?.every((value) => (value ?? 0) > 0.8),
      String(accuracy.at(-1)),
    ).toBe(true);
    expect(kept).toMatchObject({ asked: backbone, name: 'efficientnet-lite0', side: 32 });
    const sha256 = kept?.sha256 ?? '';
    expect(experts.map(({ on, architecture }) => [on, architecture])).toEqual(
      Array(3).fill([
        { backbone: 'efficientnet-lite0', sha256 },
        { kind: 'attached', module: 'patch', side: 32, stages: ['stage6', 'head'], readout: 'every' },
      ]),
    );
    expect(Object.keys(files).filter((group) => group.startsWith('frozen/'))).toEqual([frozenGroup(sha256)]);
    expect([features.asked, features.used.image?.size]).toEqual([backbone, 16]);
    expect(records.every(({ normalization }) => normalization === null)).toBe(true);
    expect(await verifyRun(whole)).toEqual([]);
  });

  it('is reported with it', async () => {
    const opened = await openRun(whole);
    const report = await opened.report();
    opened.close();
    expect(renderInspection(report)).toContain('stands on efficientnet-lite0');
  });

  it('goes on to the same end, also where the weights have moved; earlier answers stay to the last bit', async () => {
    const path = await learned('resumed', independent({ ...patched, stages: ['stage6', 'head'] }), tasks.slice(0, 1));
    const before = await answersOf(path, tasks[0]);
    const opened = await openRun(path);
    await lastValueFrom(opened.resume([...tasks], { backbone: `efficientnet-lite0:${writeTinyLite0()}@32` }));
    opened.close();
    expect(await answersOf(path, tasks[0])).toEqual(before);
    expect((await readRun(path)).files).toEqual((await readRun(whole)).files);
  });

  it('is exported with the backbone written once, and answers in plain tfjs as the run does', async () => {
    const out = join(folder, 'export');
    const manifest = await exportRun(whole, out);
    expect(readdirSync(join(out, 'networks')).filter((name) => name.startsWith('frozen'))).toHaveLength(1);
    const strategy = independent({ ...patched, stages: ['stage6', 'head'] });
    await strategy.restore(await readSnapshot(whole));
    for (const [i, task] of tasks.entries()) {
      const inputs = testInputs(task).subarray(0, 5 * 432);
      const record = (await readRun(whole)).tasks[i];
      if (!record) throw new Error(`task ${task.id ?? ''} expected`);
      const { logits } = await strategy.predict(record, { inputs, shape: [12, 12, 3], labels: new Int32Array(5) });
      const model = join(out, manifest.tasks[i]?.model ?? '');
      const [found] = await play([{ model, shape: [12, 12, 3], values: [...inputs], batch: 2 }], folder);
      expect(found?.backend).toBe('cpu');
      expect(largestDifference(found?.logits.flat() ?? [], logits)).toBeLessThan(1e-5);
    }
    strategy.dispose();
  });

  it('learns the same whether hidden values below the patch are kept or not, but for how sums are rounded', async () => {
    const kept = await readSnapshot(await learned('kept', independent({ ...patched, stages: ['head'] }), tasks.slice(0, 1)));
    // A brightness that is not changed is an augmentation all the same, so everything is computed in every step.
    const still = tasks.slice(0, 1).map((task) => ({ ...task, augment: [{ kind: 'brightness', delta: 0 } as const] }));
    const through = await readSnapshot(await learned('through', independent({ ...patched, stages: ['head'] }), still));
    const head = ({ arrays }: typeof kept) => arrays['heads/0']?.['head.weight']?.data as Float32Array;
    expect(largestDifference(head(kept), head(through))).toBeLessThan(1e-3);
    expect(head(kept)).not.toEqual(new Float32Array(head(kept).length));
  });

  it('begins with the head that suits the backbone as it is, and keeps that where no epoch is better on validation examples', async () => {
    const judged = await readSnapshot(whole);
    const numbers = (snapshot: typeof judged) =>
      Object.entries(snapshot.arrays['experts/e0'] ?? {}).flatMap(([, { data }]) => Array.from(data as Float32Array));
    expect((await readRun(whole)).accuracy.at(-1)).toEqual([1, 1, 1]); // logistic regression on the backbone's features makes no mistake
    expect(new Set(numbers(judged))).toEqual(new Set([0]));
    const trained = await learned('unjudged', independent({ ...patched, stages: ['head'] }), unjudged(tasks.slice(0, 1)));
    expect(numbers(await readSnapshot(trained)).some((value) => value !== 0)).toBe(true);
  });

  it('trains one network for all tasks, with and without old logits held', async () => {
    for (const strategy of [finetune(patched), lwf(patched)]) {
      const { experts, accuracy } = await readRun(await learned(`one-${strategy.name}`, strategy));
      expect(experts.map((expert) => expert.tasks)).toEqual([['t0', 't1', 't2']]);
      expect(accuracy.at(-1)?.at(-1)).toBeGreaterThan(0.8);
    }
  });
});

describe('PAR on a backbone', () => {
  const stagesOf = ({ experts }: Awaited<ReturnType<typeof readRun>>) => experts.map(({ architecture }) => architecture['stages']);

  it('searches which stages are patched, and pays a price for each number', async () => {
    const path = await learned('par-search', par({ ...parOptions, allocateThreshold: -1, regularizeThreshold: -1 }));
    const record = await readRun(path);
    expect(record.tasks.map(({ decision }) => decision?.kind)).toEqual(['search', 'search', 'search']);
    for (const stages of stagesOf(record)) expect(parOptions.stages).toEqual(expect.arrayContaining(stages as string[]));
    // 32 numbers cost nearly all that accuracy can be: of the two choices for one stage, the one without a patch wins.
    const dear = { ...parOptions, stages: ['head'], samples: 8 };
    expect(stagesOf(await readRun(await learned('par-dear', par({ ...dear, price: 0.03 }), tasks.slice(0, 1))))).toEqual([[]]);
    expect(stagesOf(await readRun(await learned('par-free', par(dear), tasks.slice(0, 1))))).toEqual([['head']]);
  });

  it('begins a known configuration as the nearest expert is, or afresh', async () => {
    const path = await learned('par-start', par({ ...parOptions, regularizeThreshold: -1 }), unjudged(tasks.slice(0, 1)));
    const { state, arrays } = await readSnapshot(path);
    const memory = unpackMemory(readState('par', state, packedShape), arrays, [attached]);
    const [model] = memory.experts as [Expert];
    const fresh = {
      ...model,
      id: 'e1',
      architectureFrom: 'e0',
      vectors: { ...model.vectors, parameters: new Float32Array(model.vectors.parameters.length) },
    };
    expect(model.vectors.parameters).not.toEqual(fresh.vectors.parameters);
    expect(begunExpert(fresh, memory, { start: 'nearest' }).vectors).toBe(model.vectors);
    expect(begunExpert(fresh, memory, { start: 'fresh' }).vectors).toBe(fresh.vectors);
  });

  it('begins a head alone with the one that suits its expert, and keeps that where no epoch is better', async () => {
    const few = [tinyImageTask(0), { ...tinyImageTask(0, 16), id: 'few' }];
    const headAt = async (learningRate: number) => {
      const path = await learned(
        `par-few-${learningRate}`,
        par({ ...parOptions, stages: ['head'], regularizeThreshold: 1, learningRate }),
        few,
      );
      expect((await readRun(path)).tasks[1]?.decision).toMatchObject({ kind: 'regularize', mode: 'head-only' });
      return (await readSnapshot(path)).arrays['heads/1']?.['head.weight']?.data as Float32Array;
    };
    expect(largestDifference(await headAt(0.05), await headAt(1))).toBeLessThan(1e-5);
  });

  it('leaves answers of other experts as they were, to the last bit; those of the expert that is trained further change', async () => {
    const options = { ...parOptions, allocateThreshold: -1, regularizeThreshold: 0.3 };
    const given = [...tasks.slice(0, 2), { ...tinyImageTask(0), id: 'again' }];
    const path = await learned('par-joined', par(options), unjudged(given.slice(0, 2)));
    const before = [await answersOf(path, given[0]), await answersOf(path, given[1])];
    const opened = await openRun(path);
    await lastValueFrom(opened.resume(unjudged(given)));
    opened.close();
    const { tasks: records, experts } = await readRun(path);
    expect(records[2]?.decision).toMatchObject({ kind: 'regularize', mode: 'distil', expert: 'e0' });
    expect(experts.map((expert) => expert.tasks)).toEqual([['t0', 'again'], ['t1']]);
    expect(await answersOf(path, given[0])).not.toEqual(before[0]);
    expect(await answersOf(path, given[1])).toEqual(before[1]);
  });

  it('is stopped in a search and in a training and goes on to the same end', async () => {
    const options = { ...parOptions, allocateThreshold: -1, regularizeThreshold: -1 };
    const whole = await learned('par-whole', par(options), tasks.slice(0, 2));
    const path = join(folder, 'par-stopped');
    for (const type of ['candidate-evaluated', 'epoch-ended'] as const) {
      const stop = new AbortController();
      const opened = type === 'candidate-evaluated' ? undefined : await openRun(path);
      const strategy = par(options);
      const going = opened
        ? opened.resume(tasks.slice(0, 2), { signal: stop.signal })
        : learn(tasks.slice(0, 2), strategy, { run: path, backbone, signal: stop.signal });
      await going.forEach((event) => event.type === type && stop.abort()).catch(() => undefined);
      strategy.dispose();
      opened?.close();
      expect(await verifyRun(path)).toEqual([]);
    }
    const last = await openRun(path);
    await lastValueFrom(last.resume(tasks.slice(0, 2)));
    last.close();
    expect((await readRun(path)).files).toEqual((await readRun(whole)).files);
  });
});

describe('backbones that do not fit', () => {
  it('are refused for tasks of another domain', async () => {
    const split = { inputs: new Float32Array(64).map((_, i) => i), labels: Int32Array.from({ length: 8 }, (_, i) => i % 2) };
    const rows: UserTask = { id: 'rows', train: split, test: split, inputShape: [8] };
    const options = { features: 'pixels' };
    await expect(run(independent(patched), options, [tasks[0] as UserTask, rows])).rejects.toMatchObject({
      code: 'data',
      message: 'task rows: inputs of domain image expected, as backbone efficientnet-lite0 takes them, found vector [8]',
    });
  });

  it('are refused where a run goes on with other weights, or with images of another side', async () => {
    const path = await learned('others', independent({ ...patched, stages: ['head'] }), tasks.slice(0, 1));
    const { backbone: kept } = await readRun(path);
    const other = `efficientnet-lite0:${writeTinyLite0(1)}@32`;
    const opened = await openRun(path);
    await expect(lastValueFrom(opened.resume([...tasks], { backbone: other, features: backbone }))).rejects.toMatchObject({
      code: 'data',
      message: expect.stringContaining(
        `backbone efficientnet-lite0@32 with weights ${kept?.sha256 ?? ''} expected, as the run was made with, found`,
      ) as string,
    });
    await expect(
      lastValueFrom(opened.resume([...tasks], { backbone: `efficientnet-lite0:${weights}@48`, features: backbone })),
    ).rejects.toThrow('found efficientnet-lite0@48 with weights');
    opened.close();
  });

  it('are refused as another network, incomplete, unknown, or missing', async () => {
    const file = (name: string, arrays: ReturnType<typeof tinyLite0Arrays>) => {
      const path = join(folder, name);
      writeFileSync(path, formatSafetensors(arrays));
      return path;
    };
    const headless = Object.fromEntries(Object.entries(tinyLite0Arrays()).filter(([name]) => !name.startsWith('head/')));
    const cases = [
      [`resnet18:${weights}`, 'a residual network of basic blocks expected'],
      [
        `efficientnet-lite0:${file('headless.safetensors', headless)}`,
        'EfficientNet-Lite0 with head/kernel [1, 1, 12, any] and head/bias expected, found none',
      ],
      [
        'efficientnet-lite1',
        'backbone: one of efficientnet-lite0, resnet18, minilm, albert, whisper-tiny, or a path of weights expected, found "efficientnet-lite1"',
      ],
      ['resnet18', 'backbone resnet18: resnet18:PATH expected, found no path'],
      [`efficientnet-lite0:${weights}@8`, 'a side of 32 to 1024 behind @ expected, found 8'],
    ] as const;
    for (const [asked, message] of cases) {
      await expect(run(independent(patched), { backbone: asked, features: 'pixels' }), asked).rejects.toThrow(message);
    }
  });

  it('are refused beside features of the same network at another side', async () => {
    await expect(run(independent(patched), { features: `efficientnet-lite0:${weights}@64` })).rejects.toThrow(
      'images of side 32 expected, as backbone efficientnet-lite0 sees them, found 64',
    );
  });

  it('are refused by strategies that train networks of their own, and are features for those that answer from features', async () => {
    await expect(run(hat({ epochs: 1 }))).rejects.toThrow('backbone: a strategy whose experts can stand on one expected, found hat');
    await expect(run(finetune({ epochs: 1, network: 'mlp' }))).rejects.toThrow('expected, found finetune with network mlp');
    const path = await learned('ncm', ncm());
    const { backbone: kept, features } = await readRun(path);
    expect([kept, features.used.image?.name]).toEqual([undefined, backbone]);
  });

  it('are missed by networks that stand on one', async () => {
    const strategy = finetune(patched);
    await expect(lastValueFrom(learn([...tasks], strategy))).rejects.toThrow('finetune: a backbone for network patch expected, found none');
    strategy.dispose();
  });
});
