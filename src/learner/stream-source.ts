import { basename, isAbsolute, relative, resolve, sep } from 'node:path';
import { LifelongError, nearestName } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import type { RunRecord } from '../core/run-record.js';
import type { TaskStream } from '../core/stream.js';
import { exists } from '../data/files.js';
import { allSources } from '../data/sources/registry.js';
import type { DataSource } from '../data/sources/source.js';
import { findManifest, shippedManifests } from '../streams/find-manifest.js';
import { reloadStream, streamFromManifest } from '../streams/load-stream.js';
import { dataSections, pathKeys } from '../streams/path-keys.js';
import { applyOverrides, type ManifestOverrides } from '../streams/read-manifest.js';

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
  readonly set?: ManifestOverrides | undefined;
}

/**
 * The stream that a run was started with: as its manifest's file has it now, where the tasks begun so far are the same there, else as the record
 * keeps it. Data that have got other classes since are the same for the tasks begun.
 *
 * @param options onNotice: told when the file has changed in what was learned already; sources: those of its data besides the built-in ones; set:
 * where its data are now, by the manifest's keys
 * @throws LifelongError `usage` for a run over tasks made by a program, or over data of a source of its own, which has to hand them over again, and
 * for what can be set only when a run is started; `config` or `data` when the manifest's data are gone, or are others in a task that was begun
 */
export async function rememberedStream(record: RunRecord, run: string, options: RememberedOptions = {}): Promise<TaskStream> {
  const { onNotice, sources = [], set = {} } = options;
  const { manifest, source, name } = record.stream;
  if (manifest === null || source === null) {
    throw new LifelongError(
      'usage',
      `stream ${name} of ${run} was made by a program`,
      'hand its tasks over again: (await openRun(run)).resume(tasks)',
    );
  }
  refuseUnknownSources(manifest, sources, `stream ${name} of ${run}`);
  const kept = structuredClone(manifest);
  refuseOtherKeys(set, pathKeys(kept, allSources(sources)), run);
  const all = { ...record.stream.set, ...applyOverrides(kept, set, allSources(sources)) };
  const path = source.startsWith('.') || isAbsolute(source) ? resolve(run, source) : await findManifest(source);
  const begun = [...record.tasks, ...(record.underWay ? [record.underWay] : [])].map(({ normalization }) => normalization);
  try {
    const now = (await exists(path)) ? await reloadStream(path, { set: all, sources }, begun) : undefined;
    if (now && continues(now, record)) return now;
    if (now && JSON.stringify(now.manifest) === JSON.stringify(kept)) throw changedData(now, record, run);
    if (now) {
      const first = firstChanged(now, record);
      onNotice?.(
        `${path} has changed in tasks that ${run} has begun: it goes on with the stream as it was; the first that differs is ${first}`,
      );
    }
    const before = await streamFromManifest(kept, path, sources, begun);
    if (!continues(before, record)) throw changedData(before, record, run);
    return { ...before, set: all };
  } catch (error) {
    throw await inRun(error, record, run, path);
  }
}

/** What is wrong with a stream, as whoever resumes its run can mend it: `--set` is that of `resume`, and a manifest that is gone is named. */
async function inRun(error: unknown, { stream: { name } }: RunRecord, run: string, path: string): Promise<unknown> {
  if (!(error instanceof LifelongError)) return error;
  const { code, message } = error;
  const hint = error.hint?.replaceAll(/\brun(?= --set)/g, `lifelong resume ${run}`);
  if (await exists(path)) return new LifelongError(code, message, hint, { cause: error });
  return new LifelongError(
    code,
    `stream ${name} of ${run}: its manifest at ${path} expected, with its data, found none; ${message}`,
    `bring both back to where they were, as seen from the run folder${hint === undefined ? '' : `, or ${hint}`}`,
    { cause: error },
  );
}

function refuseOtherKeys(set: ManifestOverrides, places: readonly string[], run: string): void {
  const other = Object.keys(set).find((key) => !places.includes(key));
  if (other === undefined) return;
  const near = nearestName(other, places);
  throw new LifelongError(
    'usage',
    `--set ${other}: a place of the data of ${run} (${places.join(', ')}) expected, because a run goes on as it was started`,
    near === undefined ? 'for other settings start a new run' : `did you mean ${near}?`,
  );
}

/** A run remembers the name of a source that a program made, not the source. */
function refuseUnknownSources(manifest: JsonObject, sources: readonly DataSource[], where: string): void {
  const known = allSources(sources).map(({ name }) => name);
  const unknown = dataSections(manifest).find(({ section }) => !known.includes(String(section['source'])));
  if (!unknown) return;
  throw new LifelongError(
    'usage',
    `${where}: its source of data "${String(unknown.section['source'])}" was made by a program`,
    'hand the source over again: (await openRun(run)).resume(undefined, { sources: [source] })',
  );
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
