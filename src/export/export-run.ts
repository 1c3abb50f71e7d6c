import { createHash } from 'node:crypto';
import { readRun } from '../checkpoint/store.js';
import { LifelongError } from '../core/errors.js';
import type { RunRecord, TaskRecord } from '../core/run-record.js';
import { taskOf } from '../core/task-ids.js';
import { version } from '../core/version.js';
import { domainOf } from '../domains/registry.js';
import { restoreStrategy } from '../run/restore.js';
import type { StrategyPlugin } from '../strategies/registry.js';
import type { Strategy } from '../strategies/strategy.js';
import { graphModel, weightBytes } from './graph-model.js';
import { inferenceGraph, type Traces } from './inference-graph.js';
import type { ExportManifest } from './manifest.js';
import type { WeightOwner } from './model-node.js';
import { prototypeFile } from './prototype-file.js';
import { refuseOccupied, writeFolder } from './write-folder.js';

export interface ExportOptions {
  /** Only this task. */
  readonly task?: string;
  /** Whether an export that is there may be replaced. */
  readonly force?: boolean;
  /** Strategies besides the built-in ones: that of the run, where a program made it. */
  readonly strategies?: readonly StrategyPlugin[];
}

/**
 * Writes a run's learned tasks as tfjs graph models that plain tfjs loads, in a browser and in Node: raw inputs in, logits out. The weights of a
 * network that tasks share are written once, and so are those that several networks stand on.
 *
 * @returns the manifest that is also written
 * @throws LifelongError `usage` for a folder that has something in it, a task that the run has not learned, or a strategy that cannot be exported;
 *   `run-missing`, `run-corrupt`, `run-version` as `openRun`
 * @example
 * await exportRun('checkpoints/demo', 'web/digits');
 */
export async function exportRun(
  path: string,
  folder: string,
  { task: id, force = false, strategies }: ExportOptions = {},
): Promise<ExportManifest> {
  const record = await readRun(path);
  const tasks = tasksToExport(path, record, id);
  await refuseOccupied(folder, force);
  const strategy = await restoreStrategy(path, record, strategies, 'exportRun(run, folder, { strategies: [strategy] })');
  const traces: Traces = new Map();
  try {
    const files = new Map<string, Uint8Array | string>();
    const described = tasks.map((task) => addModel(files, record, strategy, task, traces));
    const manifest: ExportManifest = {
      schema: 'lifelong.export/1',
      version,
      stream: record.stream.name,
      strategy: record.strategy.name,
      seed: record.seed,
      tasks: described,
      identification: addPrototypes(files, record, strategy, tasks),
      files: [...files].map(([path, content]) => ({ path, sha256: sha256(content), bytes: Buffer.byteLength(content) })),
    };
    files.set('manifest.json', `${JSON.stringify(manifest, null, 2)}\n`);
    await writeFolder(folder, files, force);
    return manifest;
  } finally {
    for (const trace of traces.values()) trace.dispose();
    strategy.dispose();
  }
}

const sha256 = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex');

function tasksToExport(path: string, { tasks }: RunRecord, id: string | undefined): readonly TaskRecord[] {
  if (tasks.length === 0) throw new LifelongError('usage', `${path}: learned tasks expected, found none`, 'resume the run first');
  if (id === undefined) return tasks;
  const chosen = taskOf(tasks, id);
  if (chosen) return [chosen];
  throw new LifelongError('usage', `task "${id}" is not in ${path}: one of ${tasks.map((task) => task.id).join(', ')} expected`);
}

/** Adds a task's model and what it needs to the files. */
function addModel(
  files: Map<string, Uint8Array | string>,
  { accuracy, stream, features }: RunRecord,
  strategy: Strategy,
  task: TaskRecord,
  traces: Traces,
): ExportManifest['tasks'][number] {
  const trained = strategy.taskNetwork?.(task);
  if (!trained && strategy.useFeatures) {
    throw new LifelongError(
      'usage',
      `${strategy.name} cannot be exported: it answers from features of ${Object.values(features.used)
        .map(({ name }) => name)
        .join(', ')}, which an exported model does not compute`,
      'keep to `lifelong predict RUN FILE`, or to `run.predict` and `run.classify` in a program',
    );
  }
  if (!trained) {
    const hint = 'a strategy can be exported that has taskNetwork (docs/export.md)';
    throw new LifelongError('usage', `strategy ${strategy.name} cannot be exported: it does not say which network a task has`, hint);
  }
  const { id, index, name, classes, input, normalization, expert } = task;
  const { range } = domainOf(input);
  const folder = `task-${index}`;
  const metadata = { stream: stream.name, task: id, classes };
  const description = { input, classes: classes.length, metadata, generatedBy: `lifelong ${version}` };
  const graph = inferenceGraph(trained, task, traces);
  const bytesOf = (owner: WeightOwner) => weightBytes(graph.weights.filter((weight) => weight.owner === owner));
  const addShared = (name: string, bytes: Uint8Array): string => {
    const file = `networks/${name}-${sha256(bytes).slice(0, 8)}.bin`;
    files.set(file, bytes);
    return `../${file}`;
  };
  const paths = {
    ...(trained.network.frozen && { frozen: addShared('frozen', bytesOf('frozen')) }),
    network: addShared(expert ?? 'network', bytesOf('network')),
    task: 'weights.bin',
  };
  files.set(`${folder}/${paths.task}`, bytesOf('task'));
  files.set(`${folder}/model.json`, JSON.stringify(graphModel(graph, description, paths)));
  return {
    ...{ id, index, name, classes, normalization, expert },
    inputShape: input.shape,
    inputType: input.dtype,
    ...(task.scale !== undefined && { scale: task.scale }),
    ...(task.changes && { changes: task.changes }),
    inputRange: range && [...range],
    model: `${folder}/model.json`,
    input: 'input',
    output: 'logits',
    accuracy: accuracy.at(-1)?.[index] ?? null,
  };
}

/** Adds the tasks' prototypes, where an example's features can be had without this library. */
function addPrototypes(
  files: Map<string, Uint8Array | string>,
  { features: { used } }: RunRecord,
  strategy: Strategy,
  tasks: readonly TaskRecord[],
): ExportManifest['identification'] {
  const [name, another] = new Set(tasks.map(({ input: { domain } }) => used[domain]?.name));
  if (!strategy.prototypes || another !== undefined || (name !== 'pixels' && name !== 'vector')) return null;
  const normalization = name === 'vector' ? used.vector?.normalization : null;
  const known = tasks.map((task) => ({ id: task.id, prototypes: strategy.prototypes?.(task) }));
  const kept = known.flatMap(({ id, prototypes }) => (prototypes ? [{ id, prototypes }] : []));
  const sizes = new Set(kept.map(({ prototypes: { size } }) => size));
  const [size] = sizes;
  if (size === undefined || sizes.size > 1) return null;
  files.set('prototypes.json', prototypeFile(kept));
  return { features: name, size, ...(normalization && { normalization }), prototypes: 'prototypes.json' };
}
