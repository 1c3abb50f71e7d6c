import * as Plot from '@observablehq/plot';
import type { Figure } from './figures.js';
import { drawSvg } from './plot.js';
import { lightTheme } from './theme.js';
import type { Theme } from './theme.js';
import type { TrainingPoint } from './training.js';

interface Step {
  readonly step: number;
  readonly task: number;
  readonly value: number | null;
}

/** Loss and validation accuracy over all epochs of a run, task after task; no picture without at least two epochs. */
export function trainingFigures(points: readonly TrainingPoint[]): Figure[] {
  if (points.length < 2) return [];
  const caption = 'All epochs of the run one after the other; upright lines are where a task begins.';
  const validated = points.some(({ validationAccuracy }) => validationAccuracy !== null);
  const accuracy: Figure = {
    name: 'training-accuracy',
    title: 'Validation accuracy during training',
    caption,
    draw: (width, theme = lightTheme) => draw(points, (point) => point.validationAccuracy, 'validation accuracy', width, theme),
  };
  return [
    ...(validated ? [accuracy] : []),
    {
      name: 'training-loss',
      title: 'Loss during training',
      caption,
      draw: (width, theme = lightTheme) => draw(points, (point) => point.loss, 'loss', width, theme),
    },
  ];
}

function draw(
  points: readonly TrainingPoint[],
  value: (point: TrainingPoint) => number | null,
  label: string,
  width: number,
  theme: Theme,
): string {
  const steps = points.map((point, i): Step => ({ step: i + 1, task: point.task, value: value(point) }));
  const starts = steps.filter((step, i) => step.task !== steps[i - 1]?.task);
  const labelled = starts.length * 24 <= width ? starts : [];
  return drawSvg(
    {
      width,
      height: 240,
      marginLeft: 48,
      marginRight: 16,
      marginTop: 32,
      marginBottom: 38,
      x: { label: 'epoch', labelArrow: 'none', labelAnchor: 'center', ticks: width < 500 ? 4 : 8, tickFormat: 'd' },
      y: { label, labelArrow: 'none', grid: true, nice: true, ticks: 5 },
      marks: [
        Plot.ruleX(starts, { x: 'step', stroke: theme.faint }),
        Plot.text(labelled, { x: 'step', frameAnchor: 'top', dx: 8, dy: -8, text: (step: Step) => String(step.task), fill: theme.muted }),
        Plot.lineY(steps, { x: 'step', y: 'value', z: 'task', stroke: theme.series[0], strokeWidth: 1.5 }),
        ...(steps.length <= 60 ? [Plot.dot(steps, { x: 'step', y: 'value', r: 2, fill: theme.series[0] })] : []),
      ],
    },
    theme,
    `${label} over ${steps.length} epochs`,
  );
}
