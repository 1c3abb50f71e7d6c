import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { readRun } from '../../src/checkpoint/store.js';
import { readGivenTexts } from '../../src/domains/read-inputs.js';
import { exportRun } from '../../src/export/export-run.js';
import type { ExportManifest } from '../../src/export/manifest.js';
import { independent, learn, loadStream } from '../../src/index.js';
import { tempFolder } from '../data/temp-folder.js';
import { runProgram } from '../docs/code-blocks.js';
import { writeFiles } from '../faults/picture-files.js';
import { tinyVocabulary, writeTinyBert } from '../support/tiny-bert.js';
import { largestDifference, play } from './play.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = tempFolder();
const length = 8;

it.each(['adapter', 'edit'] as const)(
  '%ss on a text encoder are exported, and plain tfjs gives the same logits',
  { timeout: 240_000 },
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

/** The program of docs/export.md, section Texts, for a text, with what is on a page before it. */
function pageProgram(text: string, task: ExportManifest['tasks'][number], models: string): string {
  const [, code = ''] = /^## Texts\n[\s\S]*?```js\n([\s\S]*?)```/m.exec(readFileSync(join(root, 'docs/export.md'), 'utf8')) ?? [];
  expect(code).toContain("'Broke after a week.'");
  return `import { readFile } from 'node:fs/promises';
    const task = ${JSON.stringify(task)};
    const fetch = async (path) => ({ text: () => readFile(path.replace(/^models/, ${JSON.stringify(models)}), 'utf8') });
    const tf = { tensor2d: (values) => values };
    ${code.replace("'Broke after a week.'", JSON.stringify(text))}
    console.log(JSON.stringify(input));`;
}

it(
  'texts are cut by an exported vocabulary as the page of the documents does it, and answered as the run does',
  { timeout: 240_000 },
  async () => {
    const { weights } = writeTinyBert();
    const rows = Array.from(
      { length: 24 },
      (_, i) => `${i % 2 === 0 ? 'hot warm fire' : 'icy cold snow'} ${['sea', 'sky', 'the sea', 'is very'][i % 4] ?? ''}\n`,
    );
    const at = writeFiles(join(folder, 'texts'), {
      'vocab.txt': tinyVocabulary,
      'train.txt': rows.join(''),
      'one.yaml': `name: one\ndata: { source: lines, train: train.txt, tokenizer: vocab.txt, length: ${length} }\ntasks: { split: 1 }\n`,
    });
    const strategy = independent({ network: 'edit', epochs: 1, batchSize: 8 });
    const run = join(folder, 'texts-run');
    await lastValueFrom(learn(await loadStream(join(at, 'one.yaml')), strategy, { run, backbone: `minilm:${weights}` }));
    const out = join(folder, 'texts-export');
    const { tasks, files } = await exportRun(run, out);
    const [task = expect.fail()] = tasks;
    expect(task.vocabulary).toMatchObject({ lowercase: true, pairs: false });
    expect(files.map(({ path }) => path)).toContain(task.vocabulary?.path);
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const differences: number[] = [];
    const sizes: number[] = [];
    for (const text of ['The warm seas is Cold!', 'snow', 'cold '.repeat(20)]) {
      writeFileSync(join(folder, 'page.mjs'), pageProgram(text, task, out));
      const values = JSON.parse(runProgram(folder, 'page.mjs')) as number[];
      const [known = expect.fail()] = (await readRun(run)).tasks;
      const { inputs } = await readGivenTexts([text], known, 'test');
      expect(values).toEqual([...inputs]);
      const [answer] = await play([{ model: join(out, task.model), shape: [length], values, batch: 1 }], folder);
      const { logits } = await strategy.predict(known, { inputs, shape: [length], labels: new Int32Array(1) });
      differences.push(largestDifference(answer?.logits.flat() ?? [], logits));
      sizes.push(...logits.map(Math.abs));
    }
    // The head tells few texts apart by features that hardly differ, so its weights are large, and float32 has as many digits of what is added up to a small logit as of what makes a large one.
    expect(Math.max(...differences)).toBeLessThan(1e-5 * Math.max(...sizes));
    strategy.dispose();
    writeFileSync(join(at, 'vocab.txt'), `${tinyVocabulary}more\n`);
    await expect(exportRun(run, join(folder, 'none'))).rejects.toMatchObject({
      code: 'data',
      message: expect.stringContaining('task 0: the vocabulary with sha256') as string,
    });
  },
);
