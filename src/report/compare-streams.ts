import { comparisonTables } from './compare-tables.js';
import { renderComparison, renderComparisonCsv, renderComparisonMarkdown, comparisonHtml } from './compare-render.js';
import type { Comparison } from './compare.js';
import { htmlPage } from './html-page.js';
import { escapeHtml, tableToCsv, type Cell, type Table } from './table.js';

/** Comparisons on several streams, one after another. */
export interface StreamComparisons {
  /** What all of them are of, in one line. */
  readonly title: string;
  readonly comparisons: readonly { readonly stream: string; readonly comparison: Comparison }[];
}

/** For a terminal, without a last newline. */
export function renderComparisons(
  { title, comparisons }: StreamComparisons,
  style: { readonly width: number; readonly color: boolean },
): string {
  return [title, ...comparisons.map(({ comparison }) => renderComparison(comparison, style))].join('\n\n');
}

/** JSON text `lifelong.comparisons/1`, numbers unrounded. */
export function renderComparisonsJson(all: StreamComparisons): string {
  return `${JSON.stringify({ schema: 'lifelong.comparisons/1', ...all }, null, 2)}\n`;
}

export function renderComparisonsMarkdown({ comparisons }: StreamComparisons): string {
  return comparisons.map(({ comparison }) => renderComparisonMarkdown(comparison)).join('\n');
}

/**
 * One table over all streams, with a first column that names the stream.
 *
 * @param name as in {@link renderComparisonCsv}
 * @throws LifelongError `usage` for a table that comparisons do not have
 */
export function renderComparisonsCsv({ comparisons }: StreamComparisons, name = 'groups'): string {
  const [first] = comparisons;
  if (first) renderComparisonCsv(first.comparison, name); // knows which there are
  const tables = comparisons.flatMap(({ stream, comparison }) =>
    comparisonTables(comparison).flatMap((table) => (table.name === name ? [{ stream, table }] : [])),
  );
  return tableToCsv(joined(tables));
}

/** One HTML file. */
export function renderComparisonsHtml({ title, comparisons }: StreamComparisons): string {
  const sections = comparisons.map(({ stream, comparison }) => `<h1>${escapeHtml(stream)}</h1>\n${comparisonHtml(comparison)}`);
  return htmlPage(title, [`<p class="note">${escapeHtml(title)}</p>`, ...sections].join('\n'));
}

/** Tables of one name below each other; a column that one of them lacks is empty there. */
function joined(tables: readonly { readonly stream: string; readonly table: Table }[]): Table {
  const columns = [...new Map(tables.flatMap(({ table }) => table.columns.map((column) => [column.title, column]))).values()];
  const rows = tables.flatMap(({ stream, table }) =>
    table.rows.map((row): Cell[] => [
      stream,
      ...columns.map(({ title }) => row[table.columns.findIndex((column) => column.title === title)] ?? null),
    ]),
  );
  return { name: '', title: '', columns: [{ title: 'stream', kind: 'text' }, ...columns], rows };
}
