import { readdir, rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makeFolder } from '../data/make-folder.js';
import { Low } from 'lowdb';
import { LifelongError } from '../core/errors.js';
import type { LearnEvent } from '../core/events.js';
import type { RunRecord } from '../core/run-record.js';
import type { Snapshot } from '../core/snapshot.js';
import { syncFolder, writeDurable } from './durable-file.js';
import { emptyMark, eventsName, openEventLog, type EventLog } from './event-log.js';
import { readKeptStates, referencedWeightFiles, removeKeptStates, type KeptStates } from './kept-states.js';
import { lockRun, type RunLock } from './lock.js';
import { RunAdapter } from './run-adapter.js';
import { inspectFolder, readGroups, readStoredRun, runFileName, withoutMark, type Notice } from './run-folder.js';
import type { RunFile } from './run-file.js';
import { storageError } from './storage-error.js';
import { groupWriter, removeStrays } from './weight-files.js';

export type { TimedEvent } from './event-line.js';
export { readEvents } from './event-log.js';
export { copyRun, listGenerations } from './generations.js';
export { runOwner, type RunOwner } from './lock.js';
export { readRun, readSnapshot, type Notice } from './run-folder.js';
export { verifyRun, type Problem } from './verify.js';

/** The writing end of a run folder. Calls are carried out one after another, in the order in which they were made. */
export interface RunStore {
  readonly path: string;
  /** As last saved. */
  readonly record: RunRecord;
  /**
   * Makes a new state durable: weight files that are new, then run.json naming them, the state before kept as run.json.bak. A crash at any
   * moment leaves the old or the new state.
   *
   * @param change members of the record that changed; `tasks`, `accuracy` and `classIncremental` only grow: their items that were saved already are
   * not looked at again
   * @param snapshot replaces state and weights as a whole; without it they stay
   * @throws LifelongError `storage` or `run-locked`; the last saved state is intact
   */
  save(change: Partial<RunRecord>, snapshot?: Snapshot): Promise<void>;
  /**
   * Notes how the run stands, such as its status, without the work since the last save: state and weights stay, and the log's lines about that
   * work still count as lost.
   *
   * @throws as `save`
   */
  note(change: Partial<RunRecord>): Promise<void>;
  /** Adds a line to events.ndjson; it is durable after the next save. @throws LifelongError `storage` */
  append(event: LearnEvent): Promise<void>;
  /** The snapshot last saved. @throws LifelongError `run-corrupt` naming the file, what was expected and what was found */
  load(): Promise<Snapshot>;
  /** Lets others write the run. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** For how many of the latest tasks the state after learning them is kept, to copy the run from there. Default 2. */
  readonly keep?: number;
}

/**
 * Starts a run in a folder that is new or empty.
 *
 * @param options.force replaces the run that is there; files that are none of a run's stay
 * @throws LifelongError `run-exists`, `run-locked`, `usage` for a folder with other content, `storage`; nothing is touched then
 */
export async function createRun(
  path: string,
  initial: RunRecord,
  options: StoreOptions & { readonly force?: boolean } = {},
): Promise<RunStore> {
  await checkReplaceable(path, options.force);
  try {
    await makeFolder(path);
    await syncFolder(dirname(resolve(path)));
  } catch (error) {
    throw storageError(error, 'cannot make', path);
  }
  const lock = await lockRun(path);
  try {
    const found = await checkReplaceable(path, options.force);
    const old = await referencedWeightFiles(path);
    const file: RunFile = { ...initial, files: {}, events: emptyMark };
    const adapter = new RunAdapter(path);
    if (found === 'free') await writeDurable(join(path, eventsName), '');
    await adapter.write(file);
    if (found === 'run') {
      await removeKeptStates(path, old);
      await writeDurable(join(path, eventsName), '');
    }
    const log = await openEventLog(path, file);
    return openStore(path, lock, new Low(adapter, file), log, await readKeptStates(path, options.keep));
  } catch (error) {
    await lock.release();
    throw storageError(error, 'cannot start a run in', path);
  }
}

/**
 * Opens a run to go on with it.
 *
 * A damaged run.json is set aside under the name run.json.damaged-1, -2, … and the state before it takes its place; what crashes left
 * unfinished is removed.
 *
 * @param options.notice told what was set aside
 * @throws LifelongError `run-missing`, `run-locked`, `run-version`, `run-corrupt`, `storage`; nothing is touched then
 */
export async function openRunStore(path: string, options: StoreOptions & { readonly notice?: Notice } = {}): Promise<RunStore> {
  await readStoredRun(path);
  const lock = await lockRun(path);
  try {
    const { file, bytes, damage } = await readStoredRun(path);
    const log = await openEventLog(path, file);
    if (damage) {
      const aside = await setAside(path);
      await writeDurable(join(path, runFileName), bytes);
      options.notice?.(`${damage.message}; the state before it is used${aside ? `, and the damaged file is kept as ${aside}` : ''}`);
    }
    const kept = await readKeptStates(path, options.keep);
    await removeStrays(path, [...Object.values(file.files), ...kept.files()]);
    return openStore(path, lock, new Low(new RunAdapter(path, bytes), file), log, kept);
  } catch (error) {
    await lock.release();
    throw storageError(error, 'cannot open', path);
  }
}

function openStore(path: string, lock: RunLock, db: Low<RunFile>, log: EventLog, kept: KeptStates): RunStore {
  const writeGroups = groupWriter(path);
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  };

  const save = async (change: Partial<RunRecord>, snapshot: Snapshot | undefined, marked: () => Promise<RunFile['events']>) => {
    await lock.assertHeld().catch((error: unknown) => {
      throw storageError(error, 'cannot write', path);
    });
    const before = db.data;
    const files = snapshot ? await writeGroups(snapshot, [...Object.values(before.files), ...kept.files()]) : before.files;
    const events = await marked();
    db.data = { ...before, ...change, ...(snapshot && { state: snapshot.state as RunFile['state'] }), files, events };
    try {
      await db.write();
    } catch (error) {
      db.data = before;
      throw error;
    }
    await kept.advance(before, db.data);
  };

  return {
    path,
    get record() {
      return withoutMark(db.data);
    },
    save: (change, snapshot) => inTurn(() => save(change, snapshot, () => log.mark())),
    note: (change) => inTurn(() => save(change, undefined, () => Promise.resolve(db.data.events))),
    append: (event) => inTurn(() => log.append(event)),
    load: () => inTurn(async () => ({ state: db.data.state, arrays: await readGroups(path, db.data.files) })),
    close: () =>
      inTurn(async () => {
        await log.close();
        await lock.release();
      }),
  };
}

/** Whether a new run may begin in a folder. @throws LifelongError `usage` or `run-exists` */
async function checkReplaceable(path: string, force = false): Promise<'run' | 'free'> {
  const found = await inspectFolder(path);
  if (found === 'other') {
    throw new LifelongError(
      'usage',
      `${path}: a new or empty folder, or a run, expected, found other files`,
      'choose another folder (run --out FOLDER), or move the files away',
    );
  }
  if (found === 'run' && !force) {
    throw new LifelongError(
      'run-exists',
      `${path}: a new folder expected, found a run`,
      `go on with it: lifelong resume ${path}; or replace it: run --force`,
    );
  }
  return found;
}

/** Moves a damaged run.json out of the way; its new name, or undefined where there is none. */
async function setAside(root: string): Promise<string | undefined> {
  const names = await readdir(root);
  if (!names.includes(runFileName)) return undefined;
  let number = 1;
  while (names.includes(`${runFileName}.damaged-${number}`)) number++;
  const aside = `${runFileName}.damaged-${number}`;
  await rename(join(root, runFileName), join(root, aside));
  return aside;
}
