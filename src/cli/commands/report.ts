import { Command, Option } from 'commander';
import { writeFile } from 'node:fs/promises';
import { readRun } from '../../checkpoint/store.js';
import { LifelongError } from '../../core/errors.js';
import type { Report } from '../../report/schema.js';
import { summarize } from '../../report/summary.js';
import { exitCodes } from '../failure.js';
import { number } from '../options.js';
import { print, tell } from '../output.js';
import { hasColor, widthOf } from '../terminal.js';

interface ReportFlags {
  readonly format: string;
  readonly output?: string;
  readonly maxForgetting?: number;
}

export function reportCommand(): Command {
  return new Command('report')
    .description('the forgetting report of one or more runs, also of one that is going on')
    .argument('<run...>', 'run folders')
    .addOption(new Option('-f, --format <format>', 'form of the report').choices(['text', 'json', 'csv', 'md', 'html']).default('text'))
    .option('-o, --output <file>', 'write to a file instead of stdout')
    .option('--max-forgetting <x>', 'exit with 3 when the average forgetting of a run is greater', number)
    .action(report);
}

async function report(runs: readonly string[], flags: ReportFlags): Promise<void> {
  const reports: Report[] = [];
  for (const run of runs) reports.push(await reportOf(run));
  const text = await render(reports, flags);
  if (flags.output === undefined) print(text);
  else await writeFile(flags.output, text);
  if (flags.maxForgetting !== undefined && !isForgettingWithin(flags.maxForgetting, reports)) process.exitCode = exitCodes.gateNotMet;
}

/** The report of a run; a damaged run.json that could be got over is told of. */
export async function reportOf(run: string): Promise<Report> {
  return summarize(await readRun(run, tell), { path: run });
}

async function render(reports: readonly Report[], { format, output }: ReportFlags): Promise<string> {
  switch (format) {
    case 'json': {
      return `${JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2)}\n`;
    }
    case 'csv': {
      const { renderCsv } = await import('../../report/csv.js');
      return reports.map((one) => renderCsv(one)).join('\r\n');
    }
    case 'md': {
      const { renderMarkdown } = await import('../../report/markdown.js');
      return reports.map(renderMarkdown).join('\n');
    }
    case 'html': {
      const [one, ...more] = reports;
      if (one === undefined || more.length > 0)
        throw new LifelongError('usage', `--format html: one run expected, found ${reports.length}`);
      const { renderHtml } = await import('../../report/html.js');
      return renderHtml(one);
    }
    default: {
      const { renderText } = await import('../../report/text.js');
      const style = output === undefined ? { width: widthOf(process.stdout), color: hasColor(process.stdout) } : {};
      return `${reports.map((one) => renderText(one, style)).join('\n\n')}\n`;
    }
  }
}

function isForgettingWithin(limit: number, reports: readonly Report[]): boolean {
  const tooMuch = reports.filter(({ metrics }) => (metrics.averageForgetting.value ?? -Infinity) > limit);
  for (const { run, metrics } of tooMuch) {
    tell(`${run.path}: average forgetting at most ${limit} expected, found ${String(metrics.averageForgetting.value)}`);
  }
  return tooMuch.length === 0;
}
