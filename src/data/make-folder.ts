import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are missing; one that is there already is left as it is.
 *
 * Not `mkdir` with `recursive`: where a folder is there but takes none (under /proc; a network disk that has gone), Node tries the folder and
 * its parent in turn for ever, and it says of a read-only file system that a folder is missing.
 *
 * @throws the system's error (`code`, `path`) of the first folder that cannot be made
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const above = dirname(path);
    if (code === 'ENOENT' && above !== path && !(await isFolder(above))) {
      await makeFolder(above);
      await mkdir(path).catch((again: unknown) => ifNoFolder(path, again));
    } else await ifNoFolder(path, cause);
  }
}

async function ifNoFolder(path: string, cause: unknown): Promise<void> {
  if (!(await isFolder(path))) throw cause;
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
