import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { expect } from 'vitest';
import type { TaskStream } from '../../src/core/stream.js';
import { lifelong } from '../cli/lifelong.js';
import { readAll, tasksOf } from '../streams/tiny-data.js';
import { jpeg } from './picture-files.js';

export const side = 24;

/** Which half of a picture is bright. */
export const halves = { down: [1, 0], left: [0, -1], right: [0, 1], up: [-1, 0] } as const;
export type Half = keyof typeof halves;

export function picture(half: Half, dark = 20, size = side): Uint8Array {
  const [dy, dx] = halves[half];
  const middle = (size - 1) / 2;
  return Uint8Array.from({ length: size * size }, (_, at) =>
    (Math.floor(at / size) - middle) * dy + ((at % size) - middle) * dx > 0 ? 230 : dark,
  );
}

export const png = (half: Half, dark?: number, size = side): Uint8Array =>
  encode({ width: size, height: size, channels: 1, depth: 8, data: picture(half, dark, size) });

/** Four pictures of each of two classes, but for those that are given. */
export const eight = (given: Readonly<Record<string, Uint8Array>> = {}): Record<string, Uint8Array> => ({
  ...Object.fromEntries([0, 1, 2, 3].flatMap((i) => (['left', 'right'] as const).map((half) => [`${half}/${i}.png`, png(half, i)]))),
  ...given,
});

/** Every example of a stream, read. */
export async function readStream(stream: TaskStream): Promise<void> {
  for (const { train, validation, test } of await tasksOf(stream)) for (const split of [train, validation, test]) await readAll(split);
}

/** `count` pictures of each of two classes, with these endings in turn. */
export async function twoClasses(count: number, ending: (i: number) => string, prefix = '', dark = 0): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const half of ['left', 'right'] as const) {
    for (let i = 0; i < count; i++) files[`${prefix}${half}/${i}${ending(i)}`] = await jpeg(picture(half, dark + i), [side, side, 1]);
  }
  return files;
}

/** A manifest over a folder of photographs, and the path of both. */
export function manifest(folder: string, name: string, data: string, more = ''): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, `name: ${name}\ndata: { source: folder, path: ${data} }\ntasks: { split: 1 }\nfeatures: pixels\n${more}`);
  return path;
}

export interface Check {
  readonly tasks: readonly {
    readonly train: number;
    readonly validation: number;
    readonly test: number;
    readonly classes: readonly { readonly name: string }[];
  }[];
  readonly warnings: readonly string[];
}

export async function check(path: string): Promise<Check> {
  const { code, stdout, stderr } = await lifelong(['streams', 'check', path, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Check;
}

export const sizes = ({ tasks }: Check) =>
  tasks.map(({ train, validation, test, classes }) => [train + validation, test, classes.map(({ name }) => name)]);
