import type { JsonObject } from './json.js';

/** A tensor at rest. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/**
 * Everything a strategy needs to go on later: plain JSON and named groups of arrays. Group names are paths such as `experts/e0`,
 * `heads/0`, `prototypes/0`, `progress/train`; each group becomes one file, written only when its content is new; the
 * same group object in a later snapshot stands for the same content.
 */
export interface Snapshot {
  readonly state: JsonObject;
  readonly arrays: Readonly<Record<string, Readonly<Record<string, NamedArray>>>>;
}
