import { renderText } from '../report/text.js';
import { readReport } from '../report/summary.js';
import { print } from './output.js';
import { hasColor, widthOf } from './terminal.js';

/** The forgetting report of a run on stdout, as text. */
export async function printReport(run: string): Promise<void> {
  print(renderText(await readReport(run), { width: widthOf(process.stdout), color: hasColor(process.stdout) }));
}
