import { from, take } from 'rxjs';
import type { TaskStream } from '../core/stream.js';

/** The same stream without the tasks after the first `count`. */
export function firstTasks<Stream extends TaskStream>(stream: Stream, count: number): Stream {
  return {
    ...stream,
    size: stream.size === undefined ? undefined : Math.min(stream.size, count),
    tasks: (start = 0) => from(stream.tasks(start)).pipe(take(Math.max(0, count - start))),
  };
}
