import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { readRun } from '../../src/checkpoint/store.js';
import { random } from '../../src/core/random.js';
import { exportRun } from '../../src/export/export-run.js';
import { pixels } from '../../src/features/pixels.js';
import { learn } from '../../src/learner/learn.js';
import { restoreStrategy } from '../../src/run/restore.js';
import { ncm } from '../../src/strategies/ncm/ncm.js';
import { probe } from '../../src/strategies/probe/probe.js';
import { ranpac } from '../../src/strategies/ranpac/ranpac.js';
import { slda } from '../../src/strategies/slda/slda.js';
import type { Strategy } from '../../src/strategies/strategy.js';
import type { UserTask } from '../../src/streams/array-task.js';
import { userTask } from '../strategies/on-features/vector-tasks.js';
import { tinyTask } from '../support/tiny-tasks.js';
import { largestDifference, play, type Request } from './play.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-export-features-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const images = [tinyTask('a', 0, { size: 8 }), tinyTask('b', 1, { size: 8, classes: 3, train: 90 })];
const columns = await Promise.all(['u', 'v'].map((id, i) => userTask(id, i)));
const cases: [name: string, strategy: () => Strategy, tasks: UserTask[], features: 'pixels' | 'vector'][] = [
  ['ncm on pixels', () => ncm(), images, 'pixels'],
  ['ncm by the cosine', () => ncm({ distance: 'cosine' }), images, 'pixels'],
  ['slda, features by their length', () => slda({ standardization: 'length' }), columns, 'vector'],
  ['ranpac on vectors', () => ranpac({ projection: 40 }), columns, 'vector'],
  ['ranpac on pixels', () => ranpac({ projection: 40 }), images, 'pixels'],
  ['probe on pixels', () => probe(), images, 'pixels'],
];

describe.each(cases)('%s', (name, create, tasks, features) => {
  it('answers as the run does, in tfjs without its native backend', async () => {
    const [run, out] = [join(folder, `run ${name}`), join(folder, 'exports', name)];
    const strategy = create();
    await lastValueFrom(learn(tasks, strategy, { run, features }));
    strategy.dispose();
    const manifest = await exportRun(run, out);
    const record = await readRun(run);
    const restored = await restoreStrategy(run, record);
    const source = random(3, 'examples', name);
    const [requests, expected]: [Request[], Float32Array[]] = [[], []];
    for (const task of record.tasks) {
      const { shape } = task.input;
      const inputs = Float32Array.from({ length: 9 * shape.reduce((product, side) => product * side, 1) }, () => source.uniform());
      const examples = { inputs, shape, labels: new Int32Array(9) };
      const taken = features === 'pixels' ? await pixels().extract(examples) : inputs;
      const ask = (model: string, logits: Float32Array) => {
        expected.push(logits);
        requests.push({ model: join(out, model), shape: [taken.length / 9], values: Array.from(taken), batch: 4 });
      };
      ask(manifest.tasks[task.index]?.model ?? '', (await restored.predict(task, examples)).logits);
      const all = await restored.predictClasses?.(examples);
      if (all) ask(manifest.allClasses?.model ?? '', all.predictions.logits);
      expect(manifest.allClasses?.classes).toEqual(all?.names);
      expect(manifest.tasks[task.index]).toMatchObject({ inputShape: [taken.length / 9], temperature: expect.any(Number) as number });
      expect(manifest.tasks[task.index]?.features).toBe(features === 'pixels' ? 'pixels' : undefined);
    }
    restored.dispose();
    const answers = await play(requests, folder);
    answers.forEach(({ backend, logits }, i) => {
      expect(backend).toBe('cpu');
      const scale = Math.max(1, ...(expected[i] ?? []).map(Math.abs));
      expect(largestDifference(logits.flat(), expected[i] ?? []) / scale).toBeLessThan(1e-5);
      expect(new Set(logits.flat()).size).toBeGreaterThan(logits.flat().length / 2);
    });
  });
});
