import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { readRun, readSnapshot, verifyRun } from '../../src/checkpoint/store.js';
import type { Snapshot } from '../../src/core/snapshot.js';
import type { TaskRef } from '../../src/core/task.js';
import { exportRun } from '../../src/export/export-run.js';
import { finetune, joint, learn, par } from '../../src/index.js';
import { tf } from '../../src/nn/backend.js';
import type { UserTask } from '../../src/streams/array-task.js';
import type { Strategy } from '../../src/strategies/strategy.js';
import { tempFolder } from '../data/temp-folder.js';
import { largestDifference, play } from '../export/play.js';
import { compileSources, root } from '../support/compile-sources.js';
import { normals } from '../support/normals.js';
import { savedState, stopAndResume } from '../support/stop-and-resume.js';
import { writeTinyWhisper } from '../support/tiny-whisper.js';
import { recurrentExperts, recurrentStream, recurrentTasks } from './recurrent-tasks.js';

const folder = tempFolder();
const place = (name: string) => join(folder, name);
const on = `whisper-tiny:${writeTinyWhisper().weights}`;
const shape = [20, 80] as const;
const sounds = normals(4 * 1600, 'asked');

/** Logits of a learned task for the same sounds. */
const logitsOf = async (strategy: Strategy, { id }: Pick<UserTask, 'id'>) =>
  (await strategy.predict({ id: String(id) } as TaskRef, { inputs: sounds, shape, labels: new Int32Array(4) })).logits;

/** Learns all tasks; the logits of each so far after each, and what the run says in the end. */
async function learned(strategy: Strategy, run: string) {
  const after: Promise<Float32Array[]>[] = [];
  await learn(recurrentStream(), strategy, { run, backbone: on }).forEach(({ type }) => {
    if (type !== 'task-learned') return;
    after.push(Promise.all(recurrentTasks.slice(0, after.length + 1).map(async (task) => logitsOf(strategy, task))));
  });
  const logits = await Promise.all(after);
  strategy.dispose();
  const { experts, tasks } = await readRun(run);
  return { after: logits, experts, tasks };
}

const controllers = (experts: readonly { readonly controller?: string }[]) => experts.map(({ controller }) => controller);

describe('experts under one controller', () => {
  it('that freezes after the first task: earlier answers stay bit for bit, and it is counted and kept once', async () => {
    const run = place('frozen');
    const { after, experts, tasks } = await learned(recurrentExperts(), run);
    const [first, second, third] = after;
    expect(second?.[0]).toEqual(first?.[0]);
    expect(third?.slice(0, 2)).toEqual(second);
    expect(new Set(controllers(experts)).size).toBe(1);
    const [controller, head, classifier] = [128 * 8 + 2 * 8, 8 * 128 + 128, 128 * 2 + 2];
    expect(experts.map(({ parameters, bytes }) => [parameters, bytes / 4])).toEqual(
      [controller + head, head, head].map((numbers) => [numbers, numbers]),
    );
    expect(tasks.map(({ addedParameters }) => addedParameters)).toEqual(
      [controller + head, head, head].map((numbers) => numbers + classifier),
    );
    const { arrays } = await readSnapshot(run);
    expect(Object.keys(arrays).filter((group) => group.startsWith('frozen/'))).toHaveLength(2);
    expect(Object.keys(arrays['experts/e0'] ?? {})).toEqual(['head.out', 'head.out-bias']);
    expect(await verifyRun(run)).toEqual([]);
    const second1 = arrays['experts/e1']?.['head.out']?.data ?? expect.fail();
    expect(second1.some((value) => value !== 0)).toBe(true);
  });

  it('that freezes after a warm-up of two: the second task changes the first one’s answers, the third nothing', async () => {
    const { after, experts } = await learned(recurrentExperts({ controller: 'freeze-after-warmup', warmup: 2 }), place('warmup'));
    const [first, second, third] = after;
    expect(second?.[0]).not.toEqual(first?.[0]);
    expect(third?.slice(0, 2)).toEqual(second);
    expect(new Set(controllers(experts)).size).toBe(1);
  });

  it('that learns on: every task changes the answers of all before', async () => {
    const run = place('continual');
    const { after, experts } = await learned(recurrentExperts({ controller: 'continual' }), run);
    const [first, second, third] = after;
    expect(second?.[0]).not.toEqual(first?.[0]);
    expect(third?.[0]).not.toEqual(second?.[0]);
    expect(third?.[1]).not.toEqual(second?.[1]);
    expect(new Set(controllers(experts)).size).toBe(1);
    expect(await verifyRun(run)).toEqual([]);
  });

  it('that is random stays as it began; heads alone learn', async () => {
    const run = place('random');
    await lastValueFrom(
      learn(recurrentStream(recurrentTasks.slice(0, 1)), recurrentExperts({ controller: 'random' }), { run, backbone: on }),
    );
    const once = await savedState(run);
    await lastValueFrom(learn(recurrentStream(), recurrentExperts({ controller: 'random' }), { run: place('random 2'), backbone: on }));
    const { experts } = await readRun(place('random 2'));
    const [alone] = (await readRun(run)).experts;
    expect(new Set([...controllers(experts), alone?.controller])).toHaveProperty('size', 1);
    expect(once.arrays['experts/e0']?.['head.out']?.data.some((value) => value !== 0)).toBe(true);
    const { experts: trained } = await readRun(place('frozen'));
    expect(trained[0]?.controller).not.toBe(alone?.controller);
  });

  it.each(['freeze-after-first', 'freeze-after-warmup', 'continual'] as const)(
    'stopped in the middle of a task they go on to the same end (%s)',
    async (controller) => {
      const [whole, stopped] = [place(`whole ${controller}`), place(`stopped ${controller}`)];
      const strategy = recurrentExperts({ controller });
      await lastValueFrom(learn(recurrentStream(), strategy, { run: whole, backbone: on }));
      strategy.dispose();
      await stopAndResume({ run: stopped, backbone: on, tasks: recurrentStream() }, recurrentExperts({ controller }), {
        task: 1,
        epoch: 2,
      });
      expect(await savedState(stopped)).toEqual(await savedState(whole));
    },
  );

  it('lose nothing when the process is killed in the middle of a task', { timeout: 300_000 }, async () => {
    const program = place('program');
    compileSources(['src', 'test/support', 'test/experts'], program);
    for (const linked of ['package.json', 'node_modules']) symlinkSync(join(root, linked), join(program, linked));
    const run = place('killed');
    const child = join(program, 'test/experts/recurrent-child.js');
    for (const [end, at] of [
      ['SIGKILL', 'epoch-ended 0'],
      ['SIGKILL', 'epoch-ended 1'],
      [null, ''],
    ] as const) {
      const learner = spawn(process.execPath, [child, run, on], { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(learner, 'exit');
      let epochs = 0;
      for await (const line of createInterface(learner.stdout)) if (line === at && ++epochs === 2 && end) learner.kill(end);
      expect(await ended).toEqual(end === null ? [0, null] : [null, end]);
      expect(await verifyRun(run)).toEqual([]);
    }
    expect(await savedState(run)).toEqual(await savedState(place('whole freeze-after-first')));
  });

  it('are exported with the encoder, and plain tfjs gives the same logits', async () => {
    const run = place('frozen');
    const { tasks: exported } = await exportRun(run, place('export'));
    const strategy = recurrentExperts();
    await strategy.restore(await readSnapshot(run));
    const wanted = await Promise.all(recurrentTasks.map(async (task) => logitsOf(strategy, task)));
    strategy.dispose();
    for (const [i, { model }] of exported.entries()) {
      const [answer] = await play(
        [{ model: join(place('export'), model), shape: [...shape], values: Array.from(sounds), batch: 3 }],
        folder,
      );
      expect(answer?.backend).toBe('cpu');
      expect(largestDifference(answer?.logits.flat() ?? [], wanted[i] ?? [])).toBeLessThan(1e-5);
    }
  });

  it('leave no tensors behind', async () => {
    const counts: number[] = [];
    const strategy = recurrentExperts({ controller: 'continual', epochs: 2 });
    await learn(recurrentStream([...recurrentTasks, { ...recurrentTasks[0], id: 'again' } as UserTask]), strategy, {
      run: place('tensors'),
      backbone: on,
    }).forEach(({ type }) => {
      if (type === 'task-learned') counts.push(tf.memory().numTensors);
    });
    expect(new Set(counts.slice(1)).size).toBe(1);
    strategy.dispose();
  });
});

describe('other strategies with a controller', () => {
  it('PAR has it over all layers, without a search, for all of its experts', async () => {
    const strategy = par({
      ...{ module: 'recurrent', epochs: 2, batchSize: 8, learningRate: 0.01, readout: 'last', stateSize: 8, fewShot: 0 },
      ...{ regularizeThreshold: -1, allocateThreshold: 1 },
    });
    const types: string[] = [];
    await learn(recurrentStream(), strategy, { run: place('par'), backbone: on }).forEach(({ type }) => types.push(type));
    strategy.dispose();
    expect(types).not.toContain('candidate-evaluated');
    const { tasks, experts } = await readRun(place('par'));
    expect(tasks.map(({ decision }) => decision?.kind)).toEqual(['search', 'reuse-architecture', 'reuse-architecture']);
    expect(experts.map(({ architecture }) => architecture['stages'])).toEqual(Array(3).fill(['layer0', 'layer1']));
    expect(new Set(controllers(experts)).size).toBe(1);
  });

  it('finetune holds it after the first task too; joint, which begins anew, trains it every time', async () => {
    const options = { network: 'recurrent', epochs: 2, batchSize: 8, learningRate: 0.01, readout: 'last', stateSize: 8 } as const;
    const found: (string | undefined)[][] = [];
    for (const [name, strategy] of [
      ['finetune', finetune(options)],
      ['joint', joint(options)],
    ] as const) {
      const hashes: (string | undefined)[] = [];
      await learn(recurrentStream(recurrentTasks.slice(0, 2)), strategy, { run: place(name), backbone: on }).forEach((event) => {
        if (event.type === 'task-learned') hashes.push(strategy.experts()[0]?.controller);
      });
      strategy.dispose();
      found.push(hashes);
    }
    expect(new Set(found[0]).size).toBe(1);
    expect(new Set(found[1]).size).toBe(2);
  });
});

describe('a head under another controller is refused', () => {
  const restored = async (change: (snapshot: Snapshot) => Snapshot) => {
    const strategy = recurrentExperts();
    try {
      await strategy.restore(change(await readSnapshot(place('frozen'))));
    } finally {
      strategy.dispose();
    }
  };
  const experts = ({ state }: Snapshot) => state['experts'] as readonly { readonly controller: string }[];

  it('where the file holds other weights than its hash says', async () => {
    const hash = experts(await readSnapshot(place('frozen')))[0]?.controller ?? expect.fail();
    const group = `frozen/${hash.slice(0, 16)}`;
    const other = await readSnapshot(place('continual'));
    const others = `frozen/${experts(other)[0]?.controller.slice(0, 16)}`;
    await expect(
      restored((snapshot) => ({ ...snapshot, arrays: { ...snapshot.arrays, [group]: other.arrays[others] ?? {} } })),
    ).rejects.toMatchObject({
      code: 'run-corrupt',
      message: `expert e0: a controller with weights ${hash} expected, found weights ${experts(other)[0]?.controller}`,
    });
  });

  it('where an expert has another than those before it', async () => {
    const other = await readSnapshot(place('continual'));
    const [wanted, found] = [experts(await readSnapshot(place('frozen')))[0]?.controller, experts(other)[0]?.controller];
    await expect(
      restored((snapshot) => ({
        ...snapshot,
        arrays: { ...other.arrays, ...snapshot.arrays },
        state: {
          ...snapshot.state,
          experts: experts(snapshot).map((expert, i) => (i === 1 ? { ...expert, controller: found } : expert)),
        },
      })),
    ).rejects.toMatchObject({
      code: 'run-corrupt',
      message: `expert e1: controller ${wanted} expected, as e0 has it, found ${found}`,
    });
  });
});
