// node test/bench/identification.mjs: how often the task of an example is found (docs/concepts.md, Identification). Prototypes do not depend on training, so one
// epoch does. Letters and photographs are left out where SHARED_DIR, or ../shared, has no data/emnist-letters and data/cifar-10.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { lastValueFrom } from 'rxjs';
import { learn, loadStream, openRun, par, random } from '../../dist/index.js';
import { machine } from './machine.mjs';
import { text } from './render.mjs';

const data = resolve(process.env['SHARED_DIR'] ?? join(import.meta.dirname, '../../../shared'), 'data');
const work = mkdtempSync(join(tmpdir(), 'lifelong-identification-'));
const side = 28;

/** Different test images of a task, drawn at random: `[count * side * side]`, values from 0 to 1. */
async function images(task, count) {
  const indices = random(0, 'identification', task.id).permutation(task.test.size).subarray(0, count);
  return (await task.test.read(indices)).inputs;
}

/** Images of other data, as the digits are: grey, of their size. */
async function foreign(name, source) {
  const path = join(data, name);
  if (!existsSync(path)) return undefined;
  const manifest = join(work, `${name}.json`);
  writeFileSync(manifest, JSON.stringify({ name, data: { source, path }, tasks: { split: 1 }, input: { size: side, channels: 1 } }));
  for await (const task of (await loadStream(manifest)).tasks()) return images(task, 500);
  return undefined;
}

const stream = await loadStream('split-mnist');
const run = join(work, 'run');
await lastValueFrom(learn(stream, par({ ...stream.defaults, epochs: 1, samples: 1 }), { run }));
const opened = await openRun(run);

/** One line: shares of the examples, and of those with an answer. @param tasks of each example, where there is a right one */
async function line(name, inputs, tasks) {
  const found = await opened.identify(inputs);
  const share = (kept, all) => `${Math.round((100 * all.filter(kept).length) / Math.max(1, all.length))} %`;
  const examples = found.map((identification, i) => ({ ...identification, right: tasks?.[i] }));
  const abstained = examples.filter(({ task }) => task === null);
  const answered = examples.filter(({ task }) => task !== null);
  const far = ({ distance, usualDistance }) => usualDistance !== null && distance ** 2 > 2 * usualDistance ** 2;
  const right = ({ task, right: wanted }) => task === wanted;
  return [
    ...[name, share(({ task }) => task === null, examples)],
    `${Math.round((100 * abstained.filter(far).length) / examples.length)} %`,
    tasks ? `${share(right, answered)} (${share(({ nearest, right: wanted }) => nearest === wanted, examples)} without abstaining)` : '–',
  ];
}

const digits = [];
const owners = [];
for await (const task of stream.tasks()) {
  digits.push(...(await images(task, 100)));
  owners.push(...Array.from({ length: 100 }, () => task.id));
}
const [letters, photographs] = [await foreign('emnist-letters', 'idx'), await foreign('cifar-10', 'cifar-10')];
const noise = random(0, 'identification', 'noise');
const rows = [
  await line('test digits', Float32Array.from(digits), owners),
  ...(letters ? [await line('letters (EMNIST)', letters)] : []),
  ...(photographs ? [await line('photographs (CIFAR-10, grey)', photographs)] : []),
  await line(
    'uniform noise',
    Float32Array.from({ length: 500 * side * side }, () => noise.uniform()),
  ),
  await line(
    'digits, black for white',
    Float32Array.from(digits, (value) => 1 - value),
  ),
];
opened.close();
rmSync(work, { recursive: true });
const columns = ['examples', 'abstained', 'of them far', 'task right, of those answered'];
console.log(text(machine(), [{ title: 'Identification on split-mnist', note: 'Features pixels; seed 0.', columns, rows }]));
