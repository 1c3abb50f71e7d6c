import { Command, Option } from 'commander';
import type { Comparison } from '../../report/compare.js';
import { deliver, styleFor } from '../deliver.js';
import { readReports } from '../read-report.js';

interface CompareFlags {
  readonly format: string;
  readonly json?: true;
  readonly table?: string;
  readonly output?: string;
}

export function compareCommand(): Command {
  return new Command('compare')
    .description('strategies side by side over seeds, and which differences exceed seed noise')
    .argument('<run...>', 'run folders of one stream')
    .addOption(new Option('-f, --format <format>', 'form of the comparison').choices(['text', 'json', 'csv', 'md', 'html']).default('text'))
    .option('--table <name>', 'with csv: groups, differences or runs (default: groups)')
    .option('--json', 'the same as --format json')
    .option('-o, --output <file>', 'write to a file instead of stdout')
    .action(async (runs: readonly string[], flags: CompareFlags) => {
      const { compareRuns } = await import('../../report/compare.js');
      await deliver(await render(compareRuns(await readReports(runs)), flags), flags.output);
    });
}

async function render(comparison: Comparison, { format, json, table, output }: CompareFlags): Promise<string> {
  const renderers = await import('../../report/compare-render.js');
  switch (json ? 'json' : format) {
    case 'json':
      return renderers.renderComparisonJson(comparison);
    case 'csv':
      return renderers.renderComparisonCsv(comparison, table);
    case 'md':
      return renderers.renderComparisonMarkdown(comparison);
    case 'html':
      return renderers.renderComparisonHtml(comparison);
    default:
      return renderers.renderComparison(comparison, styleFor(output));
  }
}
