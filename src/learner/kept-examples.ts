import type { Examples, Split } from '../core/task.js';

/** Examples of all splits together that are kept, in bytes. */
const mostBytes = 64 * 2 ** 20;

/**
 * Keeps what is read of splits a second time, up to a number of bytes in all: where every task changes all answers, test examples are asked for
 * after each. A block that is asked for again is the same object, so that what a strategy knows of it need not be found again.
 */
export function keptExamples(most = mostBytes): (split: Split) => Split {
  let left = most;
  return (split) => {
    const blocks = new Map<string, Examples | undefined>();
    return {
      ...split,
      async read(indices) {
        const key = indices.join();
        const kept = blocks.get(key);
        if (kept) return kept;
        const examples = await split.read(indices);
        const again = blocks.has(key);
        const bytes = again ? examples.inputs.byteLength + examples.labels.byteLength : 0;
        if (bytes <= left) {
          left -= bytes;
          blocks.set(key, again ? examples : undefined);
        }
        return examples;
      },
    };
  };
}
