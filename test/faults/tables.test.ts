import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readRun } from '../../src/checkpoint/store.js';
import { readNpz } from '../../src/data/formats/npy.js';
import { arrayStream, loadStream, openRun } from '../../src/index.js';
import { lifelong } from '../cli/lifelong.js';
import { rowsOf, tasksOf } from '../streams/tiny-data.js';
import { lines, manifest, npy, write } from './files.js';

const csv = (header: string, more = '') =>
  loadStream(
    write({
      'points.csv': `${header}\n${lines(['a', 'b'], 12)}`,
      'points.yaml': manifest(`source: csv, train: points.csv, label: kind${more}`),
    })('points.yaml'),
  );

describe('O3, P5: one name, one thing', () => {
  it('O3: two columns of one name are refused by name and place', async () => {
    await expect(csv('x,x,kind')).rejects.toThrow('points.csv:1: one column "x" expected, found it at 1 and 2');
    await expect(csv('x,x,kind', ', features: [x]')).rejects.toThrow('one column "x" expected, found it at 1 and 2');
  });

  it('P5: a second label column is never a feature', async () => {
    await expect(csv('x,kind,kind')).rejects.toThrow('points.csv:1: one column "kind" expected, found it at 2 and 3');
    await expect(csv('x,y,kind', ', features: [x, kind]')).rejects.toThrow('column "kind" once and no label expected');
    await expect(csv('x,y,kind', ', features: [x, x]')).rejects.toThrow('column "x" once and no label expected');
  });

  it('O3: two columns of one name that are not read do no harm', async () => {
    const at = write({
      'points.csv': `x,note,note,kind\n${lines(['a', 'b'], 12).replaceAll(/^(\d+),(\d+)/gm, '$1,$2,$2')}`,
      'points.yaml': manifest('source: csv, train: points.csv, label: kind, features: [x]'),
    });
    const [task] = await tasksOf(await loadStream(at('points.yaml')));
    expect(task?.input.shape).toEqual([1]);
  });

  it('O3: arrays of one name in an NPZ file, a class in one task twice, a file twice', async () => {
    const member = npy('<f4', [1], Float32Array.of(1));
    const archive = zipSync({ first_a: member, other_a: member }, { level: 0 });
    const doubled = Buffer.from(Buffer.from(archive).toString('latin1').replaceAll('other_a', 'first_a'), 'latin1');
    await expect(readNpz(write({ 'x.npz': doubled })('x.npz'))).rejects.toThrow('one array "first_a" expected, found several');
    const files = (tasks: string) =>
      write({
        'points.csv': `x,y,kind\n${lines(['a', 'b'], 12)}`,
        'points.yaml': manifest('source: csv, train: points.csv, label: kind').replace('split: 1', tasks),
      })('points.yaml');
    await expect(loadStream(files('split: 1, classes: [a, b, a]'))).rejects.toThrow('tasks.classes: class "a" is listed twice');
    const pair = manifest('source: npy, train: [x.npy, x.npy]');
    await expect(loadStream(write({ 'x.npy': member, 'p.yaml': pair })('p.yaml'))).rejects.toThrow('different files expected');
  });
});

describe('P6: text in every reader', () => {
  it('P6: a byte order mark before JSONL, CSV and manifests is no part of the text', async () => {
    const rows = Array.from({ length: 24 }, (_, i) => JSON.stringify({ inputs: [i, i % 2], label: i % 2 ? 'a' : 'b' })).join('\n');
    for (const [name, content, data] of [
      ['points.jsonl', rows, 'source: jsonl, train: points.jsonl'],
      ['points.csv', `x,y,kind\n${lines(['a', 'b'], 12)}`, 'source: csv, train: points.csv, label: kind, features: [x, y]'],
    ] as const) {
      const at = write({ [name]: `\uFEFF${content}`, 'points.yaml': `\uFEFF${manifest(data)}` });
      const [task] = await tasksOf(await loadStream(at('points.yaml')));
      expect(task).toMatchObject({ classes: ['a', 'b'], input: { shape: [2] } });
    }
  });

  it('P6: labels beyond 2^53 are never merged: texts in CSV, refused where they would be numbers', async () => {
    const [one, two] = ['9007199254740993', '9007199254740992'];
    const at = write({
      'points.csv': `x,y,kind\n${lines([one, two], 12)}`,
      'points.jsonl': Array.from({ length: 24 }, (_, i) => `{"inputs":[${i}],"label":${i % 2 ? one : two}}`).join('\n'),
      'csv.yaml': manifest('source: csv, train: points.csv, label: kind'),
      'jsonl.yaml': manifest('source: jsonl, train: points.jsonl'),
      'order.yaml': manifest('source: csv, train: points.csv, label: kind').replace('split: 1', `order: [[${one}, ${two}]]`),
    });
    const [task] = await tasksOf(await loadStream(at('csv.yaml')));
    expect(task?.classes).toEqual([two, one]);
    await expect(loadStream(at('jsonl.yaml'))).rejects.toThrow('points.jsonl:1: an integer of up to 53 bits expected under "label"');
    await expect(loadStream(at('order.yaml'))).rejects.toMatchObject({ code: 'config' });
    const rows = { inputs: [[0], [1]], labels: [2 ** 53, 2 ** 53 + 2] };
    expect(() => arrayStream([{ train: rows, test: rows }])).toThrow('an integer of up to 53 bits expected as label');
  });

  it('P6: int64 and uint32 labels keep all their bits', async () => {
    const numbers = BigInt64Array.from({ length: 24 }, (_, i) => (i % 2 ? 4_294_967_297n : 1n));
    const inputs = npy(
      '<f4',
      [24, 1],
      Float32Array.from({ length: 24 }, (_, i) => i),
    );
    const open = (labels: Uint8Array) =>
      loadStream(write({ 'x.npy': inputs, 'y.npy': labels, 'p.yaml': manifest('source: npy, train: [x.npy, y.npy]') })('p.yaml'));
    const [task] = await tasksOf(await open(npy('<i8', [24], numbers)));
    expect(task?.classes).toEqual([1, 4_294_967_297]);
    const [wide] = await tasksOf(
      await open(
        npy(
          '<u4',
          [24],
          Uint32Array.from(numbers, (n) => (n > 1n ? 4_294_967_295 : 1)),
        ),
      ),
    );
    expect(wide?.classes).toEqual([1, 4_294_967_295]);
    const huge = numbers.map((n) => n + 9_007_199_254_740_992n);
    await expect(open(npy('<i8', [24], huge))).rejects.toMatchObject({
      message: expect.stringContaining('integers of up to 53 bits expected, found 9007199254740993') as string,
      hint: 'save labels.astype(str), inputs.astype("float32")',
    });
  });

  it('P6: text that is not UTF-8 is refused, not read as replacement characters that merge', async () => {
    const content = Buffer.from(`x,y,kind\n${lines(['é', 'è'], 12)}`, 'latin1');
    const at = write({ 'points.csv': content, 'points.yaml': manifest('source: csv, train: points.csv, label: kind') });
    await expect(loadStream(at('points.yaml'))).rejects.toThrow('points.csv: text in UTF-8 expected');
    const yaml = write({ 'points.yaml': Buffer.from(manifest('source: csv, train: é.csv, label: kind'), 'latin1') });
    await expect(loadStream(yaml('points.yaml'))).rejects.toThrow('text in UTF-8 expected');
  });
});

describe('P12: columns whose digits float32 would lose', () => {
  const start = 1_600_000_000_000;
  const times = Array.from({ length: 60 }, (_, i) => start + (i % 2 ? 30_000 : -30_000) + i);
  const rows = (offset: number) => times.map((time, i) => `${time - offset},${i % 3},${i % 2 ? 'a' : 'b'}\n`).join('');
  const csvOf = (offset: number, more = '') =>
    write({ 'p.csv': `time,x,kind\n${rows(offset)}`, 'p.yaml': manifest(`source: csv, train: p.csv, label: kind${more}`) })('p.yaml');

  it('P12: Unix milliseconds of one minute are refused, and both ways of the hint work', async () => {
    await expect(loadStream(csvOf(0))).rejects.toMatchObject({
      message: expect.stringMatching(
        /p\.csv: column "time": numbers that float32 can tell apart expected, .* deviation of 3\.00e\+4, where float32 has steps of 131072$/,
      ) as string,
      hint: `subtract ${Math.round(times.reduce((sum, time) => sum + time, 0) / 60)} from all of them, or leave them out`,
    });
    const path = csvOf(start);
    const { code, stderr } = await lifelong(['run', path, '--strategy', 'finetune', '--epochs', '20', '--out', `${path}-run`]);
    expect(code, stderr).toBe(0);
    expect((await readRun(`${path}-run`)).accuracy).toEqual([[1]]);
    expect((await tasksOf(await loadStream(csvOf(0, ', features: [x]'))))[0]?.input.shape).toEqual([1]);
  });

  it('P12: so are rows and doubles of programs and of NumPy; what float32 can say and noise around a constant pass', async () => {
    const task = (column: readonly number[]) => {
      const data = { inputs: column.map((value) => [value, 1]), labels: column.map((_, i) => i % 2) };
      return () => arrayStream([{ train: data, test: data }]);
    };
    expect(task(times)).toThrow('value 0 of 2: numbers that float32 can tell apart expected');
    expect(task(times.map((time) => time / 1000))).toThrow('float32 has steps of 128');
    expect(task(times.map((_, i) => start + (i % 2) * 60_000_000))).not.toThrow();
    expect(task(times.map((_, i) => 0.1 + i * 1e-12))).not.toThrow();
    expect(task(times.map(() => start))).not.toThrow();
    const [x, y] = [
      npy('<f8', [60, 1], Float64Array.from(times)),
      npy(
        '|u1',
        [60],
        Uint8Array.from(times, (_, i) => i % 2),
      ),
    ];
    const at = write({ 'x.npy': x, 'y.npy': y, 'p.yaml': manifest('source: npy, train: [x.npy, y.npy]') });
    await expect(loadStream(at('p.yaml'))).rejects.toThrow('float32 has steps of 131072');
    const wide = write({
      'x.npy': npy('<i8', [60, 1], BigInt64Array.from(times, BigInt)),
      'y.npy': y,
      'p.yaml': manifest('source: npy, train: [x.npy, y.npy]'),
    });
    await expect(loadStream(wide('p.yaml'))).rejects.toThrow('float32 has steps of 131072');
    const seconds = npy(
      '<i4',
      [60, 1],
      Int32Array.from(times, (time) => time / 1000),
    );
    const narrow = write({ 'x.npy': seconds, 'y.npy': y, 'p.yaml': manifest('source: npy, train: [x.npy, y.npy]') });
    await expect(loadStream(narrow('p.yaml'))).rejects.toThrow('float32 has steps of 128');
  });
});

describe('P7: one preprocessing for learning and predicting', () => {
  const count = 60;
  /** Two classes that only values near 1 and 2 tell apart, in bytes. */
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
  const bytes = Uint8Array.from({ length: count * 4 }, (_, i) => 100 + 20 * ((i >> 2) % 2) + ((i * 7) % 5));

  it.each([
    ['vectors with a scale', [count, 4], 'scale: 0.5', 'features: vector'],
    ['vectors', [count, 4], '', 'features: vector'],
    ['images with a scale', [count, 2, 2], 'scale: 0.5', 'features: pixels'],
    ['images', [count, 2, 2], '', 'features: pixels'],
  ])('P7: %s of bytes: predict is as good as the report says', async (_, shape, scale, features) => {
    const x = npy('|u1', shape, bytes);
    const rows = Array.from({ length: count }, (__, i) => Array.from(bytes.subarray(4 * i, 4 * i + 4)));
    const at = write({
      'points.npz': zipSync({ 'x.npy': x, 'y.npy': npy('|u1', [count], labels) }),
      'x.npy': x,
      'x.json': JSON.stringify(rows),
      'points.yaml': manifest(
        `source: npz, path: points.npz, arrays: { train: [x, y], test: [x, y] }${scale && `, ${scale}`}`,
        'input: { normalize: task }\n',
      ).replace('features: vector', features),
    });
    const { code, stderr } = await lifelong(['run', at('points.yaml'), '--strategy', 'finetune', '--epochs', '20', '--out', at('run')]);
    expect(code, stderr).toBe(0);
    const { accuracy } = await readRun(at('run'));
    expect(accuracy).toEqual([[1]]);
    const right = async (file: string) => {
      const { stdout } = await lifelong(['predict', at('run'), at(file), '--json']);
      const { predictions } = JSON.parse(stdout) as { predictions: { class: number }[] };
      return predictions.filter((prediction, i) => prediction.class === labels[i]).length / count;
    };
    expect(await right('x.npy')).toBe(1);
    if (scale !== '') expect(await right('x.json')).toBe(1);
    const run = await openRun(at('run'));
    const predictions = await run.predict(bytes, { task: '0' });
    run.close();
    expect(predictions.map((prediction) => prediction.class)).toEqual(Array.from(labels));
  });
});

describe('P16: types of arrays', () => {
  const open = (inputs: Uint8Array, labels: Uint8Array) =>
    loadStream(write({ 'x.npy': inputs, 'y.npy': labels, 'p.yaml': manifest('source: npy, train: [x.npy, y.npy]') })('p.yaml'));
  const halves = Uint8Array.from({ length: 24 }, (_, i) => i % 2);

  it('P16: booleans are 0 and 1, bytes value / 255', async () => {
    const [task] = await tasksOf(await open(npy('|b1', [24, 1], halves), npy('|b1', [24], halves)));
    expect(task?.classes).toEqual([0, 1]);
    expect(new Set(await rowsOf(task?.train ?? fail()))).toEqual(new Set(['0', '1']));
    const [bytes] = await tasksOf(await open(npy('|u1', [24, 1], halves), npy('|b1', [24], halves)));
    expect(new Set(await rowsOf(bytes?.train ?? fail()))).toEqual(new Set(['0', String(Math.fround(1 / 255))]));
  });

  it('P16: images with their channels first: a warning of streams check, where there would be 16 channels', async () => {
    const images = npy('<f4', [24, 3, 16, 16], new Float32Array(24 * 3 * 256).fill(0.5));
    const at = write({
      'x.npy': images,
      'y.npy': npy('|u1', [24], halves),
      'p.yaml': manifest('source: npy, train: [x.npy, y.npy]').replace('features: vector', 'features: pixels'),
    });
    const { code, stdout } = await lifelong(['streams', 'check', at('p.yaml')]);
    expect(code).toBe(0);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'images of 16 channels and 3 rows: if they are [channels, height, width], save them as [height, width, channels]',
    );
  });

  it.each([
    ['|S1', [24], Buffer.alloc(24, 'a'), 'save array.astype(str)'],
    ['|O', [24], Buffer.alloc(24 * 8), 'save array.astype(str)'],
    ['>i8', [24], Buffer.alloc(24 * 8), "save array.astype('int64')"],
    ['<f2', [24], Buffer.alloc(24 * 2), "save array.astype('float32')"],
    ['<f8', [24], new Float64Array(24), "save labels.astype('int64')"],
    ['|u1', [24, 2], new Uint8Array(48), 'save labels.argmax(axis=1) where each row marks one class'],
  ])('P16: labels of type %s %j: the hint says what to save', async (descr, shape, data, hint) => {
    await expect(open(npy('|u1', [24, 1], halves), npy(descr, shape, data))).rejects.toMatchObject({ code: 'data', hint });
  });
});

function fail(): never {
  throw new Error('a task expected');
}
