import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../../src/data/formats/csv.js';
import { readJsonl } from '../../../src/data/formats/jsonl.js';
import { tableDataset } from '../../../src/data/formats/table.js';
import { tempFolder } from '../temp-folder.js';

const folder = tempFolder();
let files = 0;

function write(content: string | Uint8Array, extension: string): string {
  const path = join(folder, `table-${files++}.${extension}`);
  writeFileSync(path, content);
  return path;
}

const csv = (text: string, label = 'kind', features?: string[]) =>
  readCsv(write(text, 'csv'), { label, features, delimiter: ',', header: true });
const jsonl = (text: string) => readJsonl(write(text, 'jsonl'), { inputs: 'inputs', label: 'label' });

describe('readCsv', () => {
  it('takes the label by name and all other columns as numbers, in order', async () => {
    const table = await csv('\uFEFFx,kind,y\n1,"cat, big",2.5\n\n-3e2, dog ,0\n');
    expect(table).toMatchObject({ shape: [2], labels: ['cat, big', 'dog'] });
    expect(Array.from(table.inputs)).toEqual([1, 2.5, -300, 0]);
  });

  it('takes the columns asked for, in their order', async () => {
    expect(Array.from((await csv('x,kind,y,z\n1,a,2,3\n', 'kind', ['z', 'x'])).inputs)).toEqual([3, 1]);
  });

  it('reads labels as numbers when all are integers', async () => {
    expect((await csv('x,kind\n1,10\n2,-2\n')).labels).toEqual([10, -2]);
    expect((await csv('x,kind\n1,10\n2,02\n')).labels).toEqual(['10', '02']);
  });

  it('a file without a header has columns 0, 1, 2', async () => {
    const table = await readCsv(write('1,2,a\n3,4,b\n', 'csv'), { label: '2', delimiter: ',', header: false });
    expect([Array.from(table.inputs), table.labels]).toEqual([
      [1, 2, 3, 4],
      ['a', 'b'],
    ]);
  });

  it('reads gzip and many rows', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `${i},${i / 2},${i % 3}`);
    const path = write(gzipSync(`a,b,kind\n${rows.join('\n')}\n`), 'csv.gz');
    const table = await readCsv(path, { label: 'kind', delimiter: ',', header: true });
    expect([table.inputs.length, table.inputs[9998], table.inputs[9999], table.labels[4999]]).toEqual([10_000, 4999, 2499.5, 4999 % 3]);
  });

  it.each([
    ['a text in a number column', 'x,kind\n1,a\n2,b\nten,c\n', /csv:4: a number expected in column "x", found "ten"/],
    ['a missing number', 'x,y,kind\n1,,a\n', /csv:2: a number expected in column "y", found an empty field/],
    ['a missing label', 'x,kind\n1,a\n2,\n', /csv:3: a label expected, found an empty field/],
    ['NaN', 'x,kind\nNaN,a\n', /csv:2: a number expected in column "x", found "NaN"/],
    ['a short row', 'x,y,kind\n1,2,a\n1,a\n', /csv: .*line 3/],
    ['no such label column', 'x,sort\n1,a\n', /csv:1: column "kind" expected, found x, sort/],
    ['a header only', 'x,kind\n', /at least one row of data expected/],
    ['an empty file', '', /at least one row of data expected/],
  ])('refuses %s, with the line', async (_, text, message) => {
    await expect(csv(text)).rejects.toMatchObject({ code: 'data', message: expect.stringMatching(message) as string });
  });

  it('says that a file is not there', async () => {
    await expect(readCsv(join(folder, 'nowhere.csv'), { label: 'kind', delimiter: ',', header: true })).rejects.toMatchObject({
      code: 'data',
      message: expect.stringMatching(/no such file/) as string,
    });
  });
});

describe('readJsonl', () => {
  it('reads vectors and images, labels as they are', async () => {
    const table = await jsonl('{"label":"1","inputs":[1,2]}\n\n{"label":2,"inputs":[3,4.5]}\n');
    expect(table).toMatchObject({ shape: [2], labels: ['1', 2] });
    expect(Array.from(table.inputs)).toEqual([1, 2, 3, 4.5]);
    expect((await jsonl('{"label":0,"inputs":[[1,2,3],[4,5,6]]}')).shape).toEqual([2, 3, 1]);
  });

  it.each([
    ['what is not JSON', '{"label":1,"inputs":[1]}\n{"label":', /jsonl:2: a JSON object expected, found \{"label":/],
    ['a missing label', '{"inputs":[1]}', /jsonl:1: a label expected under "label", found undefined/],
    ['missing inputs', '{"label":1}', /jsonl:1: a list of numbers expected under "inputs"/],
    ['a text among numbers', '{"label":1,"inputs":[1,"x"]}', /jsonl:1: numbers expected in inputs, found "x"/],
    ['null', '{"label":1,"inputs":[1,null]}', /jsonl:1: numbers expected in inputs, found null/],
    ['another length', '{"label":1,"inputs":[1,2]}\n{"label":1,"inputs":[1]}', /jsonl:2: inputs of shape \[2\] expected, found \[1\]/],
    ['ragged rows', '{"label":1,"inputs":[[1,2],[3]]}', /jsonl:1: 4 numbers expected for \[2, 2\], found 3/],
    ['no lines', '\n', /at least one row of data expected/],
  ])('refuses %s, with the line', async (_, text, message) => {
    await expect(jsonl(text)).rejects.toMatchObject({ code: 'data', message: expect.stringMatching(message) as string });
  });

  it('says that a file is not there', async () => {
    await expect(readJsonl(join(folder, 'nowhere.jsonl'), { inputs: 'inputs', label: 'label' })).rejects.toThrow(/no such file/);
  });
});

describe('tableDataset', () => {
  const table = (labels: (string | number)[], width = 4) => ({
    shape: [width],
    inputs: Float32Array.from({ length: labels.length * width }, (_, i) => i),
    labels,
  });

  it('gives rows a shape and a scale, and holds out a share for test', async () => {
    const labels = Array.from({ length: 20 }, (_, i) => i % 2);
    const data = await tableDataset('rows', { train: table(labels) }, { shape: [2, 2, 1], scale: 0.5, testShare: 0.2 });
    expect([data.inputShape, data.train.size, data.test.size]).toEqual([[2, 2, 1], 16, 4]);
    const { inputs } = await data.train.read(Int32Array.of(0));
    expect((inputs[1] ?? 0) - (inputs[0] ?? 0)).toBe(0.5);
  });

  it('refuses tables of another width, with both shapes', async () => {
    await expect(tableDataset('rows', { train: table([0, 1]), test: table([0], 5) }, { testShare: 0 })).rejects.toThrow(
      /rows test: examples of shape \[4\] expected, found \[5\]/,
    );
  });
});
