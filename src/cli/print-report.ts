import { renderText } from '../report/text.js';
import { deliver, styleFor } from './deliver.js';
import { readReport } from './read-report.js';

/** The forgetting report of a run on stdout, as text. */
export async function printReport(run: string): Promise<void> {
  await deliver(renderText(await readReport(run), styleFor(undefined)), undefined);
}
