import type { Stats } from 'node:fs';
import { access, open, readdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from './make-folder.js';
import { LifelongError } from '../core/errors.js';

/** Whole content of a file. @throws LifelongError `data` when it cannot be read */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Whole content of a text file, without a byte order mark. @throws LifelongError `data` when it cannot be read or is not UTF-8 */
export async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new LifelongError('data', `${path}: text in UTF-8 expected, found other bytes`, 'save the file as UTF-8', { cause });
  }
}

/** What a folder holds, by name in code-point order. */
export interface FolderContent {
  readonly folders: string[];
  readonly files: string[];
}

/**
 * Files and folders in a folder; links count as what they lead to, names that start with a dot not at all.
 *
 * @throws LifelongError `data` when it cannot be read, or for a link that leads nowhere
 */
export async function listFolder(path: string): Promise<FolderContent> {
  const content: FolderContent = { folders: [], files: [] };
  const entries = await readdir(path, { withFileTypes: true }).catch((cause: unknown) => Promise.reject(unreadable(path, cause)));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    if (entry.name.includes('\uFFFD')) {
      throw new LifelongError('data', `${path}: names of files in UTF-8 expected, found "${entry.name}"`, 'rename it');
    }
    const found = entry.isSymbolicLink() ? await followLink(join(path, entry.name)) : entry;
    if (found.isDirectory()) content.folders.push(entry.name);
    else if (found.isFile()) content.files.push(entry.name);
  }
  content.folders.sort();
  content.files.sort();
  return content;
}

async function followLink(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (cause) {
    throw new LifelongError('data', `${path}: a link that leads to a file or folder expected, found one that does not`, 'remove the link', {
      cause,
    });
  }
}

/** Where a path leads when every link in it is followed. @throws LifelongError `data` when that cannot be read */
export const realPath = (path: string): Promise<string> =>
  realpath(path).catch((cause: unknown) => Promise.reject(unreadable(path, cause)));

/** The first bytes of a file, fewer where it is shorter. @throws LifelongError `data` when it cannot be read */
export async function readStart(path: string, count: number): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(count), 0, count, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Writes a file, and the folders that lead to it. @throws LifelongError `storage` when it cannot be written */
export async function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await writeFile(path, bytes);
  } catch (cause) {
    throw new LifelongError('storage', `${path}: cannot write: ${cause instanceof Error ? cause.message : String(cause)}`, undefined, {
      cause,
    });
  }
}

/** How many bytes a file has. @throws LifelongError `data` when it cannot be read */
export const fileBytes = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    (cause: unknown) => Promise.reject(unreadable(path, cause)),
  );

/** True for a file or folder that is there. */
export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The error for a file or folder that cannot be read. */
export function unreadable(path: string, cause: unknown): LifelongError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'no such file or folder',
    EISDIR: 'a folder, not a file',
    ENOTDIR: 'a file, not a folder',
    EACCES: 'no permission',
    ERR_FS_FILE_TOO_LARGE: 'larger than 2 GiB',
  };
  return new LifelongError('data', `${path}: cannot read: ${reasons[code] ?? String(cause)}`, undefined, { cause });
}
