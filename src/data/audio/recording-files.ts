import { relative } from 'node:path';
import type { Split } from '../../core/task.js';
import { labelsAt } from '../array-split.js';
import type { FilesByClass } from '../class-folders/class-forms.js';
import type { ReadingTally } from '../reading-tally.js';
import { logMel, melCount } from './log-mel.js';
import { readRecording, samplesOf, type Recording, type SoundChange } from './recording.js';
import type { SoundCopy } from './sound-copy.js';
import type { SoundSplit } from './sound-split.js';

export interface RecordingFilesOptions {
  /** Frames of a spectrogram; longer recordings are cut, shorter ones get silence behind them. */
  readonly frames: number;
  /** Changes every recording, in place, by its name. */
  readonly mix?: ((recording: Recording, name: string) => Promise<void>) | undefined;
  /** That the names of recordings start from. */
  readonly folder: string;
}

/** Spectrograms of a split and of its copies are kept up to this much memory; others are computed anew each time. */
const cacheBytes = 256 * 2 ** 20;

/**
 * A split over recordings that are read, and made spectrograms, when they are needed.
 *
 * @param listed paths by class
 * @param classes in order of their indices
 * @param tally counts what is changed as recordings are read
 */
export function recordingFiles(
  listed: FilesByClass,
  classes: readonly string[],
  { frames, mix, folder }: RecordingFilesOptions,
  tally: ReadingTally<SoundChange>,
): SoundSplit {
  const paths = classes.flatMap((name) => listed.get(name) ?? []);
  const labels = Int32Array.from(classes.flatMap((name, c) => Array<number>(listed.get(name)?.length ?? 0).fill(c)));
  const length = frames * melCount;
  let room = cacheBytes;

  const compute = async (position: number, copy: SoundCopy | undefined): Promise<Float32Array> => {
    const path = paths[position] ?? '';
    const name = relative(folder, path).replaceAll('\\', '/');
    const recording = await readRecording(path, samplesOf(frames), copy && ((own) => copy.delay(name, own, samplesOf(frames))));
    tally.add(path, recording.changes);
    await mix?.(recording, name);
    await copy?.change(recording, name);
    return logMel(recording.samples);
  };

  const splitOf = (copy?: SoundCopy): Split => {
    const known = new Map<number, Float32Array>();
    const load = async (position: number): Promise<Float32Array> => {
      const cached = known.get(position);
      if (cached) return cached;
      const mel = await compute(position, copy);
      if (!known.has(position) && mel.byteLength <= room) {
        room -= mel.byteLength;
        known.set(position, mel);
      }
      return mel;
    };
    return {
      size: paths.length,
      labels: () => Promise.resolve(labels),
      async read(indices) {
        const inputs = new Float32Array(indices.length * length);
        for (const [i, position] of indices.entries()) inputs.set(await load(position), i * length);
        return { shape: [frames, melCount], inputs, labels: labelsAt(labels, indices) };
      },
    };
  };
  return { ...splitOf(), paths, heard: splitOf };
}
