import { dirname, resolve } from 'node:path';
import { LifelongError, nearestName } from '../core/errors.js';
import { exists } from '../data/files.js';
import { openData } from '../data/sources/open-data.js';
import type { DataSection, DataSource } from '../data/sources/source.js';
import { withoutRepeats } from './distinct.js';
import { findManifest } from './find-manifest.js';
import type { Manifest } from './manifest.js';
import { planData, type PlanData } from './plan-data.js';
import { planSequence, type Sources } from './plan-sequence.js';
import { planTasks } from './plan-tasks.js';
import { readManifest } from './read-manifest.js';
import type { TaskPlan } from './task-plan.js';

/**
 * The tasks that a manifest describes; its data are opened, each once.
 *
 * @param source path of the manifest, that its root is relative to
 * @param known where its data may come from
 * @param within paths of the manifests that this one is a part of
 * @throws LifelongError `config` or `data`
 */
export async function planManifest(
  manifest: Manifest,
  source: string,
  known: readonly DataSource[],
  within: readonly string[] = [],
): Promise<TaskPlan[]> {
  const { tasks, limits, seed } = manifest;
  if (within.includes(source)) throw new LifelongError('config', `${source}: the stream is a part of itself`);
  const data = openSources(manifest, source, known, within.length === 0);
  const streams = (name: string) => planOther(name, manifest, source, known, within);
  const sequence = { sources: { data, tasks: streams }, limits, seed, labelNoise: tasks.labelNoise ?? 0 };
  const plans = tasks.sequence ? await planSequence(tasks.sequence, sequence) : planTasks(await data(undefined), tasks, limits, seed);
  return tasks.distinct ? withoutRepeats(plans) : plans;
}

/** Tasks of another stream, cut by the seed of the stream that they become a part of, and with the size and channels that it asks for. */
async function planOther(
  name: string,
  { seed, input }: Manifest,
  source: string,
  known: readonly DataSource[],
  within: readonly string[],
): Promise<TaskPlan[]> {
  const beside = resolve(dirname(source), name);
  const path = (await exists(beside)) ? beside : await findManifest(name);
  const { manifest: other } = await readManifest(path, {}, known);
  const shape = { size: input.size ?? other.input.size, channels: input.channels ?? other.input.channels };
  return planManifest({ ...other, seed, input: { ...other.input, ...shape } }, path, known, [...within, source]);
}

/** Data by their name in `datasets`, by their own section, or the manifest's. Settable: by an override, which another stream's are not. */
function openSources(
  { data, datasets = {}, input, root, tasks: { sequence = [] } }: Manifest,
  source: string,
  known: readonly DataSource[],
  settable: boolean,
): Sources['data'] {
  const opened = new Map<string, Promise<PlanData>>();
  const size = typeof input.size === 'number' ? ([input.size, input.size] as const) : input.size;
  const context = { folder: resolve(dirname(source), root), size, channels: input.channels };
  const open = async (section: DataSection, wanted: string | DataSection | undefined): Promise<PlanData> => {
    const inline = () => `tasks.sequence.${sequence.findIndex((item) => item.data === wanted)}.data`;
    const where = wanted === undefined ? 'data' : typeof wanted === 'string' ? `datasets.${wanted}` : inline();
    const found = await openData(section, known, context, settable ? where : undefined);
    return planData(typeof wanted === 'string' ? { ...found, name: wanted } : found);
  };
  return (wanted) => {
    const section = typeof wanted === 'string' ? (Object.hasOwn(datasets, wanted) ? datasets[wanted] : undefined) : (wanted ?? data);
    if (!section) throw unknownData(wanted, datasets, source);
    const key = JSON.stringify(section);
    const found = opened.get(key) ?? open(section, wanted);
    opened.set(key, found);
    return found;
  };
}

function unknownData(wanted: unknown, datasets: Readonly<Record<string, unknown>>, source: string): LifelongError {
  if (typeof wanted !== 'string')
    return new LifelongError('config', `${source} (data): where the examples come from expected, found nothing`);
  const names = Object.keys(datasets);
  const near = nearestName(wanted, names);
  return new LifelongError(
    'config',
    `${source}: data "${wanted}" is none of datasets (${names.join(', ')})`,
    near && `did you mean ${near}?`,
  );
}
