import { Command } from 'commander';
import { createRequire } from 'node:module';
import { compareCommand } from './commands/compare.js';
import { compressCommand } from './commands/compress.js';
import { demoCommand } from './commands/demo.js';
import { exportCommand } from './commands/export.js';
import { featuresCommand } from './commands/features.js';
import { gridCommand } from './commands/grid.js';
import { inspectCommand } from './commands/inspect.js';
import { mergeCommand } from './commands/merge.js';
import { planCommand } from './commands/plan.js';
import { predictCommand } from './commands/predict.js';
import { reportCommand } from './commands/report.js';
import { resumeCommand } from './commands/resume.js';
import { runCommand } from './commands/run.js';
import { setupCommand } from './commands/setup.js';
import { strategiesCommand } from './commands/strategies.js';
import { streamsCommand } from './commands/streams.js';
import { verifyCommand } from './commands/verify.js';
import { workerCommand } from './commands/worker.js';
import { colorsOf, hasColor, widthOf } from './terminal.js';

const { version, description } = createRequire(import.meta.url)('../../package.json') as { version: string; description: string };

const exitCodesHelp = `
Exit codes: 0 done, 1 run failed, 2 wrong usage, configuration or data,
3 gate not met, 130 interrupted with the state saved`;

/** The whole command line. Parsing throws CommanderError for wrong usage, after saying on stderr what was expected. */
export function program(): Command {
  const root = new Command('lifelong')
    .description(description)
    .version(version)
    .addCommand(demoCommand())
    .addCommand(runCommand())
    .addCommand(resumeCommand())
    .addCommand(reportCommand())
    .addCommand(compareCommand())
    .addCommand(gridCommand())
    .addCommand(workerCommand())
    .addCommand(inspectCommand())
    .addCommand(verifyCommand())
    .addCommand(predictCommand())
    .addCommand(exportCommand())
    .addCommand(mergeCommand())
    .addCommand(streamsCommand())
    .addCommand(strategiesCommand())
    .addCommand(featuresCommand())
    .addCommand(compressCommand())
    .addCommand(planCommand())
    .addCommand(setupCommand())
    .addHelpText('after', exitCodesHelp);
  for (const command of withSubcommands(root)) configure(command);
  return root;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

function configure(command: Command): void {
  const colors = colorsOf(process.stderr);
  command.exitOverride().configureOutput({
    getOutHelpWidth: () => widthOf(process.stdout),
    getErrHelpWidth: () => widthOf(process.stderr),
    getOutHasColors: () => hasColor(process.stdout),
    getErrHasColors: () => hasColor(process.stderr),
    outputError: (text, write) => {
      const line = text
        .trim()
        .replace(/^error: /, '')
        .replace(/\s*\n\s*/g, ' ');
      write(`${colors.red('lifelong:')} ${line}\n${colors.dim(`  see ${pathOf(command)} --help`)}\n`);
    },
  });
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
