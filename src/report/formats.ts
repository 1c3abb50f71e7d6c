import { onlyRun } from './only-run.js';
import type { Report } from './schema.js';
import type { TrainingPoint } from './training.js';

/** What reports are rendered with, for the formats that it means something to. */
export interface Rendering {
  /** Name of the table that a format of one table has; its default when undefined. */
  readonly table: string | undefined;
  /** How text is laid out. */
  readonly style: { readonly width: number; readonly color: boolean };
  /** What the epochs of a run came to. */
  readonly training: (run: string) => Promise<readonly TrainingPoint[]>;
}

/** Writes the reports of one or more runs. */
type ReportFormat = (reports: readonly Report[], rendering: Rendering) => Promise<string>;

/** The forms that reports are written in, each loaded when it is wanted. Another one is a file with its function and an entry here. */
export const reportFormats = {
  text: async (reports, { style }) => each(reports, (await import('./text.js')).renderText, style, '\n\n'),
  json: async (reports) => (await import('./json.js')).renderJson(...reports),
  csv: async (reports, { table }) => each(reports, (await import('./csv.js')).renderCsv, table, '\r\n'),
  md: async (reports) => each(reports, (await import('./markdown.js')).renderMarkdown, undefined, '\n'),
  html: async (reports, { training }) => {
    const { run } = onlyRun(reports, '--format html');
    const { renderHtml } = await import('./html.js');
    return each(reports, renderHtml, { training: await training(run.path) }, '');
  },
} as const satisfies Readonly<Record<string, ReportFormat>>;

export type ReportFormatName = keyof typeof reportFormats;

function each<Options>(
  reports: readonly Report[],
  render: (report: Report, options: Options) => string,
  options: Options,
  between: string,
): string {
  return reports.map((report) => render(report, options)).join(between);
}
