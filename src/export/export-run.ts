import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { readRun } from '../checkpoint/store.js';
import { LifelongError } from '../core/errors.js';
import type { RunRecord, TaskRecord } from '../core/run-record.js';
import { restoreStrategy } from '../run/restore.js';
import type { StrategyPlugin } from '../strategies/registry.js';
import type { Strategy } from '../strategies/strategy.js';
import { graphModel, weightBytes } from './graph-model.js';
import { inferenceGraph, type Traces } from './inference-graph.js';
import type { ExportManifest } from './manifest.js';
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
 * network that tasks share are written once.
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

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
const sha256 = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex');

function tasksToExport(path: string, { tasks }: RunRecord, id: string | undefined): readonly TaskRecord[] {
  if (tasks.length === 0) throw new LifelongError('usage', `${path}: learned tasks expected, found none`, 'resume the run first');
  const chosen = tasks.filter((task) => id === undefined || task.id === id);
  if (chosen.length > 0) return chosen;
  throw new LifelongError('usage', `task "${id ?? ''}" is not in ${path}: one of ${tasks.map((task) => task.id).join(', ')} expected`);
}

/** Adds a task's model and what it needs to the files. */
function addModel(
  files: Map<string, Uint8Array | string>,
  { accuracy, stream, features }: RunRecord,
  strategy: Strategy,
  task: TaskRecord,
  traces: Traces,
): ExportManifest['tasks'][number] {
  const network = strategy.taskNetwork?.(task);
  if (!network && strategy.useFeatures) {
    throw new LifelongError(
      'usage',
      `${strategy.name} cannot be exported: it answers from features of ${features.name}, which an exported model does not compute`,
      'keep to `lifelong predict`, or to `run.predict` and `run.classify` in a program',
    );
  }
  if (!network) {
    const hint = 'a strategy can be exported that has taskNetwork (docs/export.md)';
    throw new LifelongError(
      'usage',
      `strategy ${strategy.name} cannot be exported: it does not say which network answers for a task`,
      hint,
    );
  }
  const { id, index, name, classes, inputShape, normalization, expert } = task;
  const folder = `task-${index}`;
  const metadata = { stream: stream.name, task: id, classes };
  const description = { inputShape, classes: classes.length, metadata, generatedBy: `lifelong ${version}` };
  const graph = inferenceGraph(network, task, traces);
  const shared = weightBytes(graph.weights.filter((weight) => weight.shared));
  const networkFile = `networks/${expert ?? 'network'}-${sha256(shared).slice(0, 8)}.bin`;
  files.set(networkFile, shared);
  files.set(`${folder}/weights.bin`, weightBytes(graph.weights.filter((weight) => !weight.shared)));
  files.set(`${folder}/model.json`, JSON.stringify(graphModel(graph, description, { shared: `../${networkFile}`, own: 'weights.bin' })));
  return {
    ...{ id, index, name, classes, inputShape, normalization, expert },
    ...(task.scale !== undefined && { scale: task.scale }),
    inputRange: inputShape.length === 3 ? [0, 1] : null,
    model: `${folder}/model.json`,
    input: 'input',
    output: 'logits',
    accuracy: accuracy.at(-1)?.[index] ?? null,
  };
}

/** Adds the tasks' prototypes, where an example's features can be had without this library. */
function addPrototypes(
  files: Map<string, Uint8Array | string>,
  { features: { name } }: RunRecord,
  strategy: Strategy,
  tasks: readonly TaskRecord[],
): ExportManifest['identification'] {
  if (!strategy.prototypes || (name !== 'pixels' && name !== 'vector')) return null;
  const known = tasks.map((task) => ({ id: task.id, prototypes: strategy.prototypes?.(task) }));
  const kept = known.flatMap(({ id, prototypes }) => (prototypes ? [{ id, prototypes }] : []));
  const sizes = new Set(kept.map(({ prototypes: { size } }) => size));
  const [size] = sizes;
  if (size === undefined || sizes.size > 1) return null;
  files.set('prototypes.json', prototypeFile(kept));
  return { features: name, size, prototypes: 'prototypes.json' };
}
