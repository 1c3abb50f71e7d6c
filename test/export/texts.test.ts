import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { readRun } from '../../src/checkpoint/store.js';
import { exportRun } from '../../src/export/export-run.js';
import { independent, learn } from '../../src/index.js';
import { tempFolder } from '../data/temp-folder.js';
import { writeTinyBert } from '../support/tiny-bert.js';
import { largestDifference, play } from './play.js';

const folder = tempFolder();
const length = 8;

it.each(['adapter', 'edit'] as const)(
  '%ss on a text encoder are exported, and plain tfjs gives the same logits',
  { timeout: 120_000 },
  async (network) => {
    const run = join(folder, `run-${network}`);
    const part = (count: number) => ({
      inputs: Int32Array.from({ length: count * length }, (_, at) =>
        at % length === 0 ? 2 : at % length < 3 + (at % 4) ? 5 + ((7 * at) % 18) : 0,
      ),
      labels: Array.from({ length: count }, (_, i) => i % 2),
    });
    const strategy = independent({ network, bottleneck: 4, epochs: 2, batchSize: 8 });
    const task = { id: 'a', domain: 'text', inputShape: [length], train: part(24), validation: part(8), test: part(8) } as const;
    await lastValueFrom(learn([task], strategy, { run, backbone: `minilm:${writeTinyBert().weights}` }));
    const out = join(folder, `export-${network}`);
    const { tasks } = await exportRun(run, out);
    const [exported] = tasks;
    expect([exported?.inputType, exported?.inputShape]).toEqual(['int32', [length]]);
    const { inputs } = part(5);
    const [known] = (await readRun(run)).tasks;
    const { logits } = await strategy.predict(known ?? expect.fail(), { inputs, shape: [length], labels: new Int32Array(5) });
    strategy.dispose();
    const [answer] = await play(
      [{ model: join(out, exported?.model ?? ''), shape: [length], values: Array.from(inputs), batch: 5 }],
      folder,
    );
    expect(largestDifference(answer?.logits.flat() ?? [], logits)).toBeLessThan(1e-5);
  },
);
