import type { JsonObject } from './json.js';

/** A tensor at rest. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/**
 * Everything a strategy needs to go on later: plain JSON and named groups of arrays. Group names are paths such as `experts/e0`,
 * `heads/0`, `prototypes/0`, `progress/train`; each group becomes one file, written only when its content is new.
 */
export interface Snapshot {
  readonly state: JsonObject;
  readonly arrays: Readonly<Record<string, Readonly<Record<string, NamedArray>>>>;
  /**
   * By group: a number that changes whenever the group does, from one snapshot to the next of the same strategy. A group that has the revision it
   * had before is not looked at again; one without a revision is compared by content. Restoring may change revisions; they are not stored.
   */
  readonly revisions?: Readonly<Record<string, number>>;
}

/** Whether a group is what a method keeps besides experts, what they stand on, and heads: prototypes, importances, owners, examples. */
export const isKeptBesides = (group: string): boolean => !/^(experts|frozen|heads|progress)\//.test(group);
