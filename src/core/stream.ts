import type { ObservableInput } from 'rxjs';
import type { JsonObject } from './json.js';
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
  /** The feature extractor that the stream asks for. */
  readonly features?: string;
  /** The seed that ruled class order and choice of examples. */
  readonly seed?: number;
}
