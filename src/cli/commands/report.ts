import { Command, Option } from 'commander';
import { reportFormats, type ReportFormatName } from '../../report/formats.js';
import { onlyRun } from '../../report/only-run.js';
import type { Report } from '../../report/schema.js';
import { deliver, styleFor } from '../deliver.js';
import { exitCodes } from '../failure.js';
import { number } from '../options.js';
import { tell } from '../output.js';
import { readReports, readTraining } from '../read-report.js';

interface ReportFlags {
  readonly format: ReportFormatName;
  readonly json?: true;
  readonly table?: string;
  readonly output?: string;
  readonly figures?: string;
  readonly tensorboard?: string;
  readonly maxForgetting?: number;
}

export function reportCommand(): Command {
  return new Command('report')
    .description('the forgetting report of one or more runs, also of one that is going on')
    .argument('<run...>', 'run folders')
    .addOption(new Option('-f, --format <format>', 'form of the report').choices(Object.keys(reportFormats)).default('text'))
    .option(
      '--table <name>',
      'with csv: history, accuracy, class-incremental, metrics, tasks, decisions, during, stability, divergence, experts, cost or options (default: history)',
    )
    .option('--json', 'the same as --format json')
    .option('-o, --output <file>', 'write to a file instead of stdout')
    .option('--figures <folder>', 'write each picture as SVG and PNG too (one run)')
    .option('--tensorboard <folder>', 'write a TensorBoard log too (one run)')
    .option('--max-forgetting <x>', 'exit with 3 when the average forgetting of a run is greater, or not defined', number)
    .action(report);
}

async function report(runs: readonly string[], flags: ReportFlags): Promise<void> {
  const reports = await readReports(runs);
  const render = reportFormats[flags.json ? 'json' : flags.format];
  await deliver(await render(reports, { table: flags.table, style: styleFor(flags.output), training: readTraining }), flags.output);
  if (flags.figures !== undefined) {
    await drawFigures(onlyRun(reports, '--figures'), flags.figures);
  }
  if (flags.tensorboard !== undefined) {
    const { writeTensorboard } = await import('../../report/tensorboard.js');
    tell(`wrote ${await writeTensorboard(onlyRun(reports, '--tensorboard').run.path, flags.tensorboard)}`);
  }
  if (flags.maxForgetting !== undefined && !isForgettingWithin(flags.maxForgetting, reports)) process.exitCode = exitCodes.gateNotMet;
}

/** Every picture of a report as SVG and PNG. */
async function drawFigures(report: Report, folder: string): Promise<void> {
  const [{ reportFigures }, { trainingFigures }, { writeFigures }] = await Promise.all([
    import('../../report/figures.js'),
    import('../../report/chart-training.js'),
    import('../../report/write-figures.js'),
  ]);
  const figures = [...reportFigures(report), ...trainingFigures(await readTraining(report.run.path))];
  await writeFigures(figures, folder, ['svg', 'png']);
  tell(`wrote ${figures.length} pictures into ${folder}`);
}

function isForgettingWithin(limit: number, reports: readonly Report[]): boolean {
  const failed = reports.filter(({ metrics }) => !((metrics.averageForgetting.value ?? Infinity) <= limit));
  for (const { run, metrics } of failed) {
    const { value, reason } = metrics.averageForgetting;
    tell(`${run.path}: average forgetting of at most ${limit} expected, found ${value ?? `none: ${reason ?? 'not defined'}`}`);
  }
  return failed.length === 0;
}
