import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { makeFolder } from '../data/make-folder.js';
import { LifelongError } from '../core/errors.js';

/**
 * Writes a folder as a whole: beside its place first, then by one rename, so that it is never there in part.
 *
 * @param files content by path, with forward slashes
 * @param replace whether an earlier export may be replaced; a folder with anything else in it never is
 * @throws LifelongError `usage` for a folder that has something in it
 */
export async function writeFolder(folder: string, files: ReadonlyMap<string, Uint8Array | string>, replace: boolean): Promise<void> {
  await refuseOccupied(folder, replace);
  const place = resolve(folder);
  await makeFolder(dirname(place));
  const staged = await mkdtemp(join(dirname(place), `.${basename(place)}-`));
  try {
    const fresh = join(staged, 'new');
    for (const [path, content] of files) {
      const file = join(fresh, ...path.split('/'));
      await makeFolder(dirname(file));
      await writeFile(file, content);
    }
    await swap(fresh, place, join(staged, 'old'));
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

/** Puts `fresh` in the place of what is there, if anything; what was there comes back when that fails. */
async function swap(fresh: string, place: string, old: string): Promise<void> {
  const occupied = await rename(place, old).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );
  try {
    await rename(fresh, place);
  } catch (error) {
    if (occupied) await rename(old, place);
    throw error;
  }
}

/** @throws LifelongError `usage` unless the folder is missing, empty, or an export that may be replaced */
export async function refuseOccupied(folder: string, replace: boolean): Promise<void> {
  const present = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [] as string[];
    throw new LifelongError('usage', `${folder}: a folder or nothing expected, found something else`, undefined, { cause: error });
  });
  if (present.length === 0) return;
  const earlier =
    present.includes('manifest.json') && (await readFile(join(folder, 'manifest.json'), 'utf8')).includes('"lifelong.export/');
  if (earlier && replace) return;
  const found = `${folder}: a new or empty folder expected, found ${earlier ? 'an export' : `${present.length} files that are no export`}`;
  throw new LifelongError('usage', found, earlier ? '--force replaces it' : 'choose another folder');
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';
