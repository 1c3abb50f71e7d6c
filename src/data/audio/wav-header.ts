import { checkRate, refused } from './sound.js';

/** What the header of a WAV file says, where it agrees with the file. */
export interface WavHeader {
  readonly channels: number;
  /** Samples a second. */
  readonly rate: number;
  /** Of each channel. */
  readonly samples: number;
}

/** Codings by their number, with the bits that a sample of each may have; those without bits come in blocks. */
const codings = new Map<number, readonly number[] | undefined>([
  [1, [8, 16, 24, 32]],
  [3, [32, 64]],
  [6, [8]],
  [7, [8]],
  [2, undefined],
  [0x11, undefined],
]);

/** What coding 0xFFFE says of itself stands further behind. */
const extensible = 0xfffe;

/** Other recordings, by their first bytes. */
const others: readonly (readonly [start: RegExp, name: string])[] = [
  [/^(ID3|\xff[\xe0-\xff])/, 'MP3'],
  [/^.{4}ftyp/s, 'MP4'],
  [/^FORM/, 'AIFF'],
  [/^(RF64|BW64)/, 'RF64'],
];

/** Whether a file that begins so is a WAV file. */
export const isWav = (start: Uint8Array): boolean => /^RIFF.{4}WAVE/s.test(latin1(start.subarray(0, 12)));

/**
 * Reads the header of a WAV file, and holds it against the bytes that are there.
 *
 * @param path for errors
 * @throws LifelongError `data` for another file, one that is cut off, a header that does not agree with itself, or a coding that is not known
 */
export function wavHeader(bytes: Uint8Array, path: string): WavHeader {
  if (bytes.length === 0) throw refused(path, 'a WAV, FLAC or Ogg recording', 'an empty file', 'remove the file, or copy it again');
  if (!isWav(bytes)) {
    const name = others.find(([start]) => start.test(latin1(bytes.subarray(0, 12))))?.[1];
    throw refused(
      path,
      'a WAV, FLAC or Ogg recording',
      name ?? 'other bytes',
      name === undefined ? 'remove the file' : 'save the recording as WAV',
    );
  }
  const { format, data } = chunksOf(bytes, path);
  const view = new DataView(format.buffer, format.byteOffset, format.byteLength);
  const told = view.getUint16(0, true);
  const coding = told === extensible && format.length >= 26 ? view.getUint16(24, true) : told;
  const [channels, rate] = [view.getUint16(2, true), view.getUint32(4, true)];
  const [block, bits] = [view.getUint16(12, true), view.getUint16(14, true)];
  const known = codings.get(coding);
  if (!codings.has(coding) || (known && !known.includes(bits))) {
    const expected = 'PCM of 8, 16, 24 or 32 bits, floats of 32 or 64, A-law, u-law or ADPCM';
    throw refused(path, expected, `coding ${coding} of ${bits} bits`, 'save the recording as PCM of 16 bits');
  }
  if (channels === 0 || block === 0 || (known && block !== (channels * bits) / 8)) {
    const found = `${channels} channels of ${bits} bits in ${block} bytes`;
    throw refused(path, 'a header that agrees with itself', found, 'save the recording again');
  }
  checkRate(rate, path);
  const samples = known ? Math.floor(data / block) : Math.floor(data / block) * samplesOfBlock(view, channels, block, coding);
  if (samples === 0) throw refused(path, 'a recording with samples', 'none', 'remove the file, or record it again');
  return { channels, rate, samples };
}

/** The format chunk, and how many bytes of sound there are. */
function chunksOf(bytes: Uint8Array, path: string): { readonly format: Uint8Array; readonly data: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: Uint8Array | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const [name, size] = [latin1(bytes.subarray(at, at + 4)), view.getUint32(at + 4, true)];
    const there = bytes.length - at - 8;
    if (name === 'fmt ' && size >= 16 && size <= there) format = bytes.subarray(at + 8, at + 8 + size);
    if (name === 'data' && format) {
      const open = size === 0 || size === 0xffffffff; // as programs leave it that write to a pipe
      if (!open && size > there) {
        throw refused(path, `${size} bytes of sound, as its header says,`, `${there}: the file is cut off`, 'copy the file again');
      }
      return { format, data: open ? there : size };
    }
    at += 8 + size; // as the decoder goes, which knows no padding behind odd chunks
  }
  throw refused(path, 'a format and sound in the WAV file', format ? 'no sound' : 'no format', 'the file is cut off: copy it again');
}

/** Samples of a channel in a block of ADPCM. */
function samplesOfBlock(format: DataView, channels: number, block: number, coding: number): number {
  const told = format.byteLength >= 20 ? format.getUint16(18, true) : 0;
  if (told > 0) return told;
  return coding === 0x11 ? 1 + (block / channels - 4) * 2 : 2 + ((block - 7 * channels) * 2) / channels;
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
