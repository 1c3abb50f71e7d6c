import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readEvents, readRun } from '../../src/checkpoint/store.js';
import { readReport } from '../../src/report/summary.js';

/** What depends on the clock, the process or the place. */
const passing = new Set(['created', 'seconds', 'time', 'peakRssBytes', 'path']);

/** Said again by every process that goes on with a run. */
const repeated = new Set(['run-started', 'task-started']);

/**
 * All that a run amounts to, as texts that are equal for runs with the same outcome: its record with the checksums of all weights, its report,
 * its events in order, the names of its files. Times, peak memory and paths are left out.
 */
export async function outcomeOf(run: string) {
  const events: string[] = [];
  for await (const event of readEvents(run)) if (!repeated.has(event.type)) events.push(lasting(event));
  const files = readdirSync(run, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(run, name)).isFile());
  const { files: weights, ...record } = await readRun(run);
  return { record: lasting(record), weights, report: lasting(await readReport(run)), events, files: files.sort() };
}

function lasting(value: object): string {
  return JSON.stringify(value, (key, member: unknown) => (passing.has(key) ? undefined : member));
}
