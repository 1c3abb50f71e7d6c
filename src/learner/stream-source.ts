import { basename, isAbsolute, relative, resolve, sep } from 'node:path';
import { LifelongError } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import type { RunRecord } from '../core/run-record.js';
import type { TaskStream } from '../core/stream.js';
import { exists } from '../data/files.js';
import { allSources } from '../data/sources/registry.js';
import type { DataSource } from '../data/sources/source.js';
import { findManifest, shippedManifests } from '../streams/find-manifest.js';
import { reloadStream, streamFromManifest, type Begun } from '../streams/load-stream.js';

/** How a run remembers where its stream's manifest is: the name of a shipped one, else the path from the run folder, so that both can move together. */
export async function rememberedSource(source: string, run: string): Promise<string> {
  const name = basename(source, '.yaml');
  if ((await shippedManifests()).get(name) === source) return name;
  const path = relative(resolve(run), resolve(source));
  return (isAbsolute(path) || path.startsWith('.') ? path : `.${sep}${path}`).split(sep).join('/');
}

/** What a run's record says of a stream, but for where its manifest is. */
export function describeStream(stream: TaskStream): Omit<RunRecord['stream'], 'source'> {
  const { name, fingerprint, size = null, manifest = null, set, taskFingerprints } = stream;
  return {
    ...{ name, fingerprint, tasks: size, manifest: manifest as RunRecord['stream']['manifest'] },
    ...(set && { set: set as RunRecord['stream']['set'] }),
    ...(taskFingerprints && { taskFingerprints: [...taskFingerprints] }),
  };
}

interface RememberedOptions {
  readonly onNotice?: ((notice: string) => void) | undefined;
  readonly sources?: readonly DataSource[] | undefined;
}

/**
 * The stream that a run was started with: as its manifest's file has it now, where the tasks begun so far are the same there, else as the record
 * keeps it. Data that have got other classes since are the same for the tasks begun.
 *
 * @param options onNotice: told when the file has changed in what was learned already; sources: those of its data besides the built-in ones
 * @throws LifelongError `usage` for a run over tasks made by a program, or over data of a source of its own, which has to hand them over again;
 * `config` or `data` when the manifest's data are gone, or are others in a task that was begun
 */
export async function rememberedStream(record: RunRecord, run: string, options: RememberedOptions = {}): Promise<TaskStream> {
  const { onNotice, sources = [] } = options;
  const { manifest, source, name } = record.stream;
  if (manifest === null || source === null) {
    throw new LifelongError(
      'usage',
      `stream ${name} of ${run} was made by a program`,
      'hand its tasks over again: (await openRun(run)).resume(tasks)',
    );
  }
  refuseUnknownSources(manifest, sources, `stream ${name} of ${run}`);
  const path = source.startsWith('.') || isAbsolute(source) ? resolve(run, source) : await findManifest(source);
  const begun = [...record.tasks, ...(record.underWay ? [record.underWay] : [])].map(({ normalization }) => normalization);
  const now = (await exists(path)) ? await reloadStream(path, { set: record.stream.set ?? {}, sources }, begun) : undefined;
  if (now && continues(now, record)) return now;
  if (now && JSON.stringify(now.manifest) === JSON.stringify(manifest)) throw changedData(now, record, run);
  if (now) {
    onNotice?.(
      `${path} has changed in tasks that ${run} has begun: it goes on with the stream as it was; the first that differs is ${firstChanged(now, record)}`,
    );
  }
  const kept = await keptStream(record, path, run, sources, begun);
  if (continues(kept, record)) return kept;
  throw changedData(kept, record, run);
}

/** The stream as the record keeps it. */
async function keptStream(
  { stream: { manifest, name } }: RunRecord,
  path: string,
  run: string,
  sources: readonly DataSource[],
  begun: Begun,
): Promise<TaskStream> {
  try {
    return await streamFromManifest(manifest ?? {}, path, sources, begun);
  } catch (error) {
    if (!(error instanceof LifelongError) || (await exists(path))) throw error;
    throw new LifelongError(
      error.code,
      `stream ${name} of ${run}: its manifest at ${path} expected, with its data, found none; ${error.message}`,
      'bring both back to where they were, as seen from the run folder',
      { cause: error },
    );
  }
}

/** A run remembers the name of a source that a program made, not the source. */
function refuseUnknownSources({ data, datasets, tasks }: JsonObject, sources: readonly DataSource[], where: string): void {
  const known = allSources(sources).map(({ name }) => name);
  const { sequence = [] } = tasks as { readonly sequence?: readonly JsonObject[] };
  const sections = [data, ...Object.values((datasets ?? {}) as JsonObject), ...sequence.map((item) => item['data'])];
  for (const section of sections) {
    if (typeof section !== 'object' || section === null || !('source' in section)) continue;
    if (typeof section.source !== 'string' || known.includes(section.source)) continue;
    throw new LifelongError(
      'usage',
      `${where}: its source of data "${section.source}" was made by a program`,
      'hand the source over again: (await openRun(run)).resume(undefined, { sources: [source] })',
    );
  }
}

/** Whether a stream still begins with the tasks that a run has learned, and with the one under way. */
export function continues(stream: TaskStream, record: RunRecord): boolean {
  if (stream.fingerprint === record.stream.fingerprint) return true;
  return record.stream.taskFingerprints !== undefined && stream.taskFingerprints !== undefined && changedTask(stream, record) === undefined;
}

/** Index of the first task begun that is another one in the stream. */
function changedTask(stream: TaskStream, { stream: known, tasks, status, underWay }: RunRecord): number | undefined {
  const beyond = underWay === undefined ? status !== 'complete' : underWay !== null; // older runs do not say whether the next was begun
  const begun = known.taskFingerprints?.slice(0, tasks.length + Number(beyond)) ?? [];
  const changed = begun.findIndex(
    (print, index) => print !== stream.taskFingerprints?.[index] && print !== stream.formerTaskFingerprints?.[index],
  );
  return changed < 0 ? undefined : changed;
}

/** The first task that is another one, in words. */
function firstChanged(stream: TaskStream, record: RunRecord): string {
  const index = changedTask(stream, record) ?? 0;
  const task = record.tasks[index];
  return task ? `task ${task.id} (${task.name})` : `task ${index}, which is under way`;
}

/** The error of a run whose stream is another one than it has learned from. */
export function changedData(stream: TaskStream, record: RunRecord, run: string): LifelongError {
  const index = changedTask(stream, record);
  const hint = 'restore its data, and its part of the manifest, as they were, or start a new run';
  if (index === undefined) {
    const { name, fingerprint } = record.stream;
    return new LifelongError('data', `stream ${name} of ${run}: fingerprint ${fingerprint} expected, found ${stream.fingerprint}`, hint);
  }
  const [expected, found] = [record.stream.taskFingerprints?.[index], stream.taskFingerprints?.[index]];
  return new LifelongError(
    'data',
    `${firstChanged(stream, record)} of ${run}: the examples and settings that it was begun with expected (fingerprint ${expected ?? ''}), ` +
      `found ${found === undefined ? 'no such task' : `others (${found})`}`,
    hint,
  );
}
