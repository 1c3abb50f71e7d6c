import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRun } from '../../src/checkpoint/store.js';
import { random } from '../../src/core/random.js';
import { exportRun } from '../../src/export/export-run.js';
import { exportManifestSchema, type ExportManifest } from '../../src/export/manifest.js';
import { learn } from '../../src/learner/learn.js';
import { restoreStrategy } from '../../src/run/restore.js';
import { finetune } from '../../src/strategies/finetune/finetune.js';
import { hat } from '../../src/strategies/hat/hat.js';
import { packnet } from '../../src/strategies/packnet/packnet.js';
import { par } from '../../src/strategies/par/par.js';
import type { Strategy } from '../../src/strategies/strategy.js';
import type { UserTask } from '../../src/streams/array-task.js';
import { tinyPar, tinyTask } from '../support/tiny-tasks.js';
import { largestDifference, play, type Answer, type Request } from './play.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-export-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const images = (size: number) => [
  tinyTask('a/1', 0, { size }),
  tinyTask('b', 1, { size, classes: 3, train: 90 }),
  tinyTask('c', 0, { size, sample: 1 }),
];

/** Two tasks of vectors, two classes each, whose columns have other means and deviations. */
function vectors(): UserTask[] {
  return ['u', 'v'].map((id, t) => {
    const source = random(t, id);
    const part = (count: number) => {
      const rows = Array.from({ length: count }, (_, i) =>
        Array.from({ length: 7 }, (_, d) => 10 * d + (i % 2 ? d : -d) + source.normal()),
      );
      return { inputs: rows, labels: rows.map((_, i) => `${id}${i % 2}`) };
    };
    return { id, train: part(60), test: part(20) };
  });
}

const quick = { units: 8, epochs: 2, batchSize: 16, learningRate: 0.05, engine: 'eager' } as const;
const cases: [name: string, strategy: () => Strategy, tasks: UserTask[], networks: number][] = [
  ['par, tasks that share an expert', () => par({ ...tinyPar, regularizeThreshold: 1 }), images(8), 1],
  [
    'par, tasks with norms of their own, one of which trains a head alone',
    () => par({ ...tinyPar, regularizeThreshold: 1, norms: 'task' }),
    images(8),
    2,
  ],
  ['par, an expert for each task, odd sizes', () => par({ ...tinyPar, cells: 4, regularizeThreshold: -1, samples: 1 }), images(9), 3],
  [
    'par, patches on an expert, whose kernels there are once',
    () => par({ ...tinyPar, attach: 'patch', attachThreshold: 1, regularizeThreshold: -1 }),
    images(8),
    4, // kernels, and what e0 and each patch has of its own
  ],
  [
    'par, ensembles of patches on an expert',
    () => par({ ...tinyPar, attach: 'patch', attachThreshold: 1, regularizeThreshold: -1, ensemble: 2 }),
    images(8),
    4,
  ],
  ['par on vectors', () => par({ ...tinyPar, channels: 3 }), vectors(), 2],
  ['finetune as a perceptron', () => finetune({ ...quick, network: 'mlp' }), images(8), 1],
  ['packnet, whose tasks see the network each in their own way', () => packnet({ ...quick, channels: 2, cells: 1 }), images(8), 3],
  ['hat, whose tasks use units of their own', () => hat({ ...quick, units: 24, sparsity: 0.1 }), images(8), 3],
];

/** Examples of a task's shape within and beyond what it was trained on. */
const examplesFor = (shape: readonly number[], count: number) => {
  const source = random(3, 'examples', shape.length);
  return Float32Array.from({ length: count * shape.reduce((product, side) => product * side, 1) }, () => 3 * source.uniform() - 1);
};
const examples = 17;

describe.each(cases)('%s', (name, create, tasks, networks) => {
  const run = join(folder, `run ${name}`);
  const out = join(folder, 'exports', name);
  const expected: Float32Array[] = [];
  const requests: Request[] = [];
  let manifest: ExportManifest;
  let answers: Answer[];

  beforeAll(async () => {
    const strategy = create();
    await lastValueFrom(learn(tasks, strategy, { run }));
    strategy.dispose();
    manifest = await exportRun(run, out);
    const record = await readRun(run);
    const restored = await restoreStrategy(run, record);
    for (const task of record.tasks) {
      const inputs = examplesFor(task.input.shape, examples);
      const { logits } = await restored.predict(task, { inputs, shape: task.input.shape, labels: new Int32Array(examples) });
      for (const batch of [1, 16]) {
        expected.push(logits);
        const model = join(out, manifest.tasks[task.index]?.model ?? '');
        requests.push({ model, shape: task.input.shape, values: Array.from(inputs), batch });
      }
    }
    restored.dispose();
    answers = await play(requests, folder);
  });

  it('answers as the run does, in tfjs without its native backend, one by one and in batches', () => {
    expect(answers.map(({ backend }) => backend)).toEqual(requests.map(() => 'cpu'));
    answers.forEach(({ logits, inputs, outputs }, i) => {
      // Two backends, two orders of adding up: a dozen layers of some hundred products, sqrt(12 * 200) * 2^-24 = 3e-6 for scores of about 1.
      expect(largestDifference(logits.flat(), expected[i] ?? [])).toBeLessThan(1e-5);
      expect(new Set(logits.flat()).size).toBeGreaterThan(logits.flat().length / 2);
      expect(inputs).toMatchObject([{ name: 'input', shape: [-1, ...(requests[i]?.shape ?? [])] }]);
      expect(outputs).toEqual(['logits']);
    });
  });

  it('comes with a manifest that says what the models are', async () => {
    const { tasks: learned, accuracy } = await readRun(run);
    expect(exportManifestSchema.parse(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')))).toEqual(manifest);
    expect(manifest.tasks).toMatchObject(
      learned.map(({ id, name: title, classes, input }) => ({ id, name: title, classes, inputShape: input.shape, inputType: 'float32' })),
    );
    expect(manifest.tasks.map((task) => task.accuracy)).toEqual(accuracy.at(-1));
    for (const { path, sha256, bytes } of manifest.files) {
      const content = readFileSync(join(out, path));
      expect([bytes, sha256]).toEqual([content.length, createHash('sha256').update(content).digest('hex')]);
    }
  });

  it('has the weights of a network once, however many tasks see it so', () => {
    expect(manifest.files.filter(({ path }) => path.startsWith('networks/')).length).toBe(networks);
  });
});

describe('an export', () => {
  const [name = ''] = cases[0] ?? [];
  const run = join(folder, `run ${name}`);
  const out = join(folder, 'exports', name);
  let server: Server;

  beforeAll(async () => {
    server = createServer((request, response) => {
      try {
        response.end(readFileSync(join(out, decodeURIComponent(request.url ?? ''))));
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => server.close());

  it('loads over HTTP by the address of model.json alone', async () => {
    const { port } = server.address() as AddressInfo;
    const values = Array.from(examplesFor([8, 8, 1], 2));
    const places = [`http://127.0.0.1:${port}/task-1/model.json`, join(out, 'task-1/model.json')];
    const [served, read] = await play(
      places.map((model) => ({ model, shape: [8, 8, 1], values, batch: 2 })),
      folder,
    );
    expect(served?.logits).toEqual(read?.logits);
    expect(read?.logits.flat()).toHaveLength(6);
  });

  it('is the same bytes every time', async () => {
    const again = await exportRun(run, join(folder, 'again'));
    expect(again).toEqual(exportManifestSchema.parse(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))));
  });

  it('can be of one task', async () => {
    const one = await exportRun(run, join(folder, 'one'), { task: 'b' });
    expect(one.tasks.map(({ id, model }) => [id, model])).toEqual([['b', 'task-1/model.json']]);
    expect(one.files.map(({ path }) => path.replace(/-[0-9a-f]{8}\./, '-….')).sort()).toEqual([
      'networks/e0-….bin',
      'prototypes.json',
      'task-1/model.json',
      'task-1/weights.bin',
    ]);
  });

  it('has the prototypes by which tasks are told apart', () => {
    const text = readFileSync(join(folder, 'one', 'prototypes.json'), 'utf8');
    const { tasks } = JSON.parse(text) as { tasks: { id: string; means: number[][]; usualDistances: number[] }[] };
    expect(tasks.map(({ id, means }) => [id, means.map(({ length }) => length)])).toEqual([['b', [196, 196, 196]]]);
    expect(tasks[0]?.usualDistances.filter((distance) => distance > 0)).toHaveLength(3);
  });

  it('refuses a task that the run has not, naming those it has', async () => {
    await expect(exportRun(run, join(folder, 'none'), { task: 'd' })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('task "d" is not in') as string,
    });
    await expect(exportRun(run, join(folder, 'none'), { task: 'd' })).rejects.toThrow('one of a/1, b, c expected');
  });
});
