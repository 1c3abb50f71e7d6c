import { random } from '../../core/random.js';
import { soundRate } from './log-mel.js';
import type { Noises } from './noises.js';
import { powerOf } from './power.js';
import type { Recording } from './recording.js';

/** The smallest and the largest value that is drawn, each alike. */
export type Range = readonly [low: number, high: number];

/** What is drawn for a copy of a recording. */
export interface SoundChanges {
  /** How much louder it is, in dB. */
  readonly gain?: Range | undefined;
  /** By how many seconds it is later or earlier at most. */
  readonly shift?: number | undefined;
  readonly noise?: { readonly sounds: Noises; /** How much stronger the recording is, in dB. */ readonly snr: Range } | undefined;
}

/** How recordings are heard another time: each always in the same way. */
export interface SoundCopy {
  /**
   * How much later a recording is heard.
   *
   * @param own samples of the recording that are heard as it is
   * @param length samples of an input
   * @returns samples; negative where it is earlier
   */
  delay(name: string, own: number, length: number): number;
  /** Changes the samples of a recording, in place, once it lies where it is heard. */
  change(recording: Recording, name: string): Promise<void>;
}

/**
 * The copy of this number of every recording. What is drawn follows from the seed, the recording's name and the number, and of each change by itself.
 *
 * A shift keeps at least half of what is heard of the recording. Noise is a stretch of one file, repeated where that is shorter, and sounds in the silence around a recording too; its
 * distance is that of the mean power of the stretch from the mean power of the recording's own samples.
 */
export function soundCopy({ gain, shift, noise }: SoundChanges, seed: number, number: number): SoundCopy {
  const drawnFor = (name: string, change: string) => random(seed, 'sound-copy', number, change, name);
  return {
    delay(name, own, length) {
      if (shift === undefined) return 0;
      const most = shift * soundRate;
      const range = [-Math.min(most, own / 2), Math.min(most, length - own / 2)] as const;
      return Math.round(between(range, drawnFor(name, 'shift').uniform()));
    },
    async change({ samples, own }, name) {
      if (noise) {
        const drawn = drawnFor(name, 'noise');
        const snr = between(noise.snr, drawn.uniform());
        const stretch = await noise.sounds.stretch(drawn, samples.length);
        const scale = Math.sqrt(powerOf(own) / powerOf(stretch) / 10 ** (snr / 10));
        for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] as number) + scale * (stretch[i] as number);
      }
      if (!gain) return;
      const factor = 10 ** (between(gain, drawnFor(name, 'gain').uniform()) / 20);
      for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] as number) * factor;
    },
  };
}

const between = ([low, high]: Range, share: number): number => low + share * (high - low);
