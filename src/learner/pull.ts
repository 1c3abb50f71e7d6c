import { from, type ObservableInput } from 'rxjs';

/** Something that hands out values one at a time when asked, and has to be closed. */
export type Pull<T> = AsyncGenerator<T, void, void>;

/**
 * Tasks one at a time, in order. An iterable is asked for the next task only when the last one is done. An Observable is subscribed to at once
 * and pushes at its own pace; what it emits meanwhile waits here, which is why a task is a light handle.
 */
export function pull<T>(source: ObservableInput<T>): Pull<T> {
  const iterable = Symbol.asyncIterator in source || Symbol.iterator in source;
  return iterable ? iterate(source as AsyncIterable<T> | Iterable<T>) : queue(source);
}

async function* iterate<T>(source: AsyncIterable<T> | Iterable<T>): Pull<T> {
  yield* source;
}

function queue<T>(source: ObservableInput<T>): Pull<T> {
  const waiting: T[] = [];
  let ended: { error?: unknown } | undefined;
  let wake: () => void = () => undefined;
  const subscription = from(source).subscribe({
    next(value) {
      waiting.push(value);
      wake();
    },
    error(error: unknown) {
      ended = { error };
      wake();
    },
    complete() {
      ended = {};
      wake();
    },
  });
  return (async function* () {
    try {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift() as T;
        if (ended) {
          if ('error' in ended) throw ended.error;
          return;
        }
        await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      subscription.unsubscribe();
    }
  })();
}
