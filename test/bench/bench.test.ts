import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { needing } from '../support/needing.js';

const program = fileURLToPath(new URL('main.mjs', import.meta.url));
const built = { what: 'dist, which npm run build makes', there: existsSync(new URL('../../dist/index.js', import.meta.url)) };

/** Runs the benchmarks as `npm run bench -- …` does. */
const bench = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args]);

const positive = z.number().positive();
const expertStep = z.object({
  milliseconds: positive,
  plainMilliseconds: positive,
  peakRssBytes: positive.min(50e6).max(4e9),
  repeats: z.literal(2),
  channels: z.literal(2),
  batch: z.literal(4),
  lossDifference: z.number().max(1e-4),
});

needing(built).describe('npm run bench', () => {
  it('prints one JSON object of an expert step that has the same losses as plain tfjs', async () => {
    const { stdout, stderr } = await bench(
      ...['expert-step', '--channels', '2', '--batch', '4', '--size', '8', '--repeats', '2', '--json'],
    );
    expect(expertStep.safeParse(JSON.parse(stdout)).error?.message).toBeUndefined();
    expect(stderr).toContain('turn 2');
  });

  it('prints a Markdown table', async () => {
    const { stdout } = await bench('inference', '--channels', '2', '--batch', '2', '--size', '8', '--repeats', '1', '--markdown');
    expect(stdout).toMatch(/^Measured \d{4}-\d\d-\d\d, \d+ cores/);
    const rows = stdout.split('\n').filter((line) => line.startsWith('|'));
    expect(rows).toHaveLength(3);
    expect(rows[2]).toMatch(/^\| C = 2, 2 images of 8x8 \| [\d.]+ \| [\d.]+ \| [\d.]+ \| [\d.]+ \| [\d.]+ \|$/);
  });

  it('refuses what it does not know', async () => {
    await expect(bench('speed')).rejects.toThrow(/Allowed choices are all, expert-step/);
    await expect(bench('expert-step', '--channels', '0')).rejects.toThrow(/a positive whole number expected/);
  });
});
