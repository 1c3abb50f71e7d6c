import { readRun } from '../checkpoint/store.js';
import type { Report } from '../report/schema.js';
import { summarize } from '../report/summary.js';
import { tell } from './output.js';

/** The report of a run; a damaged run.json that could be got over is told of on stderr. */
export async function readReport(run: string): Promise<Report> {
  return summarize(await readRun(run, tell), { path: run });
}

export async function readReports(runs: readonly string[]): Promise<Report[]> {
  const reports: Report[] = [];
  for (const run of runs) reports.push(await readReport(run));
  return reports;
}
