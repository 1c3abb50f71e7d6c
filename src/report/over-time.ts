import * as Plot from '@observablehq/plot';
import type { taskAxis } from './axes.js';
import { drawSvg } from './plot.js';
import type { Theme } from './theme.js';

/** With more tasks than this, the tasks share one frame instead of having a band each. */
export const mostBands = 24;

/** Accuracies over time, for each task, as marks in a frame. */
interface OverTime {
  /** Tasks. */
  readonly count: number;
  /** Accuracy at the bottom of a frame; 1 is at its top. */
  readonly low: number;
  readonly x: ReturnType<typeof taskAxis>;
  readonly width: number;
  readonly theme: Theme;
  readonly description: string;
}

/** A round number at or below every one of these accuracies, so that small differences show. */
export function lowestOf(accuracies: readonly (number | null)[]): number {
  const known = accuracies.flatMap((accuracy) => accuracy ?? []);
  return Math.max(0, Math.floor(Math.min(0.95, ...known) * 10) / 10);
}

/** A band for each task, with room for a few words at its end. Marks have the facet `fy`, a task. */
export function drawBands({ count, low, x, width, theme, description }: OverTime, marks: readonly Plot.Markish[]): string {
  return drawSvg(
    {
      ...{ width, height: 46 + 40 * count, marginLeft: 58, marginRight: 96, marginTop: 8, marginBottom: 38, x },
      y: { domain: [low, 1], axis: null },
      fy: { label: null, padding: 0.2, tickFormat: (task: number) => `task ${task}`, axis: 'left' },
      marks: [Plot.ruleY([low], { stroke: theme.faint }), ...marks],
    },
    theme,
    description,
  );
}

/** How words at the end of a band stand: half-way up, beside its right edge. */
export const atBandEnd = ({ low, theme }: Pick<OverTime, 'low' | 'theme'>) =>
  ({ y: () => (1 + low) / 2, dx: 12, textAnchor: 'start', fill: theme.ink }) as const;

/** All tasks in one frame. */
export function drawTogether({ low, x, width, theme, description }: OverTime, marks: Plot.Markish[]): string {
  return drawSvg(
    {
      ...{ width, height: 320, marginLeft: 44, marginRight: 16, marginBottom: 38, x },
      y: { domain: [low, 1], label: 'accuracy', grid: true, labelArrow: 'none' },
      marks,
    },
    theme,
    description,
  );
}

/** How one of many tasks' lines is drawn, under the line that counts. */
export const faintLine = ({ theme }: Pick<OverTime, 'theme'>) => ({ stroke: theme.muted, strokeOpacity: 0.45, strokeWidth: 0.75 });
