import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { readRun, readSnapshot, verifyRun } from '../../src/checkpoint/store.js';
import { frozenGroup } from '../../src/core/frozen-weights.js';
import type { Input } from '../../src/core/input.js';
import { hashArrays } from '../../src/data/hash-arrays.js';
import { decisionKinds, defineDecision, definePar, frozenExpertBase, measuredFrom, type Group } from '../../src/extend.js';
import type { Expert } from '../../src/experts/expert.js';
import { learn } from '../../src/learner/learn.js';
import { mlpNetwork } from '../../src/nn/mlp.js';
import { openRun } from '../../src/run/open.js';
import { groupsFor } from '../../src/strategies/par/known.js';
import { tinyPar, tinyTask } from '../support/tiny-tasks.js';
import { stretched } from './stretched.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-attached-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const tasksIn = (groups: readonly Group[]) => groups.reduce((sum, { tasks }) => sum + tasks.length, 0);
const told = { words: 'told to', threshold: null, reason: 'It is told to.' } as const;

/** The second task gets scales and shifts on the first expert, as it is then. */
const attach = defineDecision({
  name: 'attach',
  propose(numbers) {
    const [first] = numbers.groups;
    if (!first || tasksIn(numbers.groups) !== 1) return undefined;
    return { ...told, joining: 'copied', from: first.expert, ...measuredFrom(numbers, first) };
  },
  start(_, { memory: { experts }, newExpert }) {
    const [first] = experts;
    return first && { expert: newExpert({ kind: 'stretched' }, first.id, frozenExpertBase(first)), added: true, phase: 'train' };
  },
});

/** The third trains the first expert further. */
const rejoin = defineDecision({
  name: 'rejoin',
  propose(numbers) {
    const [first] = numbers.groups;
    if (!first || tasksIn(numbers.groups) !== 2) return undefined;
    return { ...told, joining: 'distil', expert: first.expert, ...measuredFrom(numbers, first) };
  },
  start(_, { memory: { experts } }) {
    const [first] = experts;
    return first && { expert: first, added: false, phase: 'distil' };
  },
});

const attachingPar = definePar({ name: 'attaching-par', decisions: [attach, rejoin, ...decisionKinds], kinds: [stretched] });
const settings = { ...tinyPar, epochs: 3, learningRate: 0.05, regularizeThreshold: -1, allocateThreshold: 1 };
const tasks = [tinyTask('a', 0), tinyTask('b', 1), tinyTask('c', 0, { sample: 1 }), tinyTask('d', 1, { sample: 1 })];

async function learned(name: string, count: number): Promise<string> {
  const strategy = attachingPar.create(settings);
  await lastValueFrom(learn(tasks.slice(0, count), strategy, { run: join(folder, name) }));
  strategy.dispose();
  return join(folder, name);
}

async function answersOf(run: string, task: string) {
  const opened = await openRun(run, { strategies: [attachingPar] });
  const found = await opened.predict(tasks[1]?.test.inputs as Float32Array, { task });
  opened.close();
  return found;
}

const image = (side: number): Input => ({ domain: 'image', shape: [side, side, 1], dtype: 'float32' });

/** An expert of 8x8 images on this. */
const expert = (on: Expert['on']): Expert => ({
  ...{ id: on ? 'e1' : 'e0', on, architecture: { kind: 'perceptron', units: [2] }, architectureFrom: null, input: image(8) },
  ...{
    network: mlpNetwork({ inputShape: [8, 8, 1], units: [2] }),
    vectors: { parameters: new Float32Array(130), statistics: new Float32Array(0) },
  },
  ...{ tasks: [], largestTrain: 0, revision: 0 },
});

describe('an expert on another', () => {
  it('keeps what that one was when it learns further, to the last bit, and so does one that copies it; stopped runs go on to the same end', async () => {
    const run = await learned('run', 2);
    const before = { b: await answersOf(run, 'b'), files: (await readRun(run)).files, arrays: (await readSnapshot(run)).arrays };
    const opened = await openRun(run, { strategies: [attachingPar] });
    await lastValueFrom(opened.resume(tasks));
    opened.close();

    const { experts, files, tasks: known } = await readRun(run);
    expect(known.map(({ expert, decision }) => [expert, decision?.kind === 'own' ? decision.name : decision?.kind])).toEqual([
      ['e0', 'search'],
      ['e1', 'attach'],
      ['e0', 'rejoin'],
      ['e2', 'reuse-architecture'],
    ]);
    const sha256 = experts[1]?.on?.sha256 ?? '';
    expect(experts.map(({ on }) => on)).toEqual([null, { expert: 'e0', sha256 }, { expert: 'e0', sha256 }]);
    expect(Object.keys(files).filter((group) => group.startsWith('frozen/'))).toEqual([frozenGroup(sha256)]);

    expect(files['experts/e0']?.sha256).not.toBe(before.files['experts/e0']?.sha256);
    expect(await answersOf(run, 'b')).toEqual(before.b);
    const frozen = (await readSnapshot(run)).arrays[frozenGroup(sha256)] ?? {};
    expect(hashArrays(frozen)).toBe(sha256);
    const was = Object.entries(before.arrays['experts/e0'] ?? {}).flatMap(([name, { data }]) =>
      name.includes('running') ? [] : [...data],
    );
    expect([...(frozen['parameters']?.data ?? [])].sort()).toEqual(was.sort());

    expect(await verifyRun(run)).toEqual([]);
    expect((await readRun(await learned('whole', 4))).files).toEqual(files);
  }, 60_000);

  it('is no model for inputs of another shape', () => {
    const memory = { revisions: {}, kept: {}, tasks: [], experts: [expert(null), expert({ expert: 'e0', sha256: '' })] };
    const fits = (input: Input) => groupsFor({ input }, memory, []).map(({ fit }) => fit);
    expect([fits(image(8)), fits(image(9))]).toEqual([
      ['join', 'join'],
      ['copy', 'none'],
    ]);
  });
});
