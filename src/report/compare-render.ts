import { LifelongError } from '../core/errors.js';
import { drawComparison } from './chart-compare.js';
import { knowsClassIncremental, type Comparison, type Difference } from './compare.js';
import { comparisonTables } from './compare-tables.js';
import { htmlFigures, htmlPage, htmlTable } from './html-page.js';
import { formatBytes, formatDifference, formatSeconds, formatShare, formatSize, unknown } from './numbers.js';
import type { Spread } from './spread.js';
import { escapeHtml, escapeMarkdown, tableToCsv, tableToMarkdown } from './table.js';
import { createColors, grid, plain, wrap } from './text-layout.js';

/** The comparison as JSON text `lifelong.comparison/1`, numbers unrounded. */
export function renderComparisonJson(comparison: Comparison): string {
  return `${JSON.stringify(comparison, null, 2)}\n`;
}

/** The comparison for a terminal, without a last newline. Groups have letters, by which the differences name them. */
export function renderComparison(comparison: Comparison, options: { readonly width?: number; readonly color?: boolean } = {}): string {
  const width = Math.max(80, options.width ?? 80);
  const colors = createColors(options.color ?? false);
  return [
    colors.bold(plain(`Comparison on ${comparison.stream}, ${comparison.tasks} tasks`)),
    ...(comparison.warnings.length > 0
      ? [comparison.warnings.map((warning) => colors.yellow(wrap(plain(`warning: ${warning}`), width))).join('\n')]
      : []),
    groupLines(comparison, width),
    ...(comparison.differences.length > 0
      ? [`${colors.bold('Differences on common seeds, bootstrap 95 % interval; * exceeds seed noise')}\n${differenceLines(comparison)}`]
      : []),
    wrap(
      'accuracy: averageAccuracy; forgetting: averageForgetting; mean ± standard deviation (n − 1) over n seeds' +
        (knowsClassIncremental(comparison) ? '; class-inc: mean of classIncrementalAccuracy, with the task not given' : ''),
      width,
    ),
  ].join('\n\n');
}

function letterOf(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : `${letterOf(Math.floor(index / 26) - 1)}${letterOf(index % 26)}`;
}

function groupLines(comparison: Comparison, width: number): string {
  const classIncremental = knowsClassIncremental(comparison);
  const withBytes = width >= 96;
  const nameWidth = width - (withBytes ? 67 : 57) - (classIncremental ? 11 : 0);
  const rows = comparison.groups.map(({ name, runs, measures }, index) => [
    wrap(`${letterOf(index)} ${plain(name)}`, nameWidth - 2),
    String(runs.length),
    plusMinus(measures.averageAccuracy),
    plusMinus(measures.averageForgetting),
    ...(classIncremental ? [formatShare(measures.classIncrementalAccuracy.mean)] : []),
    formatSize(measures.parameters.mean),
    ...(withBytes ? [formatBytes(measures.bytes.mean)] : []),
    formatSeconds(measures.seconds.mean),
  ]);
  const rest = withBytes ? [10, 13] : [13];
  const head = [
    '',
    'n',
    'accuracy',
    'forgetting',
    ...(classIncremental ? ['class-inc'] : []),
    'params',
    ...(withBytes ? ['bytes'] : []),
    'time',
  ];
  return grid([head, ...rows], {
    align: ['left', ...Array.from({ length: 7 }, () => 'right' as const)],
    widths: [nameWidth, 4, 15, 16, ...(classIncremental ? [11] : []), 9, ...rest],
  });
}

function differenceLines({ groups, differences }: Comparison): string {
  const letters = new Map(groups.map((group, index) => [group.name, letterOf(index)]));
  const pairs = differences.filter((difference) => difference.measure === 'averageAccuracy');
  const cell = (difference: Difference | undefined) => {
    if (difference?.interval == null) return difference?.mean == null ? unknown : `${formatDifference(difference.mean)} (one seed)`;
    const { low, high } = difference.interval;
    const star = difference.exceedsSeedNoise === true ? ' *' : '';
    return `${formatDifference(difference.mean)} [${formatDifference(low)}, ${formatDifference(high)}]${star}`;
  };
  const rows = pairs.map((pair) => [
    `${letters.get(pair.first) ?? ''} less ${letters.get(pair.second) ?? ''}`,
    String(pair.seeds.length),
    cell(pair),
    cell(
      differences.find(({ measure, first, second }) => measure === 'averageForgetting' && first === pair.first && second === pair.second),
    ),
  ]);
  return grid([['', 'n', 'accuracy', 'forgetting'], ...rows], { align: ['left', 'right', 'left', 'left'] });
}

function plusMinus({ mean, std }: Spread): string {
  return std === null ? formatShare(mean) : `${formatShare(mean)} ± ${formatShare(std)}`;
}

/** The comparison as Markdown, every table. Ends with a newline. */
export function renderComparisonMarkdown(comparison: Comparison): string {
  const tables = comparisonTables(comparison).map((table) =>
    [`## ${table.title}`, ...(table.note === undefined ? [] : [escapeMarkdown(table.note)]), tableToMarkdown(table)].join('\n\n'),
  );
  const warnings = comparison.warnings.map((warning) => `> warning: ${escapeMarkdown(warning)}`);
  const title = `# Comparison on ${escapeMarkdown(comparison.stream)}, ${comparison.tasks} tasks`;
  return `${[title, ...warnings, ...tables].join('\n\n')}\n`;
}

/**
 * A table of the comparison as CSV: `groups` (a row for each strategy), `differences`, or `runs` (a row for each run).
 *
 * @throws LifelongError `usage` for a table that the comparison does not have
 */
export function renderComparisonCsv(comparison: Comparison, name = 'groups'): string {
  const tables = comparisonTables(comparison);
  const table = tables.find((candidate) => candidate.name === name);
  if (table) return tableToCsv(table);
  throw new LifelongError('usage', `table: one of ${tables.map((candidate) => candidate.name).join(', ')} expected, found ${name}`);
}

/** The comparison as one HTML file: each run's accuracy by strategy, accuracy against parameters, every table. */
export function renderComparisonHtml(comparison: Comparison): string {
  const differences = comparison.differences.filter((difference) => difference.exceedsSeedNoise === true);
  const title = `Comparison on ${comparison.stream}, ${comparison.tasks} tasks`;
  const found = differences.map(({ measure, first, second, mean, interval }) => {
    const range = interval === null ? '' : `, 95 % interval ${formatDifference(interval.low)} to ${formatDifference(interval.high)}`;
    return `<li>${escapeHtml(`${measure}: ${first} less ${second} is ${formatDifference(mean)}${range}`)}</li>`;
  });
  return htmlPage(
    title,
    [
      `<h1>${escapeHtml(title)}</h1>`,
      ...comparison.warnings.map((warning) => `<p class="warning">Warning: ${escapeHtml(warning)}</p>`),
      htmlFigures(drawComparison(comparison)),
      `<h2>Differences that exceed seed noise</h2>`,
      found.length > 0 ? `<ul>${found.join('')}</ul>` : '<p>None.</p>',
      '<h2>All numbers</h2>',
      ...comparisonTables(comparison).map(htmlTable),
    ].join('\n'),
  );
}
