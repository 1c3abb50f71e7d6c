import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { learn, openRun, par, type Run } from '../../src/index.js';
import { tinyPar, tinyTask } from '../support/tiny-tasks.js';

const length = 64;
const count = 6;
const folder = mkdtempSync(join(tmpdir(), 'lifelong-inputs-'));
/** Examples as bytes, and as the float32 values that the bytes mean. */
const bytes = Uint8Array.from({ length: count * length }, (_, i) => (i * 37 + Math.floor(i / length) * 11) % 256);
const flat = Float32Array.from(bytes, (byte) => byte / 255);

const rowsOf = <Row>(make: (start: number, end: number) => Row): Row[] =>
  Array.from({ length: count }, (_, i) => make(i * length, (i + 1) * length));

let run: Run;
beforeAll(async () => {
  const strategy = par({ ...tinyPar, regularizeThreshold: 1 });
  await lastValueFrom(learn([tinyTask('a', 0), tinyTask('b', 5)], strategy, { run: join(folder, 'run') }));
  strategy.dispose();
  run = await openRun(join(folder, 'run'));
});
afterAll(() => {
  run.close();
  rmSync(folder, { recursive: true, force: true });
});

type Inputs = Parameters<Run['predict']>[0];
const calls: [name: string, call: (inputs: Inputs) => Promise<unknown[]>, where: () => string][] = [
  ['predict', (inputs) => run.predict(inputs, { task: 'b' }), () => 'task b'],
  ['identify', (inputs) => run.identify(inputs), () => run.path],
];

describe.each(calls)('run.%s', (_, call, where) => {
  it.each<[string, Inputs]>([
    ['rows of numbers', rowsOf((start, end) => Array.from(flat.subarray(start, end)))],
    ['rows of float32', rowsOf((start, end) => flat.subarray(start, end))],
    ['rows of float64', rowsOf((start, end) => Float64Array.from(flat.subarray(start, end)))],
    ['rows of bytes', rowsOf((start, end) => bytes.subarray(start, end))],
    ['flat float64', Float64Array.from(flat)],
    ['flat bytes', bytes],
  ])('says the same of %s as of flat float32', async (_, inputs) => {
    const expected = await call(flat);
    expect(expected).toHaveLength(count);
    expect(new Set(expected.map((found) => JSON.stringify(found))).size).toBe(count);
    expect(await call(inputs)).toEqual(expected);
  });

  it.each<[string, Inputs, string]>([
    ['a row of another length', [flat.subarray(0, length), [1, 2, 3]], '64 values expected in sample 1, found 3'],
    ['a flat array that is no whole number of examples', new Uint8Array(65), 'inputs of shape [n,8,8,1] expected, found 65 numbers'],
    [
      'NaN in a row',
      [flat.subarray(0, length), Array.from({ length }, (_, i) => (i === 3 ? NaN : 0))],
      'finite numbers expected, found NaN in sample 1 (value 3 of 64)',
    ],
    [
      'an infinity in a flat array',
      Float32Array.from({ length }, (_, i) => (i === 5 ? Infinity : 0)),
      'finite numbers expected, found Infinity in sample 0 (value 5 of 64)',
    ],
  ])('refuses %s', async (_, inputs, message) => {
    await expect(call(inputs)).rejects.toMatchObject({ name: 'LifelongError', code: 'data', message: `${where()}: ${message}` });
  });
});
