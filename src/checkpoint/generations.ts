import { mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from '../data/make-folder.js';
import { LifelongError } from '../core/errors.js';
import { makeFolders, syncFolder, writeDurable } from './durable-file.js';
import { eventsName, readEventBytes } from './event-log.js';
import { inspectFolder, readState, readStoredRun, runFileName } from './run-folder.js';
import { formatRunFile } from './run-file.js';
import { errorCode, storageError } from './storage-error.js';
import { readWeightBytes } from './weight-files.js';

export const generationsName = 'generations';

/** Path, relative to the run, of the state in which so many tasks were learned. */
export function generationPath(tasks: number): string {
  return `${generationsName}/${String(tasks).padStart(5, '0')}.json`;
}

/** For which numbers of learned tasks a run keeps its state, ascending. @throws LifelongError `storage` */
export async function listGenerations(path: string): Promise<number[]> {
  try {
    const names = await readdir(join(path, generationsName));
    return names.flatMap((name) => (/^\d+\.json$/.test(name) ? [parseInt(name, 10)] : [])).sort((a, b) => a - b);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw storageError(error, 'cannot read', join(path, generationsName));
  }
}

/**
 * Copies a run into a new folder, as it is or as it was when `tasks` tasks were learned. The copy can be resumed; the run itself is not changed.
 *
 * @throws LifelongError `run-exists` when the new folder is not empty; `usage` when that state is not kept, naming those that are;
 * `run-missing`, `run-corrupt`, `run-version`, `storage`
 */
export async function copyRun(from: string, to: string, options: { tasks?: number } = {}): Promise<void> {
  if ((await inspectFolder(to)) !== 'free') {
    throw new LifelongError('run-exists', `${to}: a new folder expected, found one with files`, 'choose another folder for the copy');
  }
  const { file } = options.tasks === undefined ? await readStoredRun(from) : await readGeneration(from, options.tasks);
  const log = (await readEventBytes(from, true)).subarray(0, file.events.bytes);
  try {
    await makeFolder(dirname(to));
    const staged = await mkdtemp(join(dirname(to), `.${basename(to)}-`));
    try {
      for (const weights of Object.values(file.files)) {
        await makeFolders(staged, dirname(weights.path));
        await writeDurable(join(staged, weights.path), await readWeightBytes(from, weights));
      }
      await writeDurable(join(staged, eventsName), log);
      const status = file.status === 'complete' && options.tasks === undefined ? 'complete' : 'interrupted';
      await writeDurable(join(staged, runFileName), formatRunFile({ ...file, status }));
      await rm(join(to, 'lock'), { recursive: true, force: true });
      await rmdir(to).catch((error: unknown) => {
        if (errorCode(error) !== 'ENOENT') throw error;
      });
      await rename(staged, to);
    } catch (error) {
      await rm(staged, { recursive: true, force: true });
      throw error;
    }
    await syncFolder(dirname(to));
  } catch (error) {
    throw storageError(error, 'cannot write', to);
  }
}

async function readGeneration(root: string, tasks: number): ReturnType<typeof readState> {
  const { file } = await readStoredRun(root);
  const kept = await listGenerations(root);
  if (!kept.includes(tasks)) {
    const found = kept.length > 0 ? `kept are those after ${kept.join(', ')}` : 'none is kept';
    throw new LifelongError(
      'usage',
      `${root}: the state after ${tasks} of its ${file.tasks.length} tasks expected, ${found}`,
      'go back to one that is kept; run and resume keep more of the later ones with --keep',
    );
  }
  return readState(root, generationPath(tasks));
}
