import { from, type ObservableInput } from 'rxjs';
import { interruption } from './stoppable.js';

/** Something that hands out values one at a time when asked, and has to be closed. */
export type Pull<T> = AsyncGenerator<T, void, void>;

/**
 * Tasks one at a time, in order. An iterable is asked for the next task only when the last one is done. An Observable is subscribed to at once
 * and pushes at its own pace; what it emits meanwhile waits here, which is why a task is a light handle.
 *
 * @throws LifelongError `interrupted`, where it is waiting for a task too, when the signal is aborted
 */
export function pull<T>(source: ObservableInput<T>, signal?: AbortSignal): Pull<T> {
  const iterable = Symbol.asyncIterator in source || Symbol.iterator in source;
  return iterable ? iterate(source as AsyncIterable<T> | Iterable<T>, signal) : queue(source, signal);
}

async function* iterate<T>(source: AsyncIterable<T> | Iterable<T>, signal: AbortSignal | undefined): Pull<T> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let asking = true;
  try {
    for (;;) {
      const step = await unlessAborted(Promise.resolve(iterator.next()), signal);
      if (step.done) return;
      asking = false;
      yield step.value;
      asking = true;
    }
  } finally {
    const closed = Promise.resolve(iterator.return?.()); // a generator that waits for its next task closes only when that has come
    if (asking) closed.catch(() => undefined);
    else await closed;
  }
}

function queue<T>(source: ObservableInput<T>, signal: AbortSignal | undefined): Pull<T> {
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
  const values = (async function* () {
    try {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift() as T;
        if (ended) {
          if ('error' in ended) throw ended.error;
          return;
        }
        await unlessAborted(new Promise<void>((resolve) => (wake = resolve)), signal);
      }
    } finally {
      subscription.unsubscribe();
    }
  })();
  const close = values.return.bind(values); // which does not reach the finally above when no value was asked for yet
  return Object.assign(values, {
    return: () => {
      subscription.unsubscribe();
      return close();
    },
  });
}

/** The promise's outcome, or `interrupted` as soon as the signal is aborted. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => {
      reject(interruption('while waiting for a task'));
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', stop);
    });
  });
}
