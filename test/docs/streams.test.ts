import { expect, it } from 'vitest';
import { tempFolder } from '../data/temp-folder.js';
import { filesIn, runProgram, writeProject } from './code-blocks.js';

it('docs/streams.md: arrays are cut into rotated, permuted and split tasks', () => {
  const folder = tempFolder();
  writeProject(folder, filesIn('streams.md', 'Arrays in your program'));
  expect(runProgram(folder, 'cuts.mjs').trim().split('\n')).toEqual(['as it is', '30 degrees', '60 degrees', '10 2']);
});
