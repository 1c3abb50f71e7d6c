import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
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

/** Files and folders in a folder, by name in code-point order. @throws LifelongError `data` when it cannot be read */
export async function listFolder(path: string): Promise<{ readonly folders: string[]; readonly files: string[] }> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    const visible = entries.filter(({ name }) => !name.startsWith('.'));
    const names = (folder: boolean) => visible.filter((entry) => entry.isDirectory() === folder).map(({ name }) => name);
    return { folders: names(true).sort(), files: names(false).sort() };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Writes a file, and the folders that lead to it. @throws LifelongError `storage` when it cannot be written */
export async function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  } catch (cause) {
    throw new LifelongError('storage', `${path}: cannot write: ${cause instanceof Error ? cause.message : String(cause)}`, undefined, {
      cause,
    });
  }
}

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
