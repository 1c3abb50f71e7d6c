import type { Report } from './schema.js';

/** The report as JSON text that `reportSchema` reads back, with a last newline. Numbers are unrounded. */
export function renderJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
