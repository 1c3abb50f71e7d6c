import type { ObservableInput } from 'rxjs';
import type { ByDomain } from './features.js';
import type { JsonObject, JsonValue } from './json.js';
import type { Task } from './task.js';

/**
 * A named sequence of tasks, finite or not.
 *
 * `tasks(from)` starts at task `from` (0-based), so that a resumed run does not produce what it has learned. An async iterable is pulled: task
 * n+1 is asked for only after task n is on disk. An Observable pushes, so it should emit light handles.
 */
export interface TaskStream {
  readonly name: string;
  /** Changes when the data or the way tasks are cut from them change. */
  readonly fingerprint: string;
  /** Number of tasks, undefined when it is not known in advance. */
  readonly size: number | undefined;
  tasks(from?: number): ObservableInput<Task>;
  /** The resolved definition of a stream that was loaded from a manifest, and where that is: a shipped name or a path. */
  readonly manifest?: JsonObject;
  readonly source?: string;
  /** What was set in place of the manifest file's own values, by dotted key. */
  readonly set?: Readonly<Record<string, JsonValue>>;
  /** A fingerprint for each task's own examples and settings, where all are known: a stream that begins with the same ones has grown. */
  readonly taskFingerprints?: readonly string[];
  /** The same as runs kept them earlier: of the whole data that a task is cut from. */
  readonly formerTaskFingerprints?: readonly string[];
  /** What a person should know of how the data were read: what is left out, and what was converted or replaced so far; a sentence each. */
  notes?(): readonly string[];
  /** The feature extractors that the stream asks for, by name or path. */
  readonly features?: ByDomain<string>;
  /** What experts are to stand on, by name or path. */
  readonly backbone?: string;
  /** The seed that ruled class order and choice of examples. */
  readonly seed?: number;
}
