import { Command, Option } from 'commander';
import { deliver, styleFor } from '../deliver.js';
import { readReport } from '../read-report.js';

interface InspectFlags {
  readonly format: string;
  readonly json?: true;
  readonly output?: string;
}

export function inspectCommand(): Command {
  return new Command('inspect')
    .description('experts, who shares what, genotypes, and decisions with every distance')
    .argument('<run>', 'run folder')
    .addOption(new Option('-f, --format <format>', 'form').choices(['text', 'json', 'svg']).default('text'))
    .option('--json', 'the same as --format json')
    .option('-o, --output <file>', 'write to a file instead of stdout')
    .action(async (run: string, { format, json, output }: InspectFlags) => {
      const { renderInspection, renderInspectionJson, renderInspectionSvg } = await import('../../report/inspect.js');
      const report = await readReport(run);
      if (json || format === 'json') await deliver(renderInspectionJson(report), output);
      else if (format === 'svg') await deliver(renderInspectionSvg(report), output);
      else await deliver(renderInspection(report, styleFor(output)), output);
    });
}
