import { from, type ObservableInput } from 'rxjs';

/**
 * Tasks one at a time, in order. An iterable is asked for the next task only when the last one is done; an Observable pushes at its own pace,
 * so what it emits meanwhile waits here, which is why a task is a light handle.
 */
export async function* pull<T>(source: ObservableInput<T>): AsyncGenerator<T> {
  if (Symbol.asyncIterator in source || Symbol.iterator in source) {
    yield* source as AsyncIterable<T> | Iterable<T>;
    return;
  }
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
}
