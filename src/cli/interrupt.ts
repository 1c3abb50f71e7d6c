import { onClosedPipe, tell } from './output.js';
import { exitCodes } from './failure.js';
import { canRedraw } from './terminal.js';

/**
 * A signal that Ctrl-C, SIGTERM or a closed pipe aborts, so that work stops at its next safe point; a second Ctrl-C ends the process at once.
 * Under `npm run` one key press arrives twice, so what follows within half a second is the same one.
 *
 * @param what is done then, in words
 */
export function interruptible(what = 'stopping at the next safe point and saving'): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  let first: number | undefined;
  const stop = (name: NodeJS.Signals) => {
    if (first === undefined) {
      first = performance.now();
      if (canRedraw(process.stderr)) process.stderr.write('\n'); // below the line that lives
      tell(`${name}: ${what}; once more stops at once`);
      controller.abort();
    } else if (performance.now() - first > 500) {
      process.exit(exitCodes.interrupted);
    }
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  onClosedPipe(() => {
    controller.abort();
  });
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
    },
  };
}
