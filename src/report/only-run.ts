import { LifelongError } from '../core/errors.js';
import type { Report } from './schema.js';

/** The report that there is. @throws LifelongError `usage` for several, naming the option that is for one */
export function onlyRun(reports: readonly Report[], option: string): Report {
  const [one, ...more] = reports;
  if (one === undefined || more.length > 0) throw new LifelongError('usage', `${option}: one run expected, found ${reports.length}`);
  return one;
}
