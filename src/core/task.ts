import type { Input, InputValues } from './input.js';
import type { JsonObject } from './json.js';

/** A class as its owner calls it: any string or integer. It comes back in reports and predictions as it was given. */
export type ClassName = string | number;

/**
 * A block of examples in memory.
 *
 * `inputs` is row-major `[n, ...shape]`, raw values (images in [0, 1]) as float32, or int32 where the task's input is; `labels` holds `n` class
 * indices 0..C-1 into the task's `classes`.
 */
export interface Examples {
  readonly shape: readonly number[];
  readonly inputs: InputValues;
  readonly labels: Int32Array;
}

/** Random access to one part of a task's data. Nothing is read until asked. */
export interface Split {
  readonly size: number;
  /** Class index of every example, in split order; cheap compared with reading inputs. */
  labels(): Promise<Int32Array>;
  /** The examples at these positions, in this order. */
  read(indices: Int32Array): Promise<Examples>;
}

/** Per-channel statistics of training inputs; a network sees (x - mean) / std. One entry for each channel (last axis of the input shape). */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** One random change of a training image. `crop`: pad with zeros by `padding`, cut back at a random place. `brightness`: add u in [-delta, delta]. */
export type Augmentation =
  { readonly kind: 'crop'; readonly padding: number } | { readonly kind: 'flip' } | { readonly kind: 'brightness'; readonly delta: number };

/** What stays known of a task after its data are gone. */
export interface TaskRef {
  readonly id: string;
  readonly index: number;
  readonly name: string;
  readonly classes: readonly ClassName[];
  readonly input: Input;
  readonly normalization: Normalization | null;
}

/**
 * What the files of a task's data are: the name of a source, and under its keys what it needs to know to read another file of the same kind. It
 * is kept with the run, so that predictions see files as the task did.
 */
export type Reading = JsonObject & { readonly source: string };

/** One task of a stream: a light handle, not data. */
export interface Task extends TaskRef {
  /** Every value of the data's files was multiplied by it; undefined where they are as they are, and bytes value / 255. */
  readonly scale?: number;
  /** Undefined for data that no source has read. */
  readonly reading?: Reading;
  /** What the stream does to every input besides, such as a permutation, in words; undefined where it does nothing. */
  readonly changes?: readonly string[];
  readonly augment: readonly Augmentation[];
  readonly train: Split;
  readonly validation: Split;
  readonly test: Split;
}

/** The part of a task that is kept with a run. */
export function taskRef(task: TaskRef): TaskRef {
  const { id, index, name, classes, input, normalization } = task;
  return { id, index, name, classes, input, normalization };
}
