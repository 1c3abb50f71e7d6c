import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Examples } from '../../src/core/task.js';

export const fixture = (file: string) => fileURLToPath(new URL(`../fixtures/features/${file}`, import.meta.url));

interface Figures {
  cases: { side: number; l2: number; sum: number; first: number[] }[];
}
export const figures = JSON.parse(readFileSync(fixture('figures.json'), 'utf8')) as Record<'efficientnet-lite0' | 'resnet18', Figures>;

/** `count` images of the figures' formula, all alike. */
export function image(side: number, count = 1): Examples {
  const length = side * side * 3;
  const inputs = Float32Array.from(
    { length: count * length },
    (_, at) => 0.5 + 0.3 * Math.sin(0.37 * (at % length)) + 0.2 * Math.cos(0.2 * Math.floor((at % length) / (3 * side))),
  );
  return { shape: [side, side, 3], inputs, labels: new Int32Array(count) };
}

const norm = (values: readonly number[] | Float32Array) => Math.sqrt([...values].reduce((sum, value) => sum + value * value, 0));

/** |a - b| relative to |b|. */
export function relativeError(actual: Float32Array, wanted: readonly number[] | Float32Array): number {
  expect(actual.length).toBe(wanted.length);
  return norm(actual.map((value, i) => value - (wanted[i] ?? NaN))) / norm(wanted);
}

/** Checks features against the figures: their norm, sum and first entries within `tolerance` of the norm. */
export function expectFigures(features: Float32Array, wanted: Figures['cases'][number], tolerance: number): void {
  expect(Math.abs(norm(features) - wanted.l2) / wanted.l2).toBeLessThanOrEqual(tolerance);
  expect(Math.abs(features.reduce((sum, value) => sum + value, 0) - wanted.sum) / wanted.sum).toBeLessThanOrEqual(tolerance);
  expect(relativeError(features.subarray(0, wanted.first.length), wanted.first)).toBeLessThanOrEqual(tolerance);
}
