import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { LifelongError } from '../../core/errors.js';
import { inputLimits } from '../input-limits.js';
import { tooLarge } from './gzip.js';

const inflate = promisify(inflateRaw);

/** A file of an archive, as the archive's directory has it. */
interface Entry {
  readonly name: string;
  /** 0 as it is, 8 deflated. */
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  /** Where the file's own header is. */
  readonly at: number;
}

export interface ZipFile {
  readonly name: string;
  readonly content: Uint8Array;
}

/** An archive whose directory has been read. */
export interface ZipArchive {
  /** Of its files, in the order of the directory; one may come twice. */
  readonly names: readonly string[];
  /**
   * Unpacks files one after another. None gets more than the directory says, and checksums are checked.
   *
   * @param maxBytes what the wanted files may unpack to, all together
   * @throws LifelongError `data` for a damaged file; `config` for files that unpack to more, before anything is unpacked
   */
  unzip(wanted: (name: string) => boolean, maxBytes?: number): AsyncGenerator<ZipFile, void, undefined>;
}

/**
 * Reads the directory of a ZIP archive.
 *
 * Format: PKWARE's APPNOTE 6.3, without ZIP64, encryption and methods other than store and deflate.
 *
 * @param where what to call the archive in errors
 * @throws LifelongError `data` for what is no ZIP or is damaged
 */
export function openZip(bytes: Uint8Array, where: string): ZipArchive {
  const entries = directory(bytes, where);
  return {
    names: entries.map(({ name }) => name),
    async *unzip(wanted, maxBytes = inputLimits.unpackedBytes) {
      const chosen = entries.filter(({ name }) => wanted(name));
      const size = chosen.reduce((sum, entry) => sum + entry.size, 0);
      if (size > maxBytes) throw tooLarge(where, String(size), maxBytes);
      for (const entry of chosen) yield { name: entry.name, content: await unpack(bytes, entry, where) };
    },
  };
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const fileSignature = 0x04034b50;
const [endLength, entryLength, fileLength] = [22, 46, 30];

function directory(bytes: Uint8Array, where: string): Entry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view);
  if (end === undefined) throw new LifelongError('data', `${where}: a ZIP archive expected, found none`, 'the file is cut off or another');
  const count = view.getUint16(end + 10, true);
  if (count > inputLimits.archiveFiles)
    throw new LifelongError('data', `${where}: at most ${inputLimits.archiveFiles} files in an archive expected, found ${count}`);
  const entries: Entry[] = [];
  for (let at = view.getUint32(end + 16, true); entries.length < count;) {
    if (at + entryLength > end || view.getUint32(at, true) !== entrySignature)
      throw damaged(where, `a directory of ${count} files`, String(entries.length));
    const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [number, number, number];
    entries.push({
      name: new TextDecoder().decode(bytes.subarray(at + entryLength, at + entryLength + name)),
      encrypted: (view.getUint16(at + 8, true) & 1) === 1,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    });
    at += entryLength + name + extra + comment;
  }
  return entries;
}

/** The end of the directory: the last 22 bytes of the file, before a comment of up to 65,535. */
function findEnd(view: DataView): number | undefined {
  const last = view.byteLength - endLength;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) if (view.getUint32(at, true) === endSignature) return at;
  return undefined;
}

async function unpack(bytes: Uint8Array, { name, method, encrypted, crc, packed, size, at }: Entry, where: string): Promise<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const file = `${where} (${name})`;
  if (encrypted || (method !== 0 && method !== 8))
    throw new LifelongError(
      'data',
      `${file}: a file that is stored or deflated expected, found ${encrypted ? 'an encrypted one' : `method ${method}`}`,
    );
  if (at + fileLength > bytes.length || view.getUint32(at, true) !== fileSignature) throw damaged(file, 'a file', 'none');
  const start = at + fileLength + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  const source = bytes.subarray(start, start + packed);
  const content = method === 0 ? source : await inflated(source, size, file);
  if (content.length !== size) throw damaged(file, `${size} bytes`, String(content.length));
  if (crc32(content) !== crc) throw damaged(file, `checksum ${hex(crc)}`, hex(crc32(content)));
  return content;
}

const hex = (crc: number): string => crc.toString(16).padStart(8, '0');

/** @param size that it may take */
async function inflated(source: Uint8Array, size: number, file: string): Promise<Uint8Array> {
  try {
    return await inflate(source, { maxOutputLength: Math.max(1, size) });
  } catch (cause) {
    const isLonger = cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE';
    throw damaged(file, isLonger ? `${size} bytes` : 'deflated data', isLonger ? 'more' : 'others', cause);
  }
}

const damaged = (where: string, expected: string, found: string, cause?: unknown): LifelongError =>
  new LifelongError('data', `${where}: ${expected} expected, found ${found}`, 'the file is damaged: save or fetch it again', { cause });
