import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Task } from '../../src/core/task.js';
import { pixels } from '../../src/features/pixels.js';
import { arraySplit } from '../../src/data/array-split.js';
import { newExpert } from '../../src/experts/expert.js';
import { expertKinds } from '../../src/experts/kinds.js';
import { createStepCache } from '../../src/nn/step-cache.js';
import { updateRule } from '../../src/experts/training/expert-training.js';
import { checkTasks } from '../../src/strategies/check/check-tasks.js';
import { derpp } from '../../src/strategies/derpp/derpp.js';
import { er } from '../../src/strategies/er/er.js';
import { erOptionsSchema } from '../../src/strategies/er/options.js';
import { fixedArchitecture } from '../../src/strategies/shared/fixed-architecture.js';
import type { TrainingContext } from '../../src/strategies/shared/method.js';
import { replayBatches } from '../../src/strategies/er/replay-batches.js';
import { keepExamples, selectExamples, type ReplayBuffer } from '../../src/strategies/shared/replay-buffer.js';
import type { Memory } from '../../src/experts/memory.js';
import { learnTasks, stateAfter, tinyMlp } from './tiny-strategies.js';

const tasks = checkTasks(3);

/** A task whose example i of class c is the number 1000 task + 100 c + i, so that every example can be told from all others. */
function numbered(index: number, sizes: readonly number[]): Task {
  const [base] = checkTasks(1) as [Task];
  const labels = sizes.flatMap((size, c) => Array.from({ length: size }, () => c));
  const values = sizes.flatMap((size, c) => Array.from({ length: size }, (_, i) => 1000 * index + 100 * c + i));
  const train = arraySplit([1], Float32Array.from(values), Int32Array.from(labels));
  return {
    ...base,
    id: `n${index}`,
    index,
    classes: sizes.map((_, c) => `${index}-${c}`),
    input: { domain: 'vector', shape: [1], dtype: 'float32' },
    normalization: null,
    train,
  };
}

/** A training after earlier ones whose kept examples are given. */
function trainingContext(task: Task, earlier: readonly Task[], buffer: ReplayBuffer | undefined, batchSize = 4): TrainingContext {
  const settings = erOptionsSchema.parse({ ...tinyMlp, batchSize });
  const memory: Memory = {
    experts: [],
    tasks: earlier.map((ref) => ({ ref, expert: 'e0', head: new Float32Array(0) })),
    kept: buffer ? keepExamples(buffer) : {},
    revisions: {},
  };
  return {
    ...{ task, settings, memory, seed: 3, signal: undefined, earlier: memory.tasks },
    expert: newExpert({ id: 'e0', architecture: fixedArchitecture(settings)(task.input), architectureFrom: null }, task, 3, expertKinds),
    rule: updateRule(settings, false),
    heads: [...earlier, task].map(({ classes }) => classes.length),
    initial: { weights: new Float32Array(0), statistics: new Float32Array(0) },
    steps: createStepCache('eager'),
    known: () => undefined,
    features: pixels(),
  };
}

async function bufferAfter(stream: readonly Task[], memory: number): Promise<ReplayBuffer> {
  let buffer: ReplayBuffer | undefined;
  for (const [i, task] of stream.entries()) ({ buffer } = await selectExamples(trainingContext(task, stream.slice(0, i), buffer), memory));
  if (!buffer) throw new Error('a buffer expected');
  return buffer;
}

const perClass = ({ labels, tasks: owners }: ReplayBuffer) => {
  const counts = new Map<string, number>();
  labels.forEach((label, row) => {
    const key = `${owners[row]}-${label}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  return counts;
};

describe('the replay buffer', () => {
  it('keeps every example once when there is room for all', async () => {
    const buffer = await bufferAfter([numbered(0, [12, 8]), numbered(1, [3, 2])], 1000);
    expect(buffer.labels).toHaveLength(25);
    expect(new Set(buffer.inputs).size).toBe(25);
  });

  it('is balanced over the classes seen, holds each example at most once, and with its own label and task', async () => {
    const sizes = fc.array(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 40 }), async (stream, memory) => {
        const buffer = await bufferAfter(
          stream.map((classes, index) => numbered(index, classes)),
          memory,
        );
        const total = stream.flat().reduce((sum, size) => sum + size, 0);
        expect(buffer.labels).toHaveLength(Math.min(memory, total));
        expect(new Set(buffer.inputs).size).toBe(buffer.labels.length);
        buffer.inputs.forEach((value, row) => {
          expect([buffer.tasks[row], buffer.labels[row]]).toEqual([Math.floor(value / 1000), Math.floor(value / 100) % 10]);
        });
        const counts = perClass(buffer);
        const largest = Math.max(...counts.values());
        for (const [task, classes] of stream.entries()) {
          for (const [label, size] of classes.entries()) {
            const kept = counts.get(`${task}-${label}`) ?? 0;
            expect(kept).toBeGreaterThanOrEqual(Math.min(size, largest - 1));
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('gives up old examples only for new ones', async () => {
    const stream = [numbered(0, [9, 9]), numbered(1, [9, 9])];
    const before = await bufferAfter(stream.slice(0, 1), 8);
    const after = await bufferAfter(stream, 8);
    const old = [...after.inputs].filter((value) => value < 1000);
    expect(old).toHaveLength(4);
    expect([...before.inputs]).toEqual(expect.arrayContaining(old));
  });
});

describe('er', () => {
  it('has kept examples of earlier tasks in every batch, each for its own head', async () => {
    const stream = [numbered(0, [9, 9]), numbered(1, [5, 5])];
    const buffer = await bufferAfter(stream.slice(0, 1), 6);
    const training = trainingContext(stream[1] as Task, stream.slice(0, 1), buffer);
    const seen: number[] = [];
    for await (const { size, x, y, more } of replayBatches(training, buffer, 3, 0)) {
      const values = [...x.data];
      const own = values.filter((value) => value >= 1000);
      const kept = values.filter((value) => value < 1000);
      expect([kept.length, new Set(kept).size, size]).toEqual([3, 3, own.length + 3]);
      expect([...buffer.inputs]).toEqual(expect.arrayContaining(kept));
      expect([...y]).toEqual(values.map((value) => 2 * Math.floor(value / 1000) + (Math.floor(value / 100) % 10)));
      const rows = values.map((_, row) => [...(more?.['offsets']?.data.subarray(4 * row, 4 * row + 4) ?? [])]);
      rows.forEach((row, i) =>
        expect(row.map((offset) => offset === 0)).toEqual([0, 0, 1, 1].map((head) => head === ((values[i] ?? 0) < 1000 ? 0 : 1))),
      );
      seen.push(...own);
    }
    expect(seen.sort()).toEqual([1000, 1001, 1002, 1003, 1004, 1100, 1101, 1102, 1103, 1104]);
  });

  it('keeps its examples in the state, raw and with the memory that it was given', async () => {
    const { arrays } = await stateAfter(er({ ...tinyMlp, memory: 10 }), tasks);
    expect(arrays['memory/examples']?.['inputs']?.shape).toEqual([10, 8, 8, 1]);
    expect(Math.min(...(arrays['memory/examples']?.['inputs']?.data ?? [-1]))).toBeGreaterThanOrEqual(0);
    expect(new Set(arrays['memory/examples']?.['tasks']?.data)).toEqual(new Set([0, 1, 2]));
  });
});

describe('derpp', () => {
  it('keeps with each example what all heads of its time answered', async () => {
    const strategy = derpp({ ...tinyMlp, memory: 8 });
    await learnTasks(strategy, tasks.slice(0, 2));
    const before = (await strategy.save()).arrays;
    expect(before['memory/answers']?.['answers']?.shape).toEqual([8, 4]);
    const examples = (arrays: typeof before, row: number) => [
      ...(arrays['memory/examples']?.['inputs']?.data.subarray(64 * row, 64 * row + 64) ?? []),
    ];
    const answers = (arrays: typeof before, row: number) => {
      const { shape = [], data = new Float32Array() } = arrays['memory/answers']?.['answers'] ?? {};
      return [...data.subarray((shape[1] ?? 0) * row, (shape[1] ?? 0) * (row + 1))];
    };
    for (let row = 0; row < 8; row++) {
      const known = before['memory/answers']?.['known']?.data[row];
      expect(known).toBe(before['memory/examples']?.['tasks']?.data[row] === 0 ? 2 : 4);
      if (known !== 4) continue;
      const inputs = Float32Array.from(examples(before, row));
      const all = await strategy.predictAll?.({ inputs, shape: [8, 8, 1], labels: new Int32Array(1) });
      // The second task's normalization is that of the examples; its own head answers the same through predictAll. There a batch answered, here
      // one example: sums of 64, 8 and 8 products in float32 whose order is not the same, 80 * 2^-24 = 4.8e-6 for scores of about 1.
      answers(before, row)
        .slice(2)
        .forEach((score, c) => expect(score).toBeCloseTo(all?.[1]?.logits[c] ?? NaN, 5));
      expect(all?.[1]?.logits).toHaveLength(2);
    }
    await learnTasks(strategy, tasks.slice(2));
    const after = (await strategy.save()).arrays;
    strategy.dispose();
    const rows = Array.from({ length: 8 }, (_, row) => row);
    for (const row of rows) {
      const old = rows.find((candidate) => examples(before, candidate).join() === examples(after, row).join());
      if (old !== undefined) expect(answers(after, row)).toEqual([...answers(before, old), 0, 0]);
    }
  });

  it('with alpha and beta 0 trains on the new examples alone', async () => {
    const kept = (options: object) => stateAfter(derpp({ ...tinyMlp, memory: 8, ...options }), tasks.slice(0, 2));
    const [none, answersOnly, labelsOnly] = [
      await kept({ alpha: 0, beta: 0 }),
      await kept({ alpha: 1, beta: 0 }),
      await kept({ alpha: 0, beta: 1 }),
    ];
    const head = (state: typeof none) => state.arrays['heads/0']?.['head.bias']?.data;
    expect(head(answersOnly)).not.toEqual(head(none));
    expect(head(labelsOnly)).not.toEqual(head(none));
    expect(head(labelsOnly)).not.toEqual(head(answersOnly));
  });
});
