import type { GridEvent } from '../grid/grid-event.js';
import type { Progress } from '../grid/progress.js';
import { formatSeconds } from '../report/numbers.js';
import { plain } from '../report/text-layout.js';
import { tell } from './output.js';
import { canRedraw, colorsOf } from './terminal.js';

/** Shows what happens to the runs of a grid on stderr: a line for what stays true, and on a terminal one that lives for what goes on. */
export interface GridReporter {
  next(event: GridEvent): void;
  /** Leaves the terminal as it should be. */
  close(): void;
}

/** @param count of the runs that are to be done, where that is known */
export function createGridReporter(count?: number): GridReporter {
  const output = process.stderr;
  const live = canRedraw(output);
  const colors = colorsOf(output);
  const active = new Map<string, { readonly since: number; readonly progress: Progress | undefined }>();
  let ended = 0;
  const endedNow = () => {
    ended++;
    return count === undefined ? '' : `[${ended}/${count}] `;
  };

  const clear = () => live && output.write('\r\x1b[K');
  const say = (line: string) => {
    clear();
    tell(line);
  };
  const draw = () => {
    if (!live) return;
    const running = [...active].map(([name, { progress }]) => `${name}${progress ? ` ${describeProgress(progress)}` : ''}`);
    const line = `${ended}${count === undefined ? '' : ` of ${count}`} ended, ${active.size} active: ${running.join('; ')}`;
    clear();
    output.write(colors.dim(plain(line).slice(0, output.columns - 1)));
  };

  return {
    next(event) {
      const { name } = event.cell;
      const where = event.worker === undefined ? '' : ` on ${event.worker}`;
      switch (event.type) {
        case 'cell-started':
          active.set(name, { since: performance.now(), progress: undefined });
          say(plain(`${name}: started${where}`));
          break;
        case 'cell-progressed':
          active.set(name, { since: active.get(name)?.since ?? performance.now(), progress: event.progress });
          break;
        case 'cell-finished': {
          const since = active.get(name)?.since;
          active.delete(name);
          say(
            plain(
              `${endedNow()}${name}: done${since === undefined ? '' : ` in ${formatSeconds((performance.now() - since) / 1000)}`}${where}`,
            ),
          );
          break;
        }
        case 'cell-retried':
          active.delete(name);
          say(colors.yellow(plain(`${name}: to be tried again${where}: ${event.reason}`)));
          break;
        case 'cell-failed':
          active.delete(name);
          say(
            colors.red(
              plain(
                `${endedNow()}${name}: given up after ${event.attempts} ${event.attempts === 1 ? 'attempt' : 'attempts'}${where}: ${event.reason}`,
              ),
            ),
          );
      }
      draw();
    },
    close: clear,
  };
}

/** `task 2/5, train 3/8`. */
export function describeProgress({ task, tasks, at }: Progress): string {
  const whole = tasks ?? '?';
  return at === '' ? `${task}/${whole} tasks` : `task ${task + 1}/${whole}, ${at}`;
}
