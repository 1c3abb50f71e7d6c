import { lastValueFrom, tap, type Observable } from 'rxjs';
import { LifelongError } from '../core/errors.js';
import type { LearnEvent } from '../core/events.js';
import { interruptible } from './interrupt.js';
import { createReporter } from './reporter.js';

/**
 * Lets a run go on to its end and shows it.
 *
 * @param start makes the events, given the signal that an interrupt aborts
 * @param options.run the run's folder, for what to do after an interrupt
 * @returns the tasks learned now
 * @throws what stopped the run; LifelongError `interrupted` after Ctrl-C, when the state is saved
 */
export async function follow(
  start: (signal: AbortSignal) => Observable<LearnEvent> | Promise<Observable<LearnEvent>>,
  options: { readonly run: string; readonly json: boolean },
): Promise<number> {
  const reporter = createReporter(options);
  const { signal, release } = interruptible();
  let learned = 0;
  try {
    const events = await start(signal);
    const last = await lastValueFrom(
      events.pipe(
        tap((event) => {
          reporter.next(event);
          if (event.type === 'task-learned') learned++;
        }),
      ),
      { defaultValue: null },
    );
    if (last?.type === 'run-finished' || !signal.aborted) return learned;
  } catch (error) {
    if (!(error instanceof LifelongError && error.code === 'interrupted')) throw error;
  } finally {
    reporter.close();
    release();
  }
  throw new LifelongError('interrupted', 'interrupted, the state is saved', `go on with: lifelong resume ${options.run}`);
}
