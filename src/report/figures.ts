import { formatGenotype, type Genotype } from '../core/genotype.js';
import { drawAccuracyOverTime, drawForgetting, drawGrowth } from './chart-accuracy.js';
import { drawDuring, lowestDuring } from './chart-during.js';
import { drawExperts } from './chart-experts.js';
import { drawGenotype } from './chart-genotype.js';
import { drawMatrix } from './chart-matrix.js';
import { lowestOf, mostBands } from './over-time.js';
import type { Report } from './schema.js';
import { lightTheme } from './theme.js';
import type { Theme } from './theme.js';
import { describeTracking } from './words.js';

/** A picture of a report that can be drawn at any width. */
export interface Figure {
  /** For file names: `accuracy`, `genotype-e0`. */
  readonly name: string;
  readonly title: string;
  /** How to read it. */
  readonly caption: string;
  /** SVG text, `width` pixels wide at most. Without a theme: dark ink for light paper. */
  draw(width: number, theme?: Theme): string;
}

/** The pictures of a report, in reading order; those without anything to show are left out. */
export function reportFigures(report: Report): Figure[] {
  const { accuracy, classIncremental, divergence, during, tasks } = report;
  if (tasks.length === 0) return [];
  const low = lowestOf(accuracy.flat());
  const bands = tasks.length <= mostBands;
  const figures: (Figure | false)[] = [
    {
      name: 'accuracy',
      title: classIncremental ? 'Accuracy matrix, task-incremental' : 'Accuracy matrix',
      caption: `Row: after task; column: on task. Darker is better, from ${low} to 1; an empty cell was not evaluated.`,
      draw: (width, theme = lightTheme) =>
        drawMatrix(
          accuracy,
          {
            rows: 'after task',
            columns: 'on task',
            domain: [low, 1],
            description: `Accuracy matrix of ${tasks.length} tasks; its table follows`,
          },
          width,
          theme,
        ),
    },
    classIncremental !== undefined && {
      name: 'class-incremental',
      title: 'Accuracy matrix, class-incremental',
      caption:
        `Row: after task; column: on task, when the largest logit of all heads decides (class-incremental). Darker is better, from ` +
        `${lowestOf(classIncremental.flat())} to 1; an empty cell was not evaluated.`,
      draw: (width, theme = lightTheme) =>
        drawMatrix(
          classIncremental,
          {
            rows: 'after task',
            columns: 'on task',
            domain: [lowestOf(classIncremental.flat()), 1],
            description: `Accuracy matrix of ${tasks.length} tasks, class-incremental; its table follows`,
          },
          width,
          theme,
        ),
    },
    tasks.length > 1 && {
      name: 'accuracy-over-time',
      title: 'Accuracy of each task over time',
      caption: bands
        ? `Each band is one task, from ${low} to 1. At its right: accuracy when learned → at the end.`
        : 'Each thin line is one task, from the time it was learned on; the thick line is the mean over the tasks learned so far.',
      draw: (width, theme = lightTheme) => drawAccuracyOverTime(report, width, theme),
    },
    during !== undefined && {
      name: 'accuracy-during-training',
      title: 'Accuracy during training',
      caption:
        (bands
          ? `Each band is one task, from ${lowestDuring(during)} to 1. At its right: lowest after it was learned → at the end. `
          : 'Each thin line is one task, from the time it was learned on; the thick line is the mean over the tasks learned so far. ') +
        `Measured ${describeTracking(during)}${bands ? '; upright lines are where learning a task begins, a ring is what it ended with' : ''}.`,
      draw: (width, theme = lightTheme) => drawDuring(during, report.tasks, width, theme),
    },
    tasks.some((task) => task.forgetting !== null) && {
      name: 'forgetting',
      title: 'Forgetting',
      caption:
        'Best earlier accuracy less the final one, for every task but the last. Left of zero (below it, for many tasks): the task got better.',
      draw: (width, theme = lightTheme) => drawForgetting(report, width, theme),
    },
    report.experts.length > 0 && {
      name: 'experts',
      title: 'Experts and the tasks that share them',
      caption:
        'A lane is an expert. Star: searched architecture; diamond: new expert with a copied architecture (the dashed arrow says from which); ' +
        'triangle: new patch on an expert (the arrow says what it begins as); disc: distilled into the expert; ring: new head on the frozen expert; square: no decision taken.',
      draw: (width, theme = lightTheme) => drawExperts(report, width, theme),
    },
    divergence.length > 1 && {
      name: 'divergence',
      title: 'Divergence between tasks',
      caption: 'How hard a task is for what is known of another: 0 is the same task, 1 is unrelated. Darker is further apart.',
      draw: (width, theme = lightTheme) =>
        drawMatrix(
          divergence,
          { rows: 'task', columns: 'to task', domain: [0, 1], description: `Divergence between ${tasks.length} tasks; its table follows` },
          width,
          theme,
        ),
    },
    tasks.length > 1 && {
      name: 'growth',
      title: 'Accuracy against parameters',
      caption: 'One point after each task, numbered: the average accuracy on all tasks learned so far, and the parameters that it took.',
      draw: (width, theme = lightTheme) => drawGrowth(report, width, theme),
    },
    ...genotypeFigures(report),
  ];
  return figures.filter((figure) => figure !== false);
}

/** One drawing for every different genotype, naming the experts that have it. */
export function genotypeFigures({ experts }: Pick<Report, 'experts'>): Figure[] {
  const owners = new Map<string, { readonly genotype: Genotype; readonly ids: string[] }>();
  for (const { id, genotype } of experts) {
    if (genotype === null) continue;
    const text = formatGenotype(genotype);
    const known = owners.get(text);
    if (known) known.ids.push(id);
    else owners.set(text, { genotype, ids: [id] });
  }
  return [...owners.values()].map(({ genotype, ids }) => ({
    name: `genotype-${ids[0] ?? ''}`,
    title: `Genotype of ${ids.join(', ')}`,
    caption:
      'Vertical lines are nodes; each arrow is an operation, from the node it reads to the node it feeds. in −2 and in −1 are the outputs of the ' +
      'two cells before. Nodes with a dot below are concatenated into the output.',
    draw: (width, theme = lightTheme) => drawGenotype(genotype, width, theme),
  }));
}
