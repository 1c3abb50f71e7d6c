import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { random } from '../../src/core/random.js';

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A new folder with a stream of vectors, `tiny.yaml`, in three tasks of two classes, and a grid file. */
export function projectFolder(grid: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'lifelong-grid-'));
  made.push(folder);
  writeProject(folder, grid);
  return folder;
}

export function writeProject(folder: string, grid: string, { data = true } = {}): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'tiny.yaml'),
    'name: tiny\ndata: { source: csv, train: train.csv, test: test.csv, label: label }\ntasks: { split: 3 }\n',
  );
  writeFileSync(join(folder, 'grid.yaml'), grid);
  if (!data) return;
  writeFileSync(join(folder, 'train.csv'), table('train', 120));
  writeFileSync(join(folder, 'test.csv'), table('test', 30));
}

function table(part: string, rows: number): string {
  const source = random(1, part);
  const lines = Array.from({ length: rows }, (_, i) => {
    const values = Array.from({ length: 6 }, (__, j) => ((j === i % 6 ? 1.5 : 0) + 0.6 * source.normal()).toFixed(4));
    return `${values.join(',')},k${i % 6}`;
  });
  return `a,b,c,d,e,f,label\n${lines.join('\n')}\n`;
}

/** Runs of a second or two, most of which it takes to start. */
export const quickGrid = 'streams: [tiny.yaml]\nstrategies: [ncm, slda]\nseeds: [0, 1]\n';
