import { Command, Option } from 'commander';
import { integer } from '../options.js';
import { redisOption } from '../redis-option.js';
import { reportGrid, showGrid } from '../show-grid.js';
import { startGrid } from '../start-grid.js';

export function gridCommand(): Command {
  return new Command('grid')
    .description('many runs: the streams, strategies, extractors and seeds that a file names, on this machine or on several')
    .addCommand(start(), { isDefault: true })
    .addCommand(status())
    .addCommand(report());
}

function start(): Command {
  return new Command('start')
    .description('do the runs of a grid as far as they are not done, then compare them')
    .argument('<file>', 'the grid, a YAML file')
    .addOption(outOption())
    .option('--jobs <n>', 'runs beside each other on this machine (default: one for each core)', integer(1))
    .option('--threads <n>', 'threads of TensorFlow for each run (default: cores divided by --jobs; with --redis 1)', integer(1))
    .addOption(redisOption('let workers do the runs, over this Redis server'))
    .option('--only <k>', 'one run alone, by its number in --list', integer(0))
    .option('--list', 'print the runs with their numbers, and start none')
    .addOption(new Option('--print <cluster>', 'print a job file for a cluster, and start nothing').choices(['slurm', 'kubernetes']))
    .action(startGrid);
}

function status(): Command {
  return new Command('status')
    .description('how the runs of a grid stand: waiting, active with task and epoch, done, failed with the reason')
    .argument('<file>', 'the grid, a YAML file')
    .addOption(outOption())
    .addOption(redisOption('ask this Redis server too: of runs in folders that this machine does not see'))
    .option('--watch', 'show it anew every second, until nothing is left to do')
    .option('--json', 'as JSON')
    .action(showGrid);
}

function report(): Command {
  return new Command('report')
    .description('compare the strategies of a grid on each stream, over what there is of its runs, while they go on too')
    .argument('<file>', 'the grid, a YAML file')
    .addOption(outOption())
    .addOption(new Option('-f, --format <format>', 'form of the comparison').choices(['text', 'json', 'csv', 'md', 'html']).default('text'))
    .option('--table <name>', 'with csv: groups, differences or runs (default: groups)')
    .option('--json', 'the same as --format json')
    .option('-o, --output <file>', 'write to a file instead of stdout')
    .action(reportGrid);
}

const outOption = () => new Option('--out <folder>', 'folder of the run folders (default: as the file says, else checkpoints/<name>)');
