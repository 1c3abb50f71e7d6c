import { createHash } from 'node:crypto';
import { readRun } from '../checkpoint/store.js';
import { LifelongError } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import type { RunRecord, TaskRecord } from '../core/run-record.js';
import type { TaskRef } from '../core/task.js';
import { taskOf } from '../core/task-ids.js';
import { version } from '../core/version.js';
import { exportedVocabulary } from '../domains/exported-vocabulary.js';
import { domainOf } from '../domains/registry.js';
import { restoreStrategy } from '../run/restore.js';
import type { StrategyPlugin } from '../strategies/registry.js';
import type { Strategy, TaskNetwork } from '../strategies/strategy.js';
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
 * Writes a run's learned tasks as tfjs graph models that plain tfjs loads, in a browser and in Node: raw inputs in, logits out; features in, where
 * the strategy answers from those of an extractor, and then one among all classes besides. The weights of a
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
    const files: Files = new Map();
    const described: ExportManifest['tasks'] = [];
    for (const task of tasks) {
      const model = addModel(files, record, strategy, task, traces);
      const vocabulary = model.features === undefined ? await addVocabulary(files, task) : undefined;
      described.push({ ...model, ...(vocabulary && { vocabulary }) });
    }
    const manifest: ExportManifest = {
      schema: 'lifelong.export/1',
      version,
      stream: record.stream.name,
      strategy: record.strategy.name,
      seed: record.seed,
      tasks: described,
      ...(id === undefined && addClasses(files, record, strategy, traces)),
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

/** Content by path. */
type Files = Map<string, Uint8Array | string>;

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
  files: Files,
  { accuracy, stream }: RunRecord,
  strategy: Strategy,
  task: TaskRecord,
  traces: Traces,
): ExportManifest['tasks'][number] {
  const trained = strategy.taskNetwork?.(task);
  if (!trained) {
    const hint = 'a strategy can be exported that has taskNetwork (docs/export.md)';
    throw new LifelongError('usage', `strategy ${strategy.name} cannot be exported: it does not say which network a task has`, hint);
  }
  const { id, index, name, classes, expert } = task;
  const seen = whatModelTakes(trained, task);
  const metadata = { stream: stream.name, task: id, classes };
  return {
    ...{ id, index, name, classes, expert },
    ...describeInput(trained, seen),
    ...(task.scale !== undefined && { scale: task.scale }),
    ...(task.changes && { changes: task.changes }),
    ...addGraph(files, `task-${index}`, trained, { ...task, ...seen }, metadata, traces),
    accuracy: accuracy.at(-1)?.[index] ?? null,
  };
}

/** Adds the vocabulary that a task's texts were cut by, once for all tasks that have it. */
async function addVocabulary(files: Files, { id, reading }: TaskRecord): Promise<ExportManifest['tasks'][number]['vocabulary']> {
  const vocabulary = await exportedVocabulary(reading, `task ${id}`);
  if (!vocabulary) return undefined;
  const { text, lowercase, pairs } = vocabulary;
  const path = `vocabularies/${sha256(text).slice(0, 8)}.txt`;
  files.set(path, text);
  return { path, lowercase, pairs };
}

/** Adds the model that answers among the classes of all tasks, where the strategy has one. */
function addClasses(files: Files, { stream, tasks }: RunRecord, strategy: Strategy, traces: Traces): Pick<ExportManifest, 'allClasses'> {
  const [first] = tasks;
  const trained = strategy.classesNetwork?.();
  if (!trained || !first) return {};
  const seen = whatModelTakes(trained, first);
  const classes = [...trained.names];
  const model = addGraph(files, 'classes', trained, { ...first, ...seen, classes }, { stream: stream.name, classes }, traces);
  return { allClasses: { classes, ...describeInput(trained, seen), ...model } };
}

/** Adds a model.json and its weight files, and says what a manifest says of them. */
function addGraph(
  files: Files,
  folder: string,
  trained: TaskNetwork,
  task: TaskRef & Partial<Pick<TaskRecord, 'expert'>>,
  metadata: JsonObject,
  traces: Traces,
) {
  const description = { input: task.input, classes: task.classes.length, metadata, generatedBy: `lifelong ${version}` };
  const graph = inferenceGraph(trained, task, traces);
  const bytesOf = (owner: WeightOwner) => weightBytes(graph.weights.filter((weight) => weight.owner === owner));
  const shared = (owner: WeightOwner, name: string) => {
    const bytes = bytesOf(owner);
    if (bytes.length === 0) return {};
    const file = `networks/${name}-${sha256(bytes).slice(0, 8)}.bin`;
    files.set(file, bytes);
    return { [owner]: `../${file}` };
  };
  const paths = { ...shared('frozen', 'frozen'), ...shared('network', task.expert ?? 'network'), task: 'weights.bin' };
  files.set(`${folder}/${paths.task}`, bytesOf('task'));
  files.set(`${folder}/model.json`, JSON.stringify(graphModel(graph, description, paths)));
  const { temperature } = trained;
  return {
    model: `${folder}/model.json`,
    ...({ input: 'input', output: 'logits' } as const),
    ...(temperature !== undefined && { temperature }),
  };
}

/** Examples of the task, or features of them. An extractor of vectors does nothing but standardize them, which the model does itself. */
function whatModelTakes({ features }: TaskNetwork, { input, normalization }: TaskRef): Pick<TaskRef, 'input' | 'normalization'> {
  if (!features) return { input, normalization };
  return { input: { domain: 'vector', shape: [features.size], dtype: 'float32' }, normalization: features.normalization };
}

function describeInput({ features }: TaskNetwork, { input, normalization }: Pick<TaskRef, 'input' | 'normalization'>) {
  const { range } = domainOf(input);
  const named = features && features.name !== 'vector' ? { features: features.name } : {};
  return {
    inputShape: [...input.shape],
    inputType: input.dtype,
    inputRange: range && ([...range] as [number, number]),
    ...named,
    normalization: normalization && { mean: [...normalization.mean], std: [...normalization.std] },
  };
}

/** Adds the tasks' prototypes, where an example's features can be had without this library. */
function addPrototypes(
  files: Files,
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
