import { join } from 'node:path';
import { LifelongError } from '../core/errors.js';
import { compareRuns } from '../report/compare.js';
import type { StreamComparisons } from '../report/compare-streams.js';
import type { Report } from '../report/schema.js';
import { readReport } from '../report/summary.js';
import { readCellStates } from './cell-state.js';
import { countStates } from './count-states.js';
import type { Grid } from './read-grid.js';

/**
 * Strategies side by side on each stream of a grid, over what there is of its runs: those that go on count with what they have learned, and
 * comparisons say which were left out.
 *
 * @param file of the grid, for what to do when there is nothing
 * @throws LifelongError `run-missing` when no run has learned a task
 */
export async function compareGrid({ name, out, cells, sides }: Grid, file: string): Promise<StreamComparisons> {
  const counted = countStates(await readCellStates(cells, out));
  const byStream = new Map(sides.streams.map((stream): [string, Report[]] => [stream, []]));
  for (const cell of cells) {
    const report = await reportOf(join(out, cell.name));
    if (report && report.tasks.length > 0) byStream.get(cell.streamName)?.push(report);
  }
  const comparisons = [...byStream].flatMap(([stream, reports]) =>
    reports.length > 0 ? [{ stream, comparison: compareRuns(reports) }] : [],
  );
  if (comparisons.length === 0)
    throw new LifelongError('run-missing', `${out}: runs of ${name} with learned tasks expected, found none`, `lifelong grid ${file}`);
  return { title: `Grid ${name}: ${counted}`, comparisons };
}

/** Of a run that can be read; what is wrong with one does not keep the others from being compared. */
async function reportOf(path: string): Promise<Report | undefined> {
  try {
    return await readReport(path);
  } catch (error) {
    if (error instanceof LifelongError) return undefined;
    throw error;
  }
}
