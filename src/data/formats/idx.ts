import { LifelongError } from '../../core/errors.js';
import { readBytes } from '../files.js';
import { unpacked } from './gzip.js';

/** An IDX array of bytes. */
export interface Idx {
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * Reads an IDX file of unsigned bytes, plain or gzip (told apart by content, not by name).
 *
 * Format: two zero bytes, a type byte (0x08 = unsigned byte), the number of dimensions, then each dimension as a big-endian 32-bit
 * integer, then the values row-major (as published with MNIST).
 *
 * @param maxUnpackedBytes what a gzip file may unpack to
 * @throws LifelongError `data` when the file is missing, no IDX file, of another type, or longer or shorter than its header says; `config` when it
 * unpacks to more
 */
export async function readIdx(path: string, maxUnpackedBytes?: number): Promise<Idx> {
  const bytes = await unpacked(await readBytes(path), path, maxUnpackedBytes);
  const [zero0, zero1, type, rank = 0] = bytes;
  if (bytes.length < 4 || zero0 !== 0 || zero1 !== 0 || rank === 0) {
    const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    throw new LifelongError('data', `${path}: IDX file expected (first bytes 00 00 08 …), found ${start || 'an empty file'}`);
  }
  if (type !== 0x08) {
    throw new LifelongError(
      'data',
      `${path}: IDX type 0x08 (unsigned byte) expected, found 0x${(type ?? 0).toString(16).padStart(2, '0')}`,
    );
  }
  const header = 4 + 4 * rank;
  if (bytes.length < header)
    throw new LifelongError('data', `${path}: IDX header of ${header} bytes expected, found ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = header + shape.reduce((product, size) => product * size, 1);
  if (bytes.length !== expected) {
    throw new LifelongError(
      'data',
      `${path}: ${expected} bytes expected for ${shape.join(' x ')}, found ${bytes.length}`,
      bytes.length < expected ? 'the file is cut off: fetch it again' : undefined,
    );
  }
  return { shape, bytes: bytes.subarray(header) };
}
