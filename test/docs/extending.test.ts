import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRun } from '../../src/checkpoint/store.js';
import { lifelong } from '../cli/lifelong.js';
import { tempFolder } from '../data/temp-folder.js';
import { filesIn, runProgram, writeProject } from './code-blocks.js';

describe('docs/extending.md: a data source', () => {
  const folder = tempFolder();
  writeProject(folder, filesIn('extending.md', 'A data source'));
  const states = ['running', 'idle', 'worn', 'broken'];
  const lines = Array.from({ length: 240 }, (_, i) => {
    const state = (i >> 2) % 4; // every state is among the lines for the test, one of four
    return [states[state], ...[0, 1, 2].map((d) => (Math.sin(3 * state + 2 * d) + (i % 7) / 20).toFixed(3))].join(' ');
  });
  writeFileSync(join(folder, 'machines.log'), lines.join('\n'));
  const learned = async () => (await readRun(join(folder, 'checkpoints/machines'))).tasks.map(({ classes }) => classes);

  it('is learned from in a project of its own, and the run goes on', async () => {
    expect(runProgram(folder, 'learn.mjs')).toContain('task-learned');
    expect(await learned()).toEqual([['running', 'idle']]);

    const refused = await lifelong(['resume', 'checkpoints/machines'], { cwd: folder });
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/source of data "sensor-log" was made by a program/)]);
    expect(refused.stderr).toContain('.resume(undefined, { sources: [source] })');

    expect(runProgram(folder, 'resume.mjs')).toContain('task-learned');
    expect(await learned()).toEqual([
      ['running', 'idle'],
      ['worn', 'broken'],
    ]);
  });
});
