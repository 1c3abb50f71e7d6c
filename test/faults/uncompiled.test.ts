import { lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { readRun } from '../../src/checkpoint/store.js';
import { defineStrategy, recipeShape, scopedNetwork, sharedNetwork, tf, type ExpertKind } from '../../src/extend.js';
import { learn } from '../../src/learner/learn.js';
import { summarize } from '../../src/report/summary.js';
import { openRun } from '../../src/run/open.js';
import { tinyTask } from '../support/tiny-tasks.js';
import { write } from './files.js';

/** A linear map whose factor is read back from TensorFlow, as a graph cannot. */
const readsBack: ExpertKind<{ kind: 'reads-back' }> = {
  kind: 'reads-back',
  schema: z.strictObject({ kind: z.literal('reads-back') }),
  accepts: () => true,
  network: (_, input) =>
    scopedNetwork('reads-back', input, (scope, x) => {
      const factor = tf.mean(x).dataSync()[0] ?? 0;
      return tf.mul(tf.matMul(tf.reshape(x, [-1, 64]), scope.weight('kernel', [64, 8], { fanIn: 64 }) as never), 1 + factor);
    }),
};

const strategy = defineStrategy({
  name: 'reading-back',
  options: recipeShape,
  create: (options) => sharedNetwork('reading-back', options, () => ({ kind: 'reads-back' }), { kinds: [readsBack] }),
});

it('O5: a step that falls back to running uncompiled is told once, and kept in the run record and its report, over a resume too', async () => {
  const run = write({})('run');
  const tasks = ['a', 'b'].map((id, i) => tinyTask(id, i, { train: 48 }));
  const told: string[] = [];
  const notice = expect.stringMatching(/it reads back what Mean gives.*; it runs uncompiled: slower, and sums round otherwise$/) as string;
  const learning = strategy.create({ epochs: 12, batchSize: 16 });
  await lastValueFrom(learn(tasks, learning, { run, tasks: 1, onNotice: (line) => told.push(line) }));
  learning.dispose();
  expect(told).toEqual([notice]);
  expect((await readRun(run)).notices).toEqual([notice]);

  const opened = await openRun(run, { strategies: [strategy] });
  await lastValueFrom(opened.resume(tasks));
  const record = await readRun(run);
  expect(record.tasks).toHaveLength(2);
  expect(record.notices).toEqual([notice]);
  expect(summarize(record, { path: run }).warnings).toContainEqual(notice);
});
