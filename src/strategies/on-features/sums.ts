import { LifelongError } from '../../core/errors.js';
import type { NamedArray } from '../../core/snapshot.js';
import type { ClassName } from '../../core/task.js';
import { classKey } from '../../data/class-names.js';

/** Rows of each class added up: the sum of tasks, runs and blocks is the sum over all their examples. */
export interface ClassSums {
  /** Length M of a row. */
  readonly size: number;
  /** `[C, M]` */
  readonly sums: Float32Array;
  /** Examples of each class, `[C]`. */
  readonly counts: Int32Array;
}

export const noSums = (classes: number, size: number): ClassSums => ({
  size,
  sums: new Float32Array(classes * size),
  counts: new Int32Array(classes),
});

/** With these rows `[n, M]` more, of classes `labels`. Within a call sums are in float64. */
export function addRows({ size, sums, counts }: ClassSums, rows: Float32Array, labels: Int32Array): ClassSums {
  const wide = Float64Array.from(sums);
  const more = counts.slice();
  labels.forEach((label, i) => {
    more[label] = (more[label] ?? 0) + 1;
    for (let at = label * size, from = i * size, end = from + size; from < end; at++, from++) {
      wide[at] = (wide[at] as number) + (rows[from] as number);
    }
  });
  return { size, sums: Float32Array.from(wide), counts: more };
}

/** Sums of several tasks as one, their classes in the order in which they came; a class that comes again adds up. */
export interface NamedSums extends ClassSums {
  readonly names: readonly ClassName[];
}

/** @param tasks at least one, with sums of equal size */
export function joinSums(tasks: readonly { readonly classes: readonly ClassName[]; readonly sums: ClassSums }[]): NamedSums {
  const size = tasks[0]?.sums.size ?? 0;
  const names = new Map<ClassName, ClassName>();
  for (const { classes } of tasks) for (const name of classes) if (!names.has(classKey(name))) names.set(classKey(name), name);
  const places = new Map([...names.keys()].map((key, place) => [key, place]));
  const wide = new Float64Array(places.size * size);
  const counts = new Int32Array(places.size);
  for (const { classes, sums } of tasks) {
    classes.forEach((name, c) => {
      const place = places.get(classKey(name)) ?? 0;
      counts[place] = (counts[place] ?? 0) + (sums.counts[c] ?? 0);
      for (let i = 0; i < size; i++) wide[place * size + i] = (wide[place * size + i] as number) + (sums.sums[c * size + i] as number);
    });
  }
  return { size, names: [...names.values()], sums: Float32Array.from(wide), counts };
}

/** Mean row of each class, `[C, M]`. */
export const classMeans = ({ size, sums, counts }: ClassSums): Float32Array =>
  sums.map((sum, i) => sum / Math.max(1, counts[Math.floor(i / size)] ?? 1));

export const sumsToArrays = ({ size, sums, counts }: ClassSums): Readonly<Record<string, NamedArray>> => ({
  sums: { shape: [counts.length, size], data: sums },
  counts: { shape: [counts.length], data: counts },
});

/** @throws LifelongError `run-corrupt` when these are no sums of so many classes and features */
export function sumsFromArrays(
  { sums, counts }: Readonly<Record<string, NamedArray>>,
  classes: number,
  size: number,
  owner: string,
): ClassSums {
  const fits = sums?.shape.join() === `${classes},${size}` && counts?.shape.join() === `${classes}`;
  if (fits && sums.data instanceof Float32Array && counts.data instanceof Int32Array) return { size, sums: sums.data, counts: counts.data };
  const found = sums ? `[${sums.shape.join()}]` : 'none';
  throw new LifelongError('run-corrupt', `${owner}: sums [${classes},${size}] with a count of each class expected, found ${found}`);
}
