import { LifelongError } from '../core/errors.js';
import type { Split, Task } from '../core/task.js';

/**
 * The task with a safe point before every read of its data, which all long work comes by: batches of training, blocks of evaluation, of
 * features and of a teacher's logits.
 *
 * At a safe point the event loop has a turn, without which a process that computes would hear no signal and keep no timer; then an aborted
 * signal makes the read throw LifelongError `interrupted`.
 */
export function stoppable(task: Task, signal: AbortSignal | undefined): Task {
  const guard = (split: Split): Split => ({
    size: split.size,
    labels: () => split.labels(),
    async read(indices) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      stopIfAborted(signal, `with task ${task.id}`);
      return split.read(indices);
    },
  });
  return { ...task, train: guard(task.train), validation: guard(task.validation), test: guard(task.test) };
}

/** @throws LifelongError `interrupted` when the signal is aborted */
export function stopIfAborted(signal: AbortSignal | undefined, where: string): void {
  if (signal?.aborted) throw interruption(where);
}

/** The error that says what an aborted signal stopped. */
export function interruption(where: string): LifelongError {
  return new LifelongError('interrupted', `interrupted ${where}`, 'a run folder keeps what was learned; resume goes on from there');
}
