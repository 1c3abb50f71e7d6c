import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastValueFrom, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { readRun } from '../../src/checkpoint/store.js';
import { finetune, learn, loadStream, openRun } from '../../src/index.js';
import { lifelong } from '../cli/lifelong.js';
import { outcomeOf } from '../resume/outcome.js';
import { rowsOf, tasksOf } from '../streams/tiny-data.js';
import { npy, write } from './files.js';
import { writeFiles } from './picture-files.js';
import { type Half, png } from './picture-streams.js';

const order = (...tasks: (readonly string[])[]) => `order: [${tasks.map((names) => `[${names.join(', ')}]`).join(', ')}]`;

/** A manifest whose tasks are these lists of classes, and a strategy that learns them at once. */
const manifest = (data: string, tasks: string, more = '') =>
  `name: growing\ndata: { ${data} }\ntasks: { ${tasks} }\noptions: { network: mlp, units: 8, epochs: 2 }\n${more}`;

const pictures = (...names: readonly Half[]) =>
  Object.fromEntries(names.flatMap((half) => Array.from({ length: 10 }, (_, i) => [`photos/${half}/${i}.png`, png(half, 3 * i)])));

/** Twelve rows of each class, those of the classes in turn. */
const rows = (...names: readonly string[]) =>
  Array.from({ length: 12 * names.length }, (_, i) => {
    const name = names[i % names.length] ?? '';
    return `${name.charCodeAt(0)},${i % 5},${name}\n`;
  }).join('');

const table = 'source: csv, train: points.csv, label: kind';

const run = (at: string, out: string) => lifelong(['run', 'growing.yaml', '--strategy', 'independent', '--out', out], { cwd: at });
const resume = (at: string, out: string) => lifelong(['resume', out], { cwd: at });

/** What task 0 is: its examples in each part, its classes and its normalization. */
async function firstTask(path: string) {
  const [task] = await tasksOf(await loadStream(path));
  if (!task) throw new Error(`${path}: no task`);
  return { classes: task.classes, parts: await Promise.all([task.train, task.validation, task.test].map(rowsOf)) };
}

async function answers(path: string, inputs: Float32Array) {
  const opened = await openRun(path);
  return opened.predict(inputs, { task: '0' }).finally(() => opened.close());
}

describe('P9: classes that come to the data, and a task at the end', () => {
  it.each([
    [
      'folders of images, sorted before the others',
      { ...pictures('left', 'right'), 'growing.yaml': manifest('source: folder, path: photos', order(['left', 'right'])) },
      { ...pictures('down', 'up'), 'growing.yaml': manifest('source: folder, path: photos', order(['left', 'right'], ['up', 'down'])) },
      24 * 24,
    ],
    [
      'rows of a table, among the others',
      { 'points.csv': `x,y,kind\n${rows('m', 'n')}`, 'growing.yaml': manifest(table, order(['m', 'n'])) },
      {
        'points.csv': `x,y,kind\n${mixed(rows('m', 'n'), rows('a', 'z'))}`,
        'growing.yaml': manifest(table, order(['m', 'n'], ['z', 'a'])),
      },
      2,
    ],
  ])('P9: %s: the task is learned, and the earlier one is exactly as it was', async (_, before, after, length) => {
    const at = write(before)('');
    const first = await firstTask(join(at, 'growing.yaml'));
    expect(await run(at, 'run')).toMatchObject({ code: 0 });
    const [known] = (await readRun(join(at, 'run'))).tasks;
    const inputs = Float32Array.from({ length: 6 * length }, (__, i) => (i % 7) / 7);
    const predicted = await answers(join(at, 'run'), inputs);

    writeFiles(at, after);
    const { code, stderr } = await resume(at, 'run');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('1 learned already');
    const { tasks, accuracy } = await readRun(join(at, 'run'));
    expect(tasks.map(({ id }) => id)).toEqual(['0', '1']);
    expect(await firstTask(join(at, 'growing.yaml'))).toEqual(first);
    expect(tasks[0]).toEqual(known);
    expect(tasks[1]?.normalization).toEqual(known?.normalization);
    expect(accuracy[1]?.[0]).toBe(accuracy[0]?.[0]);
    expect(await answers(join(at, 'run'), inputs)).toEqual(predicted);
    expect((await resume(at, 'run')).stderr).toContain('is complete: there is no task to learn');
  });

  it('P9: as if the task had been there from the start, where nothing is of the whole data', async () => {
    const perTask = 'input: { normalize: task }\n';
    const at = write({ 'points.csv': `x,y,kind\n${rows('m', 'n')}`, 'growing.yaml': manifest(table, order(['m', 'n']), perTask) })('');
    expect(await run(at, 'grown')).toMatchObject({ code: 0 });
    appendFileSync(join(at, 'points.csv'), rows('a', 'z'));
    writeFileSync(join(at, 'growing.yaml'), manifest(table, order(['m', 'n'], ['z', 'a']), perTask));
    expect(await resume(at, 'grown')).toMatchObject({ code: 0 });
    expect(await run(at, 'at-once')).toMatchObject({ code: 0 });
    const [grown, atOnce] = [await outcomeOf(join(at, 'grown')), await outcomeOf(join(at, 'at-once'))];
    const finished = grown.events.find((event) => event.includes('run-finished'));
    expect({ ...grown, events: grown.events.filter((event) => event !== finished) }).toEqual(atOnce);
  });

  it('P9: a task under way keeps the statistics that it was begun with', async () => {
    const at = write({ 'points.csv': `x,y,kind\n${rows('m', 'n')}`, 'growing.yaml': manifest(table, order(['m', 'n'])) });
    const options = { network: 'mlp', units: 8, epochs: 3 } as const;
    const learnFirst = async (out: string, signal?: AbortController) => {
      const strategy = finetune(options);
      const events = learn(await loadStream(at('growing.yaml')), strategy, {
        run: at(out),
        saveEvery: 1,
        ...(signal && { signal: signal.signal }),
      });
      await lastValueFrom(events.pipe(tap(({ type }) => type === 'epoch-ended' && signal?.abort()))).finally(() => strategy.dispose());
    };
    await learnFirst('whole');
    await expect(learnFirst('stopped', new AbortController())).rejects.toMatchObject({ code: 'interrupted' });
    appendFileSync(at('points.csv'), rows('a', 'z'));
    writeFileSync(at('growing.yaml'), manifest(table, order(['m', 'n'], ['z', 'a'])));
    await lastValueFrom((await openRun(at('stopped'))).resume());
    const [whole, stopped] = [await readRun(at('whole')), await readRun(at('stopped'))];
    expect(stopped.tasks).toHaveLength(2);
    expect(stopped.tasks.map(({ normalization }) => normalization)).toEqual(Array(2).fill(whole.tasks[0]?.normalization));
    expect(stopped.accuracy[0]).toEqual(whole.accuracy[0]);
    expect(stopped.tasks[0]?.calibration).toEqual(whole.tasks[0]?.calibration);
  });

  it.each([
    ['a row more of a learned class', `${rows('m', 'n')}109,1,m\n${rows('a', 'z')}`, order(['m', 'n'], ['z', 'a'])],
    [
      'another number in a learned class',
      `${rows('m', 'n').replace('109,0,m', '109,4,m')}${rows('a', 'z')}`,
      order(['m', 'n'], ['z', 'a']),
    ],
  ])('P9: %s is refused by the name of the task, and nothing changes', async (_, changed, tasks) => {
    const at = write({ 'points.csv': `x,y,kind\n${rows('m', 'n')}`, 'growing.yaml': manifest(table, order(['m', 'n'])) })('');
    expect(await run(at, 'run')).toMatchObject({ code: 0 });
    const before = readFileSync(join(at, 'run/run.json'));
    writeFiles(at, { 'points.csv': `x,y,kind\n${changed}`, 'growing.yaml': manifest(table, tasks) });
    const { code, stderr } = await resume(at, 'run');
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(/task 0 \(m vs n\) of run: .* \(fingerprint [0-9a-f]{64}\), found others \([0-9a-f]{64}\)/);
    expect(readFileSync(join(at, 'run/run.json'))).toEqual(before);
  });

  it('P9: an image less in a learned class is refused too', async () => {
    const at = write({ ...pictures('left', 'right'), 'growing.yaml': manifest('source: folder, path: photos', 'split: 1') })('');
    expect(await run(at, 'run')).toMatchObject({ code: 0 });
    rmSync(join(at, 'photos/left/3.png'));
    expect(await resume(at, 'run')).toMatchObject({ code: 2, stderr: expect.stringContaining('task 0 (left vs right) of run') as string });
  });

  it('P9: every source tells the classes apart', async () => {
    const classes = (names: readonly number[]) => Uint8Array.from({ length: 12 * names.length }, (_, i) => names[i % names.length] ?? 0);
    /** Values that follow from the label and the number within the class. */
    const values = (labels: Uint8Array, length: number, classCount: number) =>
      Uint8Array.from({ length: length * labels.length }, (_, i) => {
        const example = Math.floor(i / length);
        return (labels[example] ?? 0) + (Math.floor(example / classCount) % 3) + (i % length);
      });
    const idx = (shape: readonly number[], bytes: Uint8Array) => {
      const head = Buffer.alloc(4 + 4 * shape.length);
      head.set([0, 0, 8, shape.length]);
      shape.forEach((size, i) => head.writeInt32BE(size, 4 + 4 * i));
      return Buffer.concat([head, bytes]);
    };
    const files = (names: readonly number[]) => {
      const labels = classes(names);
      const record = (label: number) => Buffer.concat([Buffer.from([label]), Buffer.alloc(3072, label)]);
      return write({
        'x.npy': npy('|u1', [labels.length, 4], values(labels, 4, names.length)),
        'y.npy': npy('|u1', [labels.length], labels),
        'rows.jsonl': Array.from(labels, (label, i) => JSON.stringify({ inputs: [label, Math.floor(i / names.length)], label })).join('\n'),
        images: idx([labels.length, 2, 2], values(labels, 4, names.length)),
        labels: idx([labels.length], labels),
        'records.bin': Buffer.concat(Array.from(labels, record)),
      });
    };
    const [before, after] = [files([4, 7]), files([1, 7, 4])];
    for (const data of [
      'source: npy, train: [x.npy, y.npy]',
      'source: jsonl, train: rows.jsonl',
      'source: idx, train: [images, labels], test: [images, labels]',
      'source: cifar-10, train: records.bin',
    ]) {
      const open = (at: (name: string) => string) => {
        writeFileSync(at('growing.yaml'), manifest(data, order(['4', '7'])));
        return loadStream(at('growing.yaml'));
      };
      const [one, other] = [await open(before), await open(after)];
      expect(one.taskFingerprints, data).toEqual(other.taskFingerprints);
      expect(one.fingerprint, data).not.toBe(other.fingerprint);
    }
  });
});

/** Lines of two tables in turn. */
function mixed(one: string, other: string): string {
  const [lines, others] = [one, other].map((text) => text.split('\n').slice(0, -1));
  return (lines ?? []).map((line, i) => `${others?.[i] ?? ''}\n${line}\n`).join('');
}
