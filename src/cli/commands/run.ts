import { Command } from 'commander';
import { join } from 'node:path';
import type { JsonObject } from '../../core/json.js';
import type { StrategyEntry } from '../../strategies/registry.js';
import { follow } from '../follow.js';
import {
  assignment,
  evalEvery,
  integer,
  saving,
  savingFlags,
  seeds,
  shorthandAssignments,
  shorthands,
  type Assignment,
  type SavingFlags,
} from '../options.js';
import { tell } from '../output.js';
import { printReport } from '../print-report.js';
import { searchWorkers, searchWorkersOption } from '../search-workers.js';
import { divide, readConfig } from '../settings.js';

interface RunFlags extends SavingFlags {
  readonly strategy: string;
  readonly seed?: number;
  readonly seeds?: number[];
  readonly out?: string;
  readonly config?: string;
  readonly set?: Assignment[];
  readonly tasks?: number;
  readonly features?: string;
  readonly backbone?: string;
  readonly evalEvery?: number;
  readonly workers?: number | string;
  readonly json?: true;
  readonly force?: true;
}

export function runCommand(): Command {
  const command = new Command('run')
    .description('learn a stream of tasks and report forgetting')
    .argument('<stream>', 'a shipped stream (see: lifelong streams) or the path of a manifest')
    .option('--strategy <name>', 'how to learn (see: lifelong strategies)', 'par')
    .option('--seed <n>', "rules class order, weights, shuffles and search (default: the manifest's, else 0)", integer(0))
    .option('--seeds <list>', 'several runs, one for each seed: 0,1,2', seeds)
    .option('-o, --out <folder>', 'run folder (default: checkpoints/<stream>-<strategy>-s<seed>)')
    .option('--config <file>', 'YAML with the keys that --set takes')
    .option('--set <path=value>', 'a manifest key or a strategy option; can be repeated', assignment)
    .option('--tasks <n>', 'learn at most so many tasks', integer(1))
    .option('--features <name|path>', 'frozen feature extractor (see: lifelong features)')
    .option(
      '--backbone <name[:path][@side]>',
      'frozen network that experts stand on: efficientnet-lite0, resnet18, minilm, albert or whisper-tiny (features are its pooled output, unless given)',
    )
    .addOption(evalEvery)
    .addOption(saving.saveEvery)
    .addOption(saving.keep)
    .addOption(searchWorkersOption)
    .option('--json', 'one event a line on stdout instead of progress and report')
    .option('--force', 'replace a run that is in the folder');
  for (const option of Object.values(shorthands)) command.addOption(option);
  return command.action(async (stream: string, flags: RunFlags) => {
    if (flags.seeds === undefined) return runOnce(stream, flags);
    for (const seed of flags.seeds) await runOnce(stream, { ...flags, seed, ...(flags.out && { out: `${flags.out}-s${seed}` }) });
  });
}

/** One run from its first task; its report on stdout. */
export async function runOnce(streamName: string, flags: RunFlags): Promise<void> {
  const [{ strategyNamed }, { manifestSchema }, { loadStream }] = await Promise.all([
    import('../../strategies/registry.js'),
    import('../../streams/manifest.js'),
    import('../../streams/load-stream.js'),
  ]);
  const entry = strategyNamed(flags.strategy);
  const assignments: Assignment[] = [
    ...(flags.config === undefined ? [] : await readConfig(flags.config)),
    ...(flags.set ?? []),
    ...shorthandAssignments({ ...flags }),
    ...(flags.backbone === undefined ? [] : [['backbone', flags.backbone] as const]),
  ];
  const { manifest, options } = divide(assignments, Object.keys(entry.options.shape), Object.keys(manifestSchema.shape));
  const stream = await loadStream(streamName, { set: manifest, ...(flags.seed !== undefined && { seed: flags.seed }) });
  const features = flags.features ?? flags.backbone ?? stream.features;
  const { learn } = await import('../../learner/learn.js');
  // Options of a manifest that names no backbone are meant for networks without one.
  const meant = 'backbone' in manifest ? {} : stream.defaults;
  const standing = 'stages' in entry.options.shape ? await recipeOn(stream.backbone, { ...meant, ...options }, entry) : {};
  const defaults = { ...stream.defaults, ...standing, ...meant };
  const strategy = await entry.create({ ...pick(defaults, entry.options.shape), ...options });
  const run = flags.out ?? join('checkpoints', `${fileName(stream.name)}-${entry.name}-s${stream.seed}`);
  const json = flags.json === true;
  const workers = await searchWorkers(flags.workers);
  await follow(
    (signal) =>
      learn(stream, strategy, {
        run,
        signal,
        onNotice: tell,
        seed: stream.seed,
        features,
        force: flags.force === true,
        ...(flags.tasks !== undefined && { tasks: flags.tasks }),
        ...(flags.evalEvery !== undefined && { evalEvery: flags.evalEvery }),
        ...savingFlags(flags),
        ...workers,
      }),
    { run, json },
  ).finally(() => {
    strategy.dispose();
  });
  if (!json) await printReport(run);
}

/** What options begin with on a backbone; nothing without one. */
async function recipeOn(backbone: string | undefined, asked: JsonObject, { options }: StrategyEntry): Promise<JsonObject> {
  if (backbone === undefined) return {};
  const [{ backboneRecipe }, { domainOfBackbone }] = await Promise.all([
    import('../../strategies/backbone-recipe.js'),
    import('../../backbones/registry.js'),
  ]);
  return backboneRecipe(await domainOfBackbone(backbone), asked, 'optimizer' in options.shape);
}

/** A manifest's options are for any strategy: those that this one does not have say nothing to it. */
function pick(defaults: JsonObject, shape: object): JsonObject {
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => name in shape));
}

function fileName(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, '-');
}
