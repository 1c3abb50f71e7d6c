import { Command } from 'commander';
import { join } from 'node:path';
import { print, printJson } from '../output.js';

interface ExportFlags {
  readonly task?: string;
  readonly output: string;
  readonly force?: true;
  readonly json?: true;
}

export function exportCommand(): Command {
  return new Command('export')
    .description('write the learned tasks as tfjs models that plain tfjs loads, in a browser and in Node')
    .argument('<run>', 'run folder')
    .requiredOption('-o, --output <folder>', 'new folder for the models and manifest.json')
    .option('--task <id>', 'only this task')
    .option('--force', 'replace an export that is there')
    .option('--json', 'print the manifest as JSON')
    .action(async (run: string, { task, output, force, json }: ExportFlags) => {
      const { exportRun } = await import('../../export/export-run.js');
      const manifest = await exportRun(run, output, { ...(task !== undefined && { task }), force: force === true });
      if (json) {
        printJson(manifest);
        return;
      }
      const { tasks, allClasses } = manifest;
      const lines = tasks.map(({ id, classes, model }) => `task ${id} (${classes.join(', ')})\t${join(output, model)}`);
      print([...lines, ...(allClasses ? [`all ${allClasses.classes.length} classes\t${join(output, allClasses.model)}`] : [])].join('\n'));
    });
}
