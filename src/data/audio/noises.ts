import { LifelongError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';
import { endingsOf, filesBelow } from '../class-folders/class-files.js';
import { fingerprint } from '../fingerprint.js';
import { exists, readBytes } from '../files.js';
import { recordingKind } from './recording-kind.js';
import { soundOf } from './recording.js';

/** Recordings of noise that stretches are drawn from. */
export interface Noises {
  readonly files: readonly NoiseFile[];
  /** A stretch of so many samples of one of them, repeated where it is shorter; there is always some sound in it. */
  stretch(drawn: Random, length: number): Promise<Float32Array>;
}

export interface NoiseFile {
  readonly path: string;
  readonly bytes: number;
  /** Of its content. */
  readonly fingerprint: string;
}

/** Longest noise, in seconds. */
const mostNoiseSeconds = 600;

/** Sounds are kept up to this much memory; others are read again each time. */
const keptBytes = 256 * 2 ** 20;

/**
 * The recordings in a folder, and in those below it. Each is read once, so that what is wrong with it shows here.
 *
 * @param key of the manifest, for errors
 * @throws LifelongError `data` where there is no folder, no recording in it, or one that cannot be read or is silent
 */
export async function openNoises(folder: string, key: string): Promise<Noises> {
  if (!(await exists(folder))) {
    throw new LifelongError(
      'data',
      `${key}: a folder of recordings expected, found nothing at ${folder}`,
      'change the path, which starts from root, or leave noise out of augment',
    );
  }
  const levels = await filesBelow(recordingKind, folder);
  const [paths, others] = [levels.flatMap(({ found }) => found), levels.flatMap((level) => level.others)];
  if (paths.length === 0) {
    const among = others.length === 0 ? '' : ` among ${others.length} other file${others.length === 1 ? '' : 's'} (${endingsOf(others)})`;
    throw new LifelongError(
      'data',
      `${folder}: recordings for ${key} expected, found none${among}`,
      'put noises there as WAV, FLAC or Ogg files, or leave noise out of augment',
    );
  }
  const kept = new Map<string, Float32Array>();
  let room = keptBytes;
  const heard = async (path: string, bytes: Uint8Array): Promise<Float32Array> => {
    const { samples } = await soundOf(bytes, path, mostNoiseSeconds);
    if (!kept.has(path) && samples.byteLength <= room) {
      room -= samples.byteLength;
      kept.set(path, samples);
    }
    return samples;
  };
  const files: NoiseFile[] = [];
  for (const path of paths) {
    const bytes = await readBytes(path);
    await heard(path, bytes);
    files.push({ path, bytes: bytes.length, fingerprint: fingerprint(bytes) });
  }
  return {
    files,
    async stretch(drawn, length) {
      const path = paths[drawn.integer(paths.length)] ?? '';
      const sound = kept.get(path) ?? (await heard(path, await readBytes(path)));
      return around(sound, drawn.integer(sound.length), length);
    },
  };
}

/** So many samples of a sound that goes round, from this place on; where there is silence, from where it ends. */
function around(sound: Float32Array, place: number, length: number): Float32Array {
  let start = place;
  while (sound[start] === 0) start = (start + 1) % sound.length;
  const stretch = new Float32Array(length);
  for (let i = 0; i < length; i++) stretch[i] = sound[(start + i) % sound.length] as number;
  return stretch;
}
