import { LifelongError, nearestName } from '../core/errors.js';
import { historyTable } from './history-table.js';
import type { Report } from './schema.js';
import { tableToCsv } from './table.js';
import { reportTables } from './tables.js';

/**
 * A table of the report as CSV (RFC 4180).
 *
 * The default, `history`, has a row "after task i" for each task with what was decided, what it cost, the metrics as they stood, and columns
 * "on task j": the whole accuracy matrix, also the class-incremental one where there is that. The others are `accuracy`, `class-incremental`,
 * `metrics`, `tasks`, `decisions`, `during`, `stability`, `divergence`, `experts`, `cost` and `options`, as far as the run has them.
 *
 * @throws LifelongError `usage` for a table that the report does not have
 */
export function renderCsv(report: Report, name = 'history'): string {
  const tables = [historyTable(report), ...reportTables(report)];
  const table = tables.find((candidate) => candidate.name === name);
  if (table) return tableToCsv(table);
  const names = tables.map((candidate) => candidate.name);
  const nearest = nearestName(name, names);
  throw new LifelongError('usage', `table: one of ${names.join(', ')} expected, found ${name}`, nearest && `did you mean ${nearest}?`);
}
