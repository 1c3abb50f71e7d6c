import * as Plot from '@observablehq/plot';
import { averageAccuracy } from '../metrics/accuracy.js';
import { amountAxis, averageAccuracyAxis, parameterAxis, taskAxis } from './axes.js';
import { formatShare } from './numbers.js';
import { atBandEnd, drawBands, drawTogether, faintLine, lowestOf, mostBands } from './over-time.js';
import { drawSvg } from './plot.js';
import type { Report } from './schema.js';
import type { Theme } from './theme.js';
import { tickTasks } from './ticks.js';

interface Point {
  readonly task: number;
  readonly after: number;
  readonly accuracy: number;
}

function pointsOf({ accuracy }: Report): Point[] {
  return accuracy.flatMap((row, after) =>
    row.flatMap((value, task): Point[] => (value === null || task > after ? [] : [{ task, after, accuracy: value }])),
  );
}

/** Accuracy of each task from the time it was learned on: a band for each task, or for many tasks thin lines in one frame with their mean. */
export function drawAccuracyOverTime(report: Report, width: number, theme: Theme): string {
  const points = pointsOf(report);
  const low = lowestOf(report.accuracy.flat());
  const count = report.tasks.length;
  const description = `Accuracy of each of ${count} tasks after every task, from ${low} to 1`;
  const picture = { count, low, x: taskAxis(count, width, 'after task'), width, theme, description };
  if (count > mostBands) {
    return drawTogether(picture, [
      Plot.lineY(points, { x: 'after', y: 'accuracy', z: 'task', ...faintLine(picture) }),
      Plot.lineY(meansOf(report), { x: 'after', y: 'accuracy', stroke: theme.series[0], strokeWidth: 3.5 }),
    ]);
  }
  const ends = points.filter((point) => point.after === count - 1);
  const endOf = ({ task, accuracy }: Point) => {
    const learned = report.tasks[task]?.accuracy.learned ?? null;
    return task === count - 1 ? formatShare(accuracy) : `${formatShare(learned)} → ${formatShare(accuracy).replace(/^0/, '')}`;
  };
  return drawBands(picture, [
    Plot.areaY(points, { x: 'after', y1: low, y2: 'accuracy', fy: 'task', fill: theme.series[0], fillOpacity: 0.15 }),
    Plot.lineY(points, { x: 'after', y: 'accuracy', fy: 'task', stroke: theme.series[0], strokeWidth: 2 }),
    Plot.dot(points, { x: 'after', y: 'accuracy', fy: 'task', r: count > 12 ? 1.5 : 3, fill: theme.series[0] }),
    Plot.text(ends, { x: 'after', fy: 'task', text: endOf, ...atBandEnd(picture) }),
  ]);
}

/** After each task the mean over those learned. */
function meansOf({ accuracy }: Report): Pick<Point, 'after' | 'accuracy'>[] {
  return accuracy.flatMap((_, after) => {
    const mean = averageAccuracy(accuracy.slice(0, after + 1)).value;
    return mean === null ? [] : [{ after, accuracy: mean }];
  });
}

/** Forgetting of every task but the last as bars from zero: to the right what was lost, to the left what was gained. */
export function drawForgetting(report: Report, width: number, theme: Theme): string {
  const bars = report.tasks.flatMap((task) => (task.forgetting === null ? [] : [{ task: task.index, forgetting: task.forgetting }]));
  const reach = Math.max(0.01, ...bars.map((bar) => bar.forgetting));
  const back = Math.min(0, ...bars.map((bar) => bar.forgetting));
  const fill = (bar: { forgetting: number }) => (bar.forgetting > 0 ? theme.series[1] : theme.series[0]);
  const description = `Forgetting of each of ${bars.length} tasks: best earlier accuracy less the final one`;
  const amount = { ...amountAxis('forgetting', width), domain: [back * 1.25, reach * 1.25] };
  if (bars.length > mostBands) {
    return drawSvg(
      {
        width,
        height: 260,
        marginLeft: 48,
        marginBottom: 38,
        x: { type: 'band', label: 'task', labelArrow: 'none', ticks: tickTasks(bars.length, width - 60, 40), tickSize: 0 },
        y: { ...amount, labelAnchor: 'top' },
        color: { type: 'identity' },
        marks: [Plot.barY(bars, { x: 'task', y: 'forgetting', fill }), Plot.ruleY([0], { stroke: theme.ink })],
      },
      theme,
      description,
    );
  }
  return drawSvg(
    {
      width,
      height: 60 + 26 * bars.length,
      marginLeft: 58,
      marginRight: 12,
      marginBottom: 38,
      x: amount,
      y: { type: 'band', label: null, tickFormat: (task: number) => `task ${task}`, tickSize: 0 },
      color: { type: 'identity' },
      marks: [
        Plot.barX(bars, { x: 'forgetting', y: 'task', fill, insetTop: 2, insetBottom: 2 }),
        Plot.ruleX([0], { stroke: theme.ink }),
        Plot.text(bars, {
          x: (bar: { forgetting: number }) => Math.max(0, bar.forgetting),
          y: 'task',
          dx: 6,
          textAnchor: 'start',
          fill: theme.ink,
          text: (bar: { forgetting: number }) => formatShare(bar.forgetting),
        }),
      ],
    },
    theme,
    description,
  );
}

/** Average accuracy against the number of parameters, one point after each task: what growth bought. */
export function drawGrowth(report: Report, width: number, theme: Theme): string {
  let parameters = 0;
  const points = report.tasks.flatMap((task, after) => {
    parameters += task.addedParameters;
    const accuracy = averageAccuracy(report.accuracy.slice(0, after + 1)).value;
    return accuracy === null ? [] : [{ after, parameters, accuracy }];
  });
  const labelled = points.filter((_, i) => points.length <= 12 || i === 0 || i === points.length - 1);
  return drawSvg(
    {
      width,
      height: 300,
      marginLeft: 48,
      marginRight: 24,
      marginTop: 24,
      marginBottom: 40,
      x: parameterAxis(width),
      y: averageAccuracyAxis,
      marks: [
        Plot.line(points, { x: 'parameters', y: 'accuracy', stroke: theme.series[0], strokeWidth: 1.5 }),
        Plot.dot(points, { x: 'parameters', y: 'accuracy', r: 4, fill: theme.series[0], stroke: theme.paper }),
        Plot.text(labelled, {
          x: 'parameters',
          y: 'accuracy',
          text: 'after',
          dx: 5,
          dy: -8,
          textAnchor: 'start',
          fill: theme.ink,
          stroke: theme.paper,
          strokeWidth: 3,
        }),
      ],
    },
    theme,
    `Average accuracy against parameters after each of ${points.length} tasks`,
  );
}
