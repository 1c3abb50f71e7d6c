import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from './storage-error.js';

/** Ending of a file that is being written; one that is found later was left by a crash and means nothing. */
export const stagedSuffix = '.new';

/**
 * Replaces a file so that a crash at any moment leaves the old or the new content, and what was written survives power loss: staged beside
 * it, fsync, rename, fsync of the folder.
 */
export async function writeDurable(path: string, data: string | Uint8Array): Promise<void> {
  await replaceFile(path, data);
  await syncFolder(dirname(path));
}

/**
 * The same without the fsync of the folder, for who replaces several files and then calls {@link syncFolder} once.
 *
 * (Not write-file-atomic: it ignores how many bytes a write took, so that on a full disk it puts a truncated file in place of a good one.)
 */
export async function replaceFile(path: string, data: string | Uint8Array): Promise<void> {
  const staged = path + stagedSuffix;
  try {
    const file = await open(staged, 'w');
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await renamePatiently(staged, path);
  } catch (error) {
    await rm(staged, { force: true }).catch(() => undefined);
    throw error;
  }
}

/**
 * Keeps what a file holds under a second name when the first is replaced: a link, or a copy of `content` where links cannot be made. The second
 * name has its old or its new content at every moment. Without an fsync of the folder.
 */
export async function keepAs(path: string, name: string, content: Uint8Array): Promise<void> {
  const staged = name + stagedSuffix;
  await rm(staged, { force: true }); // a crash may have left it as a link to the file, which must not be written into
  try {
    await link(path, staged);
  } catch {
    await replaceFile(name, content);
    return;
  }
  await renamePatiently(staged, name);
  await rm(staged, { force: true }); // renaming between two names of one file does nothing
}

/** Makes creations, renames and removals in a folder survive power loss; does nothing where folders cannot be synced. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP'].includes(errorCode(error) ?? '')) throw error;
  }
}

/** Makes the folders of `relative` inside `root` and syncs their parents. The root itself is never made: where it is gone, that is an error. */
export async function makeFolders(root: string, relative: string): Promise<void> {
  let parent = root;
  for (const name of relative.split('/').filter((part) => part !== '' && part !== '.')) {
    const folder = join(parent, name);
    try {
      await mkdir(folder);
      await syncFolder(parent);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    parent = folder;
  }
}

/** On some systems a rename fails for a moment while a virus scanner or an indexer holds the file. */
async function renamePatiently(from: string, to: string): Promise<void> {
  for (const wait of [10, 50, 200]) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      if (!['EPERM', 'EACCES', 'EBUSY'].includes(errorCode(error) ?? '')) throw error;
      await sleep(wait);
    }
  }
  await rename(from, to);
}
