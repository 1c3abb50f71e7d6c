import { LifelongError } from '../../core/errors.js';
import { readBytes } from '../files.js';
import { decodeWav } from './decode-wav.js';
import { frameStep, soundRate } from './log-mel.js';
import { resample } from './resample.js';

/** What was lost on the way from a file to a sound, in words. */
export type SoundChange = string;

/** A recording as a task hears it. */
export interface Recording {
  /** At 16 kHz, as many as asked for; silence behind the end. */
  readonly samples: Float32Array;
  /** How many of them are the recording's own. */
  readonly own: number;
  readonly changes: readonly SoundChange[];
}

/** Samples of spectrograms with so many frames. */
export const samplesOf = (frames: number): number => frames * frameStep;

/** The sound of a file at 16 kHz, whole. @throws LifelongError `data` as `decodeWav`, or where there is no sound in it */
export async function readSound(path: string): Promise<Pick<Recording, 'samples' | 'changes'>> {
  const { samples, rate, channels } = decodeWav(await readBytes(path), path);
  if (isSilent(samples)) throw silence(path, '');
  return {
    samples: resample(samples, rate, soundRate),
    changes: channels > 1 ? [`${channels} channels averaged`] : [],
  };
}

/**
 * The one way from a file to a sound of this length, for streams and predictions alike: channels averaged, brought to 16 kHz, cut behind its end or silence put there.
 *
 * @throws LifelongError `data` as {@link readSound}, or where there is no sound in what is left
 */
export async function readRecording(path: string, length: number): Promise<Recording> {
  const { samples, changes } = await readSound(path);
  const own = Math.min(samples.length, length);
  const sound = new Float32Array(length);
  sound.set(samples.subarray(0, own));
  if (own === samples.length) return { samples: sound, own, changes };
  const seconds = length / soundRate;
  if (isSilent(sound)) throw silence(path, ` in its first ${seconds} s`);
  return { samples: sound, own, changes: [...changes, `longer than ${seconds} s, cut`] };
}

const isSilent = (samples: Float32Array): boolean => samples.every((sample) => sample === 0);

const silence = (path: string, where: string) =>
  new LifelongError('data', `${path}: sound${where} expected, found silence`, 'remove the file, or record it again');
