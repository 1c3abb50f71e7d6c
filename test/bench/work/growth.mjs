// Many small tasks behind a large one, all of which only get a head on its expert. Answers with the time, processor time and resident bytes of
// every task.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, tap } from 'rxjs';
import { learn, par, random } from '../../../dist/index.js';

const inputShape = [16, 16, 1];
const length = 16 * 16;

/** @param {{ tasks: number, saved: boolean, collect: boolean }} options `saved`: with a run folder; `collect`: garbage after every task, which makes the next one slower */
export const reuse =
  ({ tasks, saved, collect }) =>
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lifelong-bench-'));
    const strategy = par({ channels: 4, cells: 3, epochs: 4, samples: 1, batchSize: 32, regularizeThreshold: 1 });
    const series = [];
    let [started, before] = [performance.now(), process.cpuUsage()];
    const note = (event) => {
      if (event.type === 'decision-made' && event.task > 0 && event.decision.mode !== 'head-only') {
        throw new Error(`task ${event.task}: a head-only decision expected, found ${JSON.stringify(event.decision)}`);
      }
      if (event.type !== 'task-learned') return;
      const { user, system } = process.cpuUsage(before);
      const milliseconds = performance.now() - started;
      if (collect) globalThis.gc();
      series.push({ milliseconds, cpuMilliseconds: (user + system) / 1000, rssBytes: process.memoryUsage.rss() });
      [started, before] = [performance.now(), process.cpuUsage()];
    };
    try {
      await lastValueFrom(learn(stream(tasks), strategy, saved ? { run: join(folder, 'run') } : {}).pipe(tap(note)));
    } finally {
      strategy.dispose();
      rmSync(folder, { recursive: true });
    }
    return series;
  };

/** Tasks that hold no data: what memory shows is the library's. */
const stream = (count) => ({
  name: 'growth',
  fingerprint: 'growth',
  size: count,
  *tasks(from = 0) {
    for (let index = from; index < count; index++) yield task(index);
  },
});

function task(index) {
  const patterns = [0, 1].map((c) => {
    const source = random(0, 'bench', 'pattern', index, c);
    return Float32Array.from({ length }, () => source.uniform());
  });
  const split = (part, size) => ({
    size,
    labels: () => Promise.resolve(Int32Array.from({ length: size }, (_, i) => i % 2)),
    read(positions) {
      const inputs = new Float32Array(positions.length * length);
      positions.forEach((position, row) => {
        const source = random(0, 'bench', part, index, position);
        for (let i = 0; i < length; i++) inputs[row * length + i] = 0.7 * patterns[position % 2][i] + 0.3 * source.uniform();
      });
      return Promise.resolve({ shape: inputShape, inputs, labels: positions.map((position) => position % 2) });
    },
  });
  return {
    id: String(index),
    index,
    name: `task ${index}`,
    classes: [0, 1],
    input: { domain: 'image', shape: inputShape, dtype: 'float32' },
    normalization: null,
    augment: [],
    train: split('train', index === 0 ? 500 : 200),
    validation: split('validation', 40),
    test: split('test', 40),
  };
}
