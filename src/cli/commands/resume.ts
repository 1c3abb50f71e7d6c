import { Command } from 'commander';
import { LifelongError } from '../../core/errors.js';
import { copyRun } from '../../checkpoint/store.js';
import { follow } from '../follow.js';
import { assignment, integer, saving, savingFlags, type Assignment, type SavingFlags } from '../options.js';
import { tell } from '../output.js';
import { printReport } from '../print-report.js';
import { searchWorkers, searchWorkersOption } from '../search-workers.js';

interface ResumeFlags extends SavingFlags {
  readonly json?: true;
  readonly fromTask?: number;
  readonly out?: string;
  readonly set?: Assignment[];
  readonly features?: string;
  readonly backbone?: string;
  readonly workers?: number | string;
}

export function resumeCommand(): Command {
  return new Command('resume')
    .description('go on with a run where it stopped, and learn tasks that are new in its stream')
    .argument('<run>', 'run folder')
    .option('--from-task <k>', 'go back to where k tasks were learned, in a copy that --out names', integer(0))
    .option('-o, --out <folder>', 'folder of the copy')
    .option('--set <path=value>', 'where its data are now: data.path=FOLDER, or another path of its manifest; can be repeated', assignment)
    .option('--features <path>', 'where the weights of its feature extractor are now')
    .option('--backbone <name[:path][@side]>', 'where the weights of its backbone are now')
    .addOption(saving.saveEvery)
    .addOption(saving.keep)
    .addOption(searchWorkersOption)
    .option('--json', 'one event a line on stdout instead of progress and report')
    .action(resume);
}

async function resume(run: string, flags: ResumeFlags): Promise<void> {
  const path = await placeToGoOn(run, flags);
  const { openRun } = await import('../../run/open.js');
  const opened = await openRun(path);
  const json = flags.json === true;
  const workers = await searchWorkers(flags.workers);
  try {
    const learned = await follow(
      (signal) =>
        opened.resume(undefined, {
          signal,
          onNotice: tell,
          ...savingFlags(flags),
          ...workers,
          ...(flags.features !== undefined && { features: flags.features }),
          ...(flags.backbone !== undefined && { backbone: flags.backbone }),
          ...(flags.set !== undefined && { set: Object.fromEntries(flags.set) }),
        }),
      {
        run: path,
        json,
      },
    );
    if (learned === 0) tell(`${path} is complete: there is no task to learn`);
  } finally {
    opened.close();
  }
  if (!json) await printReport(path);
}

async function placeToGoOn(run: string, { fromTask, out }: ResumeFlags): Promise<string> {
  if (fromTask === undefined && out === undefined) return run;
  if (fromTask === undefined || out === undefined)
    throw new LifelongError('usage', '--from-task and --out belong together: a copy goes on');
  await copyRun(run, out, { tasks: fromTask });
  return out;
}
