import { Command } from 'commander';
import { verifyRun } from '../../checkpoint/store.js';
import { exitCodes } from '../failure.js';
import { print, printJson } from '../output.js';

export function verifyCommand(): Command {
  return new Command('verify')
    .description('check every file of a run against its checksums')
    .argument('<run>', 'run folder')
    .option('--json', 'the problems as JSON')
    .action(async (run: string, flags: { json?: true }) => {
      const problems = await verifyRun(run);
      if (flags.json) printJson(problems);
      else
        print(
          problems.length === 0 ? `${run}: every file is as it was written` : problems.map((p) => `${p.file}: ${p.problem}`).join('\n'),
        );
      if (problems.length > 0) process.exitCode = exitCodes.failed;
    });
}
