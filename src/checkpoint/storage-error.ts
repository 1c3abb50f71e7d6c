import { LifelongError } from '../core/errors.js';

const reasons: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOSPC: ['no space is left on the device', 'free some space, then resume'],
  EDQUOT: ['the disk quota is used up', 'free some space, then resume'],
  EACCES: ['the folder is not writable', 'make it writable, or choose another folder'],
  EPERM: ['the folder is not writable', 'make it writable, or choose another folder'],
  EROFS: ['the file system is read-only', 'choose a folder on a writable file system'],
  ENOENT: ['the folder is gone', 'it was moved or removed while in use; bring it back, or start a new run'],
  ENOTDIR: ['a part of the path is a file', 'choose another folder'],
  EIO: ['the device reports an error', 'check the disk, then resume'],
};

/**
 * The error `storage` for a failed file operation: what was tried, on which file, why it failed.
 * A LifelongError passes unchanged; what is no file-system error is a defect and is thrown on.
 *
 * @param what such as `cannot write`
 */
export function storageError(error: unknown, what: string, path: string): LifelongError {
  if (error instanceof LifelongError) return error;
  const code = errorCode(error);
  if (code === undefined) throw error;
  const [reason, hint] = reasons[code] ?? ['the operation failed', 'check the disk and the folder, then resume'];
  return new LifelongError('storage', `${what} ${path}: ${reason} (${code}); the last saved state is intact`, hint, { cause: error });
}

/** `ENOENT`, `ENOSPC`, …, or undefined where the error does not come from the system. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
