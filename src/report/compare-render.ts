import { LifelongError } from '../core/errors.js';
import { drawComparison } from './chart-compare.js';
import { knowsClassIncremental, type Comparison, type Difference, type Group } from './compare.js';
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
    colors.bold(plain(titleOf(comparison))),
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

/** Narrowest column of names. */
const leastName = 12;

function groupLines(comparison: Comparison, width: number): string {
  const classIncremental = knowsClassIncremental(comparison);
  const needed = 57 + (classIncremental ? 11 : 0);
  const withKept = width - needed - 8 >= leastName;
  const withBytes = width >= 96 && width - needed - 18 >= leastName;
  const columns: readonly (readonly [title: string, width: number, write: (group: Group) => string])[] = [
    ['n', 4, ({ runs }) => String(runs.length)],
    ['accuracy', 15, ({ measures }) => plusMinus(measures.averageAccuracy)],
    ['forgetting', 16, ({ measures }) => plusMinus(measures.averageForgetting)],
    ...(classIncremental ? [['class-inc', 11, ({ measures }: Group) => formatShare(measures.classIncrementalAccuracy.mean)] as const] : []),
    ['params', 9, ({ measures }) => formatSize(measures.parameters.mean)],
    ...(withKept ? [['kept', 8, ({ measures }: Group) => formatSize(measures.keptNumbers.mean)] as const] : []),
    ...(withBytes ? [['bytes', 10, ({ measures }: Group) => formatBytes(measures.bytes.mean)] as const] : []),
    ['time', 13, ({ measures }) => formatSeconds(measures.seconds.mean)],
  ];
  const nameWidth = width - columns.reduce((total, [, own]) => total + own, 0);
  const rows = comparison.groups.map((group, index) => [
    wrap(`${letterOf(index)} ${plain(group.name)}`, nameWidth - 2),
    ...columns.map(([, , write]) => write(group)),
  ]);
  const kept = withKept ? 'kept: numbers that the method keeps besides' : 'without what the method keeps besides (compare --format csv)';
  const lines = grid([['', ...columns.map(([title]) => title)], ...rows], {
    align: ['left', ...columns.map(() => 'right' as const)],
    widths: [nameWidth, ...columns.map(([, own]) => own)],
  });
  return `${lines}\n${wrap(`params: of experts and heads; ${kept}`, width)}`;
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
  const title = `# ${escapeMarkdown(titleOf(comparison))}`;
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
  const title = titleOf(comparison);
  return htmlPage(title, `<h1>${escapeHtml(title)}</h1>\n${comparisonHtml(comparison)}`);
}

/** What a page says of a comparison, below its title. */
export function comparisonHtml(comparison: Comparison): string {
  const differences = comparison.differences.filter((difference) => difference.exceedsSeedNoise === true);
  const found = differences.map(({ measure, first, second, mean, interval }) => {
    const range = interval === null ? '' : `, 95 % interval ${formatDifference(interval.low)} to ${formatDifference(interval.high)}`;
    return `<li>${escapeHtml(`${measure}: ${first} less ${second} is ${formatDifference(mean)}${range}`)}</li>`;
  });
  return [
    ...comparison.warnings.map((warning) => `<p class="warning">Warning: ${escapeHtml(warning)}</p>`),
    htmlFigures(drawComparison(comparison)),
    `<h2>Differences that exceed seed noise</h2>`,
    found.length > 0 ? `<ul>${found.join('')}</ul>` : '<p>None.</p>',
    '<h2>All numbers</h2>',
    ...comparisonTables(comparison).map(htmlTable),
  ].join('\n');
}

const titleOf = ({ stream, tasks }: Comparison): string => `Comparison on ${stream}, ${tasks} tasks`;
