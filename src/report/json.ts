import type { Report } from './schema.js';

/** Reports as JSON text, without a last newline: one that `reportSchema` reads back, or a list of such. Numbers are unrounded. */
export function renderJson(...reports: readonly Report[]): string {
  return JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2);
}
