import * as Plot from '@observablehq/plot';
import { amountAxis, averageAccuracyAxis, parameterAxis } from './axes.js';
import { knowsClassIncremental, type Comparison, type MeasureName } from './compare.js';
import type { Figure } from './figures.js';
import { drawSvg } from './plot.js';
import { lightTheme } from './theme.js';
import type { Theme } from './theme.js';

interface Run {
  readonly group: string;
  readonly value: number;
}

/** Pictures of a comparison: each run's accuracy and forgetting by strategy with the means, and accuracy against parameters. */
export function drawComparison(comparison: Comparison): Figure[] {
  const caption = 'A ring is a run with one seed; the upright line is the mean of the strategy.';
  return [
    strip(comparison, 'averageAccuracy', 'Average accuracy', caption),
    strip(comparison, 'averageForgetting', 'Average forgetting', caption),
    ...(knowsClassIncremental(comparison)
      ? [strip(comparison, 'classIncrementalAccuracy', 'Average accuracy, class-incremental', caption)]
      : []),
    {
      name: 'accuracy-against-parameters',
      title: 'Accuracy against parameters',
      caption: 'Mean of each strategy; the bar spans its runs.',
      draw: (width, theme = lightTheme) => growth(comparison, width, theme),
    },
  ];
}

function strip(comparison: Comparison, measure: MeasureName, title: string, caption: string): Figure {
  return { name: measure, title, caption, draw: (width, theme = lightTheme) => drawStrip(comparison, measure, title, width, theme) };
}

function drawStrip({ groups }: Comparison, measure: MeasureName, title: string, width: number, theme: Theme): string {
  const runs = groups.flatMap((group) => group.runs.flatMap(({ values }): Run[] => toRun(group.name, values[measure])));
  const means = groups.flatMap((group) => toRun(group.name, group.measures[measure].mean));
  const longest = Math.max(0, ...groups.map((group) => group.name.length));
  const marginLeft = Math.min(width / 2.2, 16 + longest * 6.6);
  const letters = Math.floor((marginLeft - 16) / 6.6);
  return drawSvg(
    {
      width,
      height: 56 + 32 * groups.length,
      marginLeft,
      marginRight: 16,
      marginBottom: 38,
      x: amountAxis(title.toLowerCase(), width),
      y: {
        type: 'band',
        domain: groups.map((group) => group.name),
        label: null,
        tickSize: 0,
        tickFormat: (name: string) => (name.length <= letters ? name : `${name.slice(0, Math.max(1, letters - 1))}…`),
      },
      marks: [
        Plot.tickX(means, { x: 'value', y: 'group', stroke: theme.series[1], strokeWidth: 3, insetTop: 3, insetBottom: 3 }),
        Plot.dot(runs, { x: 'value', y: 'group', r: 5, stroke: theme.series[0], strokeWidth: 2 }),
      ],
    },
    theme,
    `${title} of ${runs.length} runs of ${groups.length} strategies`,
  );
}

function toRun(group: string, value: number | null): Run[] {
  return value === null ? [] : [{ group, value }];
}

function growth({ groups }: Comparison, width: number, theme: Theme): string {
  const points = groups.flatMap(({ name, measures }) => {
    const { mean, min, max } = measures.averageAccuracy;
    const parameters = measures.parameters.mean;
    return mean === null || min === null || max === null || parameters === null ? [] : [{ name, mean, min, max, parameters }];
  });
  const farthest = Math.max(...points.map((point) => point.parameters));
  const label = (side: 'start' | 'end') =>
    Plot.text(
      points.filter((point) => point.parameters <= 0.6 * farthest === (side === 'start')),
      {
        x: 'parameters',
        y: 'mean',
        text: 'name',
        dx: side === 'start' ? 8 : -8,
        textAnchor: side,
        fill: theme.ink,
        stroke: theme.paper,
        strokeWidth: 3,
      },
    );
  return drawSvg(
    {
      width,
      height: 320,
      marginLeft: 48,
      marginRight: 20,
      marginTop: 26,
      marginBottom: 40,
      x: parameterAxis(width),
      y: averageAccuracyAxis,
      marks: [
        Plot.ruleX(points, { x: 'parameters', y1: 'min', y2: 'max', stroke: theme.series[0], strokeWidth: 2 }),
        Plot.dot(points, { x: 'parameters', y: 'mean', r: 5, fill: theme.series[0], stroke: theme.paper }),
        label('start'),
        label('end'),
      ],
    },
    theme,
    `Average accuracy against parameters of ${points.length} strategies`,
  );
}
