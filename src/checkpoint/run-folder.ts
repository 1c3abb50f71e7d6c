import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LifelongError } from '../core/errors.js';
import type { RunRecord } from '../core/run-record.js';
import type { Snapshot } from '../core/snapshot.js';
import { stagedSuffix } from './durable-file.js';
import { eventsName } from './event-log.js';
import { lockName } from './lock.js';
import { parseRunFile, type RunFile } from './run-file.js';
import { errorCode, storageError } from './storage-error.js';
import { readGroup, type WeightFiles } from './weight-files.js';

export const runFileName = 'run.json';
export const backupName = 'run.json.bak';

/** Called with one line about something that was wrong and could be got over. */
export type Notice = (line: string) => void;

/** A state as it lies on disk. */
export interface StoredRun {
  readonly file: RunFile;
  /** The bytes that it was read from. */
  readonly bytes: Uint8Array;
  /** What was wrong with run.json where the state comes from run.json.bak. */
  readonly damage: LifelongError | undefined;
}

/** What a folder is for the store: `run` has a run.json or a backup; `free` is absent, empty, or holds only what a crash left of starting a run. */
export async function inspectFolder(root: string): Promise<'run' | 'free' | 'other'> {
  let names: string[];
  try {
    names = await readdir(root);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return (await stat(root).catch(() => undefined)) ? 'other' : 'free';
    throw storageError(error, 'cannot read', root);
  }
  if (names.includes(runFileName) || names.includes(backupName)) return 'run';
  const leftovers = [lockName, eventsName, runFileName + stagedSuffix];
  return names.every((name) => leftovers.includes(name)) ? 'free' : 'other';
}

/**
 * Reads run.json or, where that is damaged, run.json.bak.
 *
 * @throws LifelongError `run-missing`; `run-version` for a newer run.json; `run-corrupt` when neither can be read
 */
export async function readStoredRun(root: string): Promise<StoredRun> {
  if ((await inspectFolder(root)) !== 'run') {
    throw new LifelongError(
      'run-missing',
      `${root}: a run folder expected, found no ${runFileName}`,
      'check the path; `lifelong run STREAM` starts a run',
    );
  }
  let damage: LifelongError;
  try {
    return { ...(await readState(root, runFileName)), damage: undefined };
  } catch (error) {
    if (!(error instanceof LifelongError) || error.code !== 'run-corrupt') throw error;
    damage = error;
  }
  try {
    return { ...(await readState(root, backupName)), damage };
  } catch (error) {
    throw error instanceof LifelongError && error.code === 'run-corrupt' ? damage : error;
  }
}

/** Reads one file that holds a state, `name` relative to the run. @throws LifelongError `run-corrupt` or `run-version` */
export async function readState(root: string, name: string): Promise<{ file: RunFile; bytes: Uint8Array }> {
  const path = join(root, name);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') throw storageError(cause, 'cannot read', path);
    throw new LifelongError('run-corrupt', `${path}: a run expected, found no file`, undefined, { cause });
  }
  return { file: parseRunFile(bytes, path), bytes };
}

/**
 * Reads what a run is and learned, while it goes on or later.
 *
 * @param notice told when run.json is damaged and the state before it is read instead
 * @throws LifelongError `run-missing`, `run-version`, `run-corrupt`
 */
export async function readRun(path: string, notice?: Notice): Promise<RunRecord> {
  const { file, damage } = await readStoredRun(path);
  if (damage) notice?.(`${damage.message}; the state before it was read, from ${backupName}`);
  return withoutMark(file);
}

/**
 * Reads the weights of a run without its lock. Where the run goes on and replaces files meanwhile, the newer state is read.
 *
 * @throws LifelongError as {@link readRun}, and `run-corrupt` naming the weight file
 */
export async function readSnapshot(path: string): Promise<Snapshot> {
  for (let attempt = 1; ; attempt++) {
    const { file, bytes } = await readStoredRun(path);
    try {
      return { state: file.state, arrays: await readGroups(path, file.files) };
    } catch (error) {
      const replaced = !Buffer.from((await readStoredRun(path)).bytes).equals(bytes);
      if (!replaced || attempt === 10) throw error;
    }
  }
}

/** Every group of arrays. @throws LifelongError `run-corrupt` */
export async function readGroups(root: string, files: WeightFiles): Promise<Snapshot['arrays']> {
  const arrays: Record<string, Snapshot['arrays'][string]> = {};
  for (const [group, file] of Object.entries(files)) arrays[group] = await readGroup(root, file);
  return arrays;
}

/** The part of a stored state that is the run's record. */
export function withoutMark(file: RunFile): RunRecord {
  const record: RunRecord & Partial<RunFile> = { ...file };
  delete record.events;
  return record;
}
