import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { LifelongError } from '../../core/errors.js';
import { readStart, unreadable } from '../files.js';

/**
 * A text file piece by piece, unpacked where its content is gzip, without a byte order mark.
 *
 * @throws LifelongError `data` when it cannot be read, or is not UTF-8
 */
export async function* textPieces(path: string): AsyncGenerator<string> {
  const [first, second] = await readStart(path, 2);
  const file = createReadStream(path);
  const bytes = first === 0x1f && second === 0x8b ? pipeline(file, createGunzip(), () => undefined) : file;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const piece of bytes as AsyncIterable<Uint8Array>) yield decoder.decode(piece, { stream: true });
    yield decoder.decode();
  } catch (cause) {
    if (cause instanceof LifelongError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw new LifelongError('data', `${path}: text in UTF-8 expected, found other bytes`, 'save the file as UTF-8', { cause });
    if (code.startsWith('Z_'))
      throw new LifelongError('data', `${path}: gzip data are damaged or cut off`, 'fetch the file again', { cause });
    throw unreadable(path, cause);
  }
}

/** The lines of a text file, which end in \n or \r\n: other line separators of Unicode are text. @throws LifelongError as {@link textPieces} */
export async function* textLines(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of textPieces(path)) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') yield rest;
}
