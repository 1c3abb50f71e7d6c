import { Command } from 'commander';
import { availableParallelism, hostname } from 'node:os';
import { LifelongError } from '../../core/errors.js';
import { createGridReporter } from '../grid-reporter.js';
import { interruptible } from '../interrupt.js';
import { jobSetting } from '../job-setting.js';
import { integer, number } from '../options.js';
import { tell } from '../output.js';
import { redisOption } from '../redis-option.js';

interface WorkerFlags {
  readonly redis?: string;
  readonly jobs?: number;
  readonly root?: string;
  readonly silence: number;
}

export function workerCommand(): Command {
  return new Command('worker')
    .description('do runs of grids that were started with --redis, until it is stopped; any number of workers, on any machines')
    .addOption(redisOption('the Redis server that the grids use'))
    .option('--jobs <n>', 'runs beside each other (default: as many as there are cores for)', integer(1))
    .option('--root <folder>', 'the folder that corresponds to the one in which grids are started (default: the current one)')
    .option('--silence <seconds>', 'after how long without a sign of life a worker counts as dead', number, 30)
    .action(runWorker);
}

async function runWorker({ redis, jobs, root, silence }: WorkerFlags): Promise<void> {
  if (redis === undefined)
    throw new LifelongError('usage', '--redis: the address of a Redis server expected, found none', 'worker --redis URL');
  if (!(silence >= 1)) throw new LifelongError('usage', `--silence: at least 1 second expected, found ${silence}`);
  if (root !== undefined) goTo(root);
  const [{ connect }, { work }] = await Promise.all([import('../../grid/redis/connect.js'), import('../../grid/redis/work.js')]);
  const connection = await connect(redis);
  const { signal, release } = interruptible('handing back what is under way, saved');
  const reporter = createGridReporter();
  const name = `${hostname()}:${process.pid}`;
  tell(`worker ${name}: waiting for runs on ${connection.shown}`);
  try {
    await work({
      ...jobSetting(),
      ...{ connection, name, cores: availableParallelism(), jobs, silenceMs: silence * 1000, signal },
      ...{ onEvent: (event) => reporter.next(event), onNotice: tell },
    });
  } finally {
    reporter.close();
    release();
  }
  process.exit(); // timers of a queue whose server has forgotten its jobs would keep this process
}

function goTo(root: string): void {
  try {
    process.chdir(root);
  } catch (cause) {
    throw new LifelongError('usage', `--root: a folder expected, found none at ${root}`, undefined, { cause });
  }
}
