import { Command } from 'commander';
import { print, printJson, tell } from '../output.js';

interface MergeFlags {
  readonly output: string;
  readonly force?: true;
  readonly json?: true;
}

export function mergeCommand(): Command {
  return new Command('merge')
    .description(
      'make one run of two that were learned on features alone (ncm, slda, ranpac, probe), as if it had learned the tasks of both',
    )
    .argument('<one>', 'run folder; its standardization, seed and names of tasks are kept')
    .argument('<other>', 'run folder of the same strategy, options and features')
    .requiredOption('-o, --output <folder>', 'new run folder')
    .option('--force', 'replace a run that is there')
    .option('--json', 'print what was merged as JSON')
    .action(async (one: string, other: string, { output, force, json }: MergeFlags) => {
      const { mergeRuns } = await import('../../run/merge.js');
      const { tasks, accuracy } = await mergeRuns(one, other, output, { force: force === true, onNotice: tell });
      const last = accuracy.at(-1) ?? [];
      const merged = tasks.map(({ id, classes, index }) => ({ id, classes, accuracy: last[index] ?? null }));
      if (json) printJson({ run: output, tasks: merged });
      else print(`${output}: ${tasks.length} tasks\n${merged.map(({ id, classes }) => `task ${id}\t${classes.join(', ')}`).join('\n')}`);
    });
}
