import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, gunzip } from 'node:zlib';
import { LifelongError } from '../../core/errors.js';
import { readStart, unreadable } from '../files.js';
import { inputLimits } from '../input-limits.js';

const unpackWhole = promisify(gunzip);

/**
 * A whole file's bytes: unpacked where they are gzip, told by its first two bytes, as they are otherwise.
 *
 * @param maxBytes that it may unpack to; unpacking stops there
 * @throws LifelongError `data` for a damaged file; `config` for one that unpacks to more
 */
export async function unpacked(bytes: Uint8Array, path: string, maxBytes: number = inputLimits.unpackedBytes): Promise<Uint8Array> {
  if (!isGzip(bytes)) return bytes;
  try {
    return await unpackWhole(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    throw codeOf(cause) === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(path, 'more', maxBytes) : damaged(path, cause);
  }
}

/**
 * A file's bytes piece by piece, unpacked where they are gzip, told by its first two bytes.
 *
 * @param maxBytes that it may unpack to
 * @throws LifelongError `data` for a file that cannot be read or is damaged; `config` for one that unpacks to more
 */
export async function* readUnpacked(path: string, maxBytes: number = inputLimits.unpackedBytes): AsyncGenerator<Uint8Array> {
  const isPacked = isGzip(await readStart(path, 2));
  const file = createReadStream(path);
  const content = isPacked ? pipeline(file, createGunzip(), () => undefined) : file;
  let length = 0;
  try {
    for await (const bytes of content as AsyncIterable<Uint8Array>) {
      length += bytes.length;
      if (isPacked && length > maxBytes) throw tooLarge(path, 'more', maxBytes);
      yield bytes;
    }
  } catch (cause) {
    if (cause instanceof LifelongError) throw cause;
    throw codeOf(cause)?.startsWith('Z_') ? damaged(path, cause) : unreadable(path, cause);
  } finally {
    file.destroy();
  }
}

/** The error for a file that unpacks to more than it may. */
export const tooLarge = (path: string, found: string, maxBytes: number): LifelongError =>
  new LifelongError(
    'config',
    `${path}: a file that unpacks to at most ${maxBytes} bytes expected, found ${found}`,
    'set data.maxUnpackedBytes to more if that is right',
  );

const isGzip = ([first, second]: Uint8Array): boolean => first === 0x1f && second === 0x8b;

const codeOf = (cause: unknown): string | undefined => (cause instanceof Error && 'code' in cause ? String(cause.code) : undefined);

const damaged = (path: string, cause: unknown): LifelongError =>
  new LifelongError('data', `${path}: gzip data are damaged or cut off`, 'fetch the file again', { cause });
