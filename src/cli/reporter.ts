import type { LearnEvent } from '../core/events.js';
import { formatSeconds } from '../report/numbers.js';
import { describeEvent } from './describe-event.js';
import { printJson, tell } from './output.js';
import { canRedraw, colorsOf } from './terminal.js';
import { estimateTimeLeft } from './time-left.js';

/** Shows what a run does. */
export interface Reporter {
  next(event: LearnEvent): void;
  /** The run is over, for whatever reason: leaves the terminal as it should be. */
  close(): void;
}

/** With `json` one event a line on stdout; otherwise on stderr, on a terminal with one line that lives, elsewhere a line for each event. */
export function createReporter(options: { readonly json: boolean }): Reporter {
  if (options.json) return { next: printJson, close: () => undefined };
  return canRedraw(process.stderr) ? liveReporter(process.stderr) : lineReporter();
}

function lineReporter(): Reporter {
  let tasks: number | null = null;
  return {
    next(event) {
      if (event.type === 'run-started') tasks = event.tasks;
      const line = describeEvent(event, tasks);
      if (line !== undefined) tell(line);
    },
    close: () => undefined,
  };
}

/** Events that the next one makes old. */
const passing = new Set<LearnEvent['type']>(['epoch-ended', 'candidate-evaluated', 'examples-added', 'accuracy-tracked']);

/** Epochs and samples come and go on the last line; what stays true is written above it. */
function liveReporter(output: NodeJS.WriteStream): Reporter {
  const colors = colorsOf(output);
  const timeLeft = estimateTimeLeft();
  const clear = () => output.write('\r\x1b[K');
  let tasks: number | null = null;
  return {
    next(event) {
      if (event.type === 'run-started') tasks = event.tasks;
      timeLeft.next(event);
      const line = describeEvent(event, tasks);
      if (line === undefined) return;
      clear();
      if (passing.has(event.type)) {
        const seconds = timeLeft.seconds();
        const whole = seconds === null ? line : `${line}, ${formatSeconds(seconds)} left`;
        output.write(colors.dim(whole.slice(0, output.columns - 1)));
      } else {
        tell(event.type === 'decision-made' || event.type === 'run-finished' ? colors.bold(line) : line);
      }
    },
    close: clear,
  };
}
