import * as Plot from '@observablehq/plot';
import { joiningOf, type Joining } from './decision-words.js';
import { drawSvg } from './plot.js';
import type { Report } from './schema.js';
import type { Theme } from './theme.js';
import { tickTasks } from './ticks.js';
import { describeArchitecture } from './words.js';

interface Joined {
  readonly task: number;
  readonly expert: string;
  readonly how: Joining;
}

/** Marks in the order in which they are drawn; `series` is the colour. */
const marksOf: { readonly [How in Joining]: { readonly symbol: string; readonly series: number; readonly hollow?: true } } = {
  searched: { symbol: 'star', series: 1 },
  copied: { symbol: 'diamond2', series: 3 },
  patch: { symbol: 'triangle', series: 3 },
  distil: { symbol: 'circle', series: 0 },
  'head only': { symbol: 'circle', series: 0, hollow: true },
  fixed: { symbol: 'square', series: 2 },
};

/**
 * Experts as lanes, tasks from left to right: a mark where a task founded or joined an expert (star: searched, diamond: architecture copied,
 * triangle: a patch, disc: distilled into it, ring: new head only, square: no decision), and a dashed arrow from the expert whose architecture was copied, or whose
 * patch.
 */
export function drawExperts(report: Report, width: number, theme: Theme): string {
  const marks = report.tasks.flatMap((task): Joined[] => {
    if (task.expert === null) return [];
    return [{ task: task.index, expert: task.expert, how: joiningOf(task.decision) }];
  });
  const lanes = report.experts.map((expert) => expert.id);
  const copies = report.tasks.flatMap(({ index, expert, decision }) =>
    decision !== null && decision.from !== null && expert !== null ? [{ task: index, from: decision.from, to: expert }] : [],
  );
  const count = report.tasks.length;
  const wide = width >= 500;
  const marginLeft = wide ? 130 : 52;
  const size = Math.max(3, Math.min(8, (width - marginLeft) / count / 2.5));
  const labelled = (width - marginLeft) / count >= 62;
  const architecture = new Map(report.experts.map((expert) => [expert.id, describeArchitecture(expert)]));
  const colour = (series: number) => theme.series[series] ?? theme.ink;
  return drawSvg(
    {
      width,
      height: 56 + Math.max(lanes.length > 12 ? 22 : 44, 16) * lanes.length,
      marginLeft,
      marginRight: 16,
      marginTop: 10,
      marginBottom: 40,
      x: {
        type: 'point',
        domain: report.tasks.map((task) => task.index),
        label: 'task',
        labelArrow: 'none',
        labelAnchor: 'center',
        ticks: tickTasks(count, width - marginLeft, 24),
      },
      y: {
        type: 'point',
        insetBottom: 10,
        domain: lanes,
        label: null,
        tickSize: 0,
        tickFormat: (id: string) => (wide ? `${id}, ${architecture.get(id) ?? ''}` : id),
      },
      symbol: { type: 'identity' } as never,
      marks: [
        Plot.ruleY(
          marks,
          Plot.groupY({ x1: 'min', x2: 'max' }, { y: 'expert', x1: 'task', x2: 'task', stroke: theme.muted, strokeWidth: 2 }),
        ),
        Plot.arrow(copies, {
          x1: 'task',
          x2: 'task',
          y1: 'from',
          y2: 'to',
          stroke: theme.series[3],
          strokeDasharray: '4 3',
          inset: size + 2,
          headLength: 8,
        }),
        ...Object.entries(marksOf).map(([how, { symbol, series, hollow }]) =>
          Plot.dot(
            marks.filter((mark) => mark.how === how),
            {
              x: 'task',
              y: 'expert',
              r: how === 'searched' ? size * 1.2 : size,
              symbol: symbol as never,
              fill: hollow ? theme.paper : colour(series),
              stroke: hollow ? colour(series) : theme.paper,
              strokeWidth: hollow ? 2 : 0.75,
            },
          ),
        ),
        ...(labelled
          ? [Plot.text(marks, { x: 'task', y: 'expert', text: 'how', dy: 17, fill: theme.ink, stroke: theme.paper, strokeWidth: 3 })]
          : []),
      ],
    },
    theme,
    `${lanes.length} experts and the ${count} tasks that founded or joined them`,
  );
}
