import { LifelongError } from '../../core/errors.js';
import { readBytes } from '../files.js';
import { decodeSound } from './decode-sound.js';
import { frameStep, mostSeconds, soundRate } from './log-mel.js';
import { resample } from './resample.js';

/** What was lost on the way from a file to a sound, in words. */
export type SoundChange = string;

/** A recording as a task hears it. */
export interface Recording {
  /** At 16 kHz, as many as asked for; silence where the recording is not. */
  readonly samples: Float32Array;
  /** Those of them that are the recording's own. */
  readonly own: Float32Array;
  readonly changes: readonly SoundChange[];
}

/** Samples of spectrograms with so many frames. */
export const samplesOf = (frames: number): number => frames * frameStep;

/** A whole sound at 16 kHz. */
export type WholeSound = Pick<Recording, 'samples' | 'changes'>;

/** The sound of a file, whole. @throws LifelongError `data` as {@link soundOf}, or where it cannot be read */
export const readSound = async (path: string): Promise<WholeSound> => soundOf(await readBytes(path), path);

/**
 * The sound in the bytes of a file, whole.
 *
 * @param path for errors
 * @param most seconds that it may be long
 * @throws LifelongError `data` as `decodeSound`, or where there is no sound in it
 */
export async function soundOf(bytes: Uint8Array, path: string, most = mostSeconds): Promise<WholeSound> {
  const { samples, rate, channels } = await decodeSound(bytes, path, most);
  if (isSilent(samples)) throw silence(path, '');
  return {
    samples: resample(samples, rate, soundRate),
    changes: channels > 1 ? [`${channels} channels averaged`] : [],
  };
}

/**
 * The one way from a file to a sound of this length, for streams and predictions alike: channels averaged, brought to 16 kHz, cut behind its end or silence put there.
 *
 * @param delayOf how many samples later it is heard than it is, or earlier where negative, by how many of its own are heard; where nothing but silence were left, it is heard as it is
 * @throws LifelongError `data` as {@link readSound}, or where there is no sound in what is left
 */
export async function readRecording(path: string, length: number, delayOf: (own: number) => number = () => 0): Promise<Recording> {
  const { samples, changes } = await readSound(path);
  const delayed = placed(samples, length, delayOf(Math.min(samples.length, length)));
  const heard = isSilent(delayed.samples) ? placed(samples, length, 0) : delayed;
  if (samples.length <= length) return { ...heard, changes };
  const seconds = length / soundRate;
  if (isSilent(heard.samples)) throw silence(path, ` in its first ${seconds} s`);
  return { ...heard, changes: [...changes, `longer than ${seconds} s, cut`] };
}

function placed(sound: Float32Array, length: number, delay: number): Pick<Recording, 'samples' | 'own'> {
  const samples = new Float32Array(length);
  const [start, first] = [Math.max(0, delay), Math.max(0, -delay)];
  const part = sound.subarray(first, first + length - start);
  samples.set(part, start);
  return { samples, own: samples.subarray(start, start + part.length) };
}

const isSilent = (samples: Float32Array): boolean => samples.every((sample) => sample === 0);

const silence = (path: string, where: string) =>
  new LifelongError('data', `${path}: sound${where} expected, found silence`, 'remove the file, or record it again');
