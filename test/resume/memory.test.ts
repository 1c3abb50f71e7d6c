import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tinyPar } from '../support/tiny-tasks.js';
import { compileLearner, finishLearner } from './children.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-memory-'));
let program: string;
beforeAll(() => {
  program = compileLearner(join(folder, 'program'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it.concurrent.each(['eager', 'auto'] as const)('20 tasks of 5 epochs leak nothing (engine %s)', { timeout: 120_000 }, async (engine) => {
  const settings = { ...tinyPar, cells: 2, samples: 1, epochs: 5, batchSize: 8, engine };
  const said = await finishLearner(program, { run: join(folder, engine), tasks: 20, settings }, ['--expose-gc']);
  const memory = said.filter((line) => line.startsWith('memory')).map((line) => line.split(' ').slice(1).map(Number));
  expect(memory).toHaveLength(20);
  expect(new Set(memory.map(([tensors]) => tensors))).toEqual(new Set([0]));
  const last = memory.slice(-10).map(([, rss = NaN]) => rss);
  expect(Math.max(...last) / Math.min(...last)).toBeLessThan(1.1);
  console.log(engine, last.map((x) => Math.round(x / 1e6)).join(' '));
});
