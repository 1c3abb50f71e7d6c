import { readEvents, readRun } from '../checkpoint/store.js';
import { LifelongError } from '../core/errors.js';
import type { LearnEvent } from '../core/events.js';
import type { Report } from '../report/schema.js';
import { reportOn } from '../report/summary.js';
import { trainingSeries, type TrainingPoint } from '../report/training.js';
import { tell } from './output.js';

/** The report of a run; a damaged run.json that could be got over is told of on stderr. */
export async function readReport(run: string): Promise<Report> {
  return reportOn(await readRun(run, tell), run);
}

export async function readReports(runs: readonly string[]): Promise<Report[]> {
  const reports: Report[] = [];
  for (const run of runs) reports.push(await readReport(run));
  return reports;
}

/** What the epochs of a run came to; where its event log cannot be read, that is told and there is none. */
export async function readTraining(run: string): Promise<TrainingPoint[]> {
  const events: LearnEvent[] = [];
  try {
    for await (const event of readEvents(run)) events.push(event);
  } catch (error) {
    if (!(error instanceof LifelongError)) throw error;
    tell(`no pictures of training: ${error.message}`);
  }
  return trainingSeries(events);
}
