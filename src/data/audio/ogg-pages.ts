import { refused } from './sound.js';

/** What an Ogg file holds. */
export interface OggStream {
  /** The first packet: the header of what it is coded as. */
  readonly header: Uint8Array;
  readonly packets: number;
  /** Where the last page says that the sound is, in samples of its codec. */
  readonly end: number;
}

const [isFirst, isLast] = [2, 4];
const headBytes = 27;

/** Whether a file that begins so is an Ogg file. */
export const isOgg = (start: Uint8Array): boolean => Buffer.from(start.subarray(0, 4)).toString('latin1') === 'OggS';

/**
 * Goes through the pages of an Ogg file (RFC 3533), and holds each against its checksum.
 *
 * @param path for errors
 * @throws LifelongError `data` for a file that is damaged, cut off, or of several streams
 */
export function oggStream(bytes: Uint8Array, path: string): OggStream {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = (found: string) => refused(path, 'an Ogg recording that is whole', found, 'copy the file again');
  let [header, packets, end, at, flags, page] = [new Uint8Array(0), 0, 0, 0, 0, 0];
  while (at < bytes.length && (flags & isLast) === 0) {
    const table = bytes.subarray(at + headBytes, at + headBytes + (bytes[at + 26] ?? 0));
    const body = table.reduce((sum, length) => sum + length, 0);
    const next = at + headBytes + (bytes[at + 26] ?? 0) + body;
    if (next > bytes.length) throw whole('one that is cut off');
    const damaged = !isOgg(bytes.subarray(at, at + 4)) || view.getUint32(at + 22, true) !== pageChecksum(bytes, at, next);
    if (damaged || view.getUint32(at + 18, true) !== page) throw whole(`one that is damaged behind byte ${at}`);
    flags = bytes[at + 5] ?? 0;
    if ((flags & isFirst) !== 0 && page > 0) throw refused(path, 'an Ogg file with one sound', 'several', 'save the recording again');
    if (page === 0) header = bytes.slice(next - body, next);
    packets += table.filter((length) => length < 255).length;
    const position = view.getBigInt64(at + 6, true);
    if (position > 0n) end = Number(position);
    at = next;
    page++;
  }
  if ((flags & isLast) === 0) throw whole('one that is cut off');
  if (at < bytes.length) throw refused(path, 'an Ogg file with one sound', 'more behind it', 'save the recording again');
  return { header, packets, end };
}

/** Of 32 bits: polynomial 0x04c11db7, from 0 on. */
const checks = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value;
});

/** Of a page, with 0 where its checksum is. */
export function pageChecksum(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) {
    const byte = i >= start + 22 && i < start + 26 ? 0 : (bytes[i] as number);
    sum = (sum << 8) ^ (checks[(sum >>> 24) ^ byte] as number);
  }
  return sum >>> 0;
}
