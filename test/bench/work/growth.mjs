// Many small tasks behind a large one, all of which only get a head on its expert. Answers with the seconds and the resident bytes of every task.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, tap } from 'rxjs';
import { learn, par, random } from '../../../dist/index.js';

const size = 16;
const length = size * size;

export const reuse =
  ({ tasks }) =>
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lifelong-bench-'));
    const strategy = par({ channels: 8, cells: 3, epochs: 4, samples: 2, batchSize: 32, regularizeThreshold: 1 });
    const series = [];
    let started = performance.now();
    const note = (event) => {
      if (event.type === 'decision-made' && event.task > 0 && event.decision.mode !== 'head-only') {
        throw new Error(`task ${event.task}: a head-only decision expected, found ${JSON.stringify(event.decision)}`);
      }
      if (event.type !== 'checkpoint-saved') return;
      global.gc();
      series.push({ seconds: (performance.now() - started) / 1000, rssBytes: process.memoryUsage.rss() });
      started = performance.now();
    };
    try {
      await lastValueFrom(learn(tasksOf(tasks), strategy, { run: join(folder, 'run') }).pipe(tap(note)));
    } finally {
      strategy.dispose();
      rmSync(folder, { recursive: true });
    }
    return series;
  };

function* tasksOf(count) {
  for (let task = 0; task < count; task++) {
    const part = (name, examples) => patterns(task, name, examples);
    yield { id: task, train: part('train', task === 0 ? 1000 : 200), validation: part('validation', 40), test: part('test', 40), inputShape: [size, size, 1] };
  }
}

/** Two classes, each a pattern of the task's under noise. */
function patterns(task, name, count) {
  const pattern = [0, 1].map((c) => {
    const source = random(0, 'bench', 'pattern', task, c);
    return Float32Array.from({ length }, () => source.uniform());
  });
  const source = random(0, 'bench', name, task);
  const inputs = new Float32Array(count * length);
  for (let i = 0; i < inputs.length; i++) {
    inputs[i] = 0.7 * pattern[Math.floor(i / length) % 2][i % length] + 0.3 * source.uniform();
  }
  return { inputs, labels: Array.from({ length: count }, (_, i) => `${task}-${i % 2}`) };
}
