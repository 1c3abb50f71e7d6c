import { decodeFlac, isFlac } from './decode-flac.js';
import { decodeOgg } from './decode-ogg.js';
import { decodeWav } from './decode-wav.js';
import { isOgg } from './ogg-pages.js';
import type { Sound } from './sound.js';
import { isWav } from './wav-header.js';

/** Whether a file that begins with these 12 bytes is one that {@link decodeSound} decodes. */
export const isSound = (start: Uint8Array): boolean => isWav(start) || isFlac(start) || isOgg(start);

/**
 * Decodes a WAV, FLAC or Ogg file, whatever its name is.
 *
 * @param path for errors
 * @param most seconds that it may be long
 * @throws LifelongError `data` as `decodeWav`, `decodeFlac` or `decodeOgg`
 */
export async function decodeSound(bytes: Uint8Array, path: string, most: number): Promise<Sound> {
  if (isFlac(bytes)) return decodeFlac(bytes, path, most);
  return isOgg(bytes) ? decodeOgg(bytes, path, most) : decodeWav(bytes, path, most);
}
