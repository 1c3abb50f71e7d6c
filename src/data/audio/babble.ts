import { random } from '../../core/random.js';
import { powerOf } from './power.js';
import { readSound, type Recording } from './recording.js';

/** Other recordings that are mixed into those of a data set. */
export interface Babble {
  /** Files that are drawn from. */
  readonly paths: readonly string[];
  /** How many of them sound at once. */
  readonly voices: number;
  /** How much stronger a recording is than they are together, in dB. */
  readonly snr: number;
  readonly seed: number;
}

/**
 * Mixes other recordings into one, in place. Which ones, and where each begins, is drawn by the seed and the recording's name, so that it always gets the same. Each is repeated to the end and
 * brought to one power; their sum is as much weaker as asked for than the recording's own samples are, and sounds over the silence behind them too.
 *
 * @returns what mixes them into a recording of this name
 */
export function mixing({ paths, voices, snr, seed }: Babble): (recording: Recording, name: string) => Promise<void> {
  const sounds = new Map<string, Promise<Float32Array>>();
  const soundOf = (path: string): Promise<Float32Array> => {
    const known = sounds.get(path) ?? readSound(path).then(({ samples }) => samples);
    sounds.set(path, known);
    return known;
  };
  return async ({ samples, own }, name) => {
    const drawn = random(seed, 'babble', name);
    const sum = new Float64Array(samples.length);
    for (const at of drawn.permutation(paths.length).subarray(0, voices)) {
      const voice = await soundOf(paths[at] ?? '');
      const [start, scale] = [drawn.integer(voice.length), 1 / Math.sqrt(powerOf(voice))];
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + scale * (voice[(start + i) % voice.length] as number);
    }
    if (powerOf(sum) === 0) return; // voices that are all silent there
    const scale = Math.sqrt(powerOf(own) / powerOf(sum) / 10 ** (snr / 10));
    for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] as number) + scale * (sum[i] as number);
  };
}
