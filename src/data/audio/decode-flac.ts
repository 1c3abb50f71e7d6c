import { BitReader } from './bit-reader.js';
import { readFlacFrame, type FlacForm } from './flac-frame.js';
import { average, checkLength, checkRate, refused, type Sound } from './sound.js';

/** Whether a file that begins so is a FLAC file. */
export const isFlac = (start: Uint8Array): boolean => Buffer.from(start.subarray(0, 4)).toString('latin1') === 'fLaC';

/**
 * Decodes a FLAC file (RFC 9639): samples of 4 to 32 bits, as a WAV file with the same ones gives them. Channels are averaged.
 *
 * @param path for errors
 * @param most seconds that it may be long
 * @throws LifelongError `data` for a file that is damaged or cut off, by the checksum of every frame; for more seconds
 */
export function decodeFlac(bytes: Uint8Array, path: string, most: number): Sound {
  const { form, told, start } = readForm(bytes, path);
  checkRate(form.rate, path);
  checkLength(told, form.rate, most, path);
  const parts: Float32Array[] = [];
  let [at, count] = [start, 0];
  while (told === 0 ? at < bytes.length : count < told) {
    const frame = readFlacFrame(bytes.subarray(at), form);
    if (!frame) {
      const where = `at ${(count / form.rate).toFixed(3)} s`;
      throw refused(path, 'a FLAC recording that is whole', `one that is damaged or cut off ${where}`, 'copy the file again');
    }
    const samples = average(frame.channels.map((channel) => scaled(channel, form.bits)));
    parts.push(samples);
    [at, count] = [at + frame.bytes, count + samples.length];
    checkLength(count, form.rate, most, path);
  }
  if (told !== 0 && count !== told) {
    throw refused(path, `${told} samples, as its header says,`, `${count}`, 'save the recording again');
  }
  if (count === 0) throw refused(path, 'a recording with samples', 'none', 'remove the file, or record it again');
  const samples = new Float32Array(count);
  let place = 0;
  for (const part of parts) {
    samples.set(part, place);
    place += part.length;
  }
  return { samples, rate: form.rate, channels: form.channels };
}

/** What the file says of its sound, how many samples it says there are (0: it does not), and where they start. */
function readForm(bytes: Uint8Array, path: string): { readonly form: FlacForm; readonly told: number; readonly start: number } {
  const block = (at: number) => new BitReader(bytes.subarray(at));
  const head = block(4);
  const [, kind, size] = [head.read(1), head.read(7), head.read(24)];
  if (kind !== 0 || size < 34 || bytes.length < 8 + size) {
    throw refused(path, 'a FLAC header', 'other bytes', 'the file is cut off or damaged: copy it again');
  }
  const info = block(18);
  const [rate, channels, bits, told] = [info.read(20), info.read(3) + 1, info.read(5) + 1, info.read(36)];
  let [at, last] = [4, false];
  while (!last && at < bytes.length) {
    const reader = block(at);
    last = reader.read(1) === 1;
    reader.read(7);
    at += 4 + reader.read(24);
  }
  if (at >= bytes.length) throw refused(path, 'sound behind the FLAC header', 'none', 'the file is cut off: copy it again');
  return { form: { rate, channels, bits }, told, start: at };
}

/** Whole numbers in [-1, 1], as samples of WAV are. */
function scaled(numbers: Float64Array, bits: number): Float32Array {
  const low = 2 ** (bits - 1);
  return Float32Array.from(numbers, (number) => (number < 0 ? number / low : number / (low - 1)));
}
