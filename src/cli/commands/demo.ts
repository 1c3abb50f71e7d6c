import { Command } from 'commander';
import { join } from 'node:path';
import { runOnce } from './run.js';

export function demoCommand(): Command {
  return new Command('demo')
    .description('the main job on real data: PAR learns Split-MNIST into checkpoints/demo and reports forgetting')
    .option('--json', 'one event a line on stdout instead of progress and report')
    .action((flags: { json?: true }) =>
      runOnce('split-mnist', { strategy: 'par', out: join('checkpoints', 'demo'), force: true, ...flags }),
    );
}
