import { LifelongError } from '../core/errors.js';
import type { FeatureExtractor } from '../core/features.js';
import { tf, type Tensor } from '../nn/backend.js';

/** A frozen network for sounds. */
export interface AudioNetwork {
  readonly name: string;
  readonly sha256: string;
  /** Length D of a feature vector. */
  readonly size: number;
  /** Of the spectrograms that it takes. */
  readonly bands: number;
  /** Most frames of a spectrogram. */
  readonly frames: number;
  /** Features `[n, D]` of spectrograms `[n, frames, bands]`; `batches` of this size are about to come. */
  readonly infer: (spectrograms: Tensor, batches: number) => Float32Array;
  readonly dispose: () => void;
}

/** Spectrogram frames in one pass: 16 sounds of a second. */
const batchFrames = 1600;

/** Features of sounds as log-mel spectrograms `[frames, bands]`. */
export function audioExtractor({ name, sha256, size, bands, frames: most, infer, dispose }: AudioNetwork): FeatureExtractor {
  const framesOf = ([frames = 0, found, ...more]: readonly number[]): number => {
    if (more.length === 0 && found === bands && frames > 0 && frames <= most) return frames;
    throw new LifelongError(
      'config',
      `features ${name}: spectrograms [up to ${most} frames, ${bands}] expected, found inputs [${[frames, found, ...more].join(', ')}]`,
      found === bands ? 'set data.seconds' : 'use other features for what is no sound',
    );
  };
  return {
    name,
    sha256,
    size(inputShape) {
      framesOf(inputShape);
      return size;
    },
    extract({ shape, inputs }) {
      const length = framesOf(shape) * bands;
      const batch = Math.max(1, Math.floor((batchFrames * bands) / length));
      const count = inputs.length / length;
      const features = new Float32Array(count * size);
      for (let start = 0; start < count; start += batch) {
        const rows = Math.min(batch, count - start);
        const x = tf.tensor3d(inputs.subarray(start * length, (start + rows) * length), [rows, length / bands, bands], 'float32');
        features.set(infer(x, rows === batch ? Math.floor(count / batch) : 1), start * size);
        x.dispose();
      }
      return Promise.resolve(features);
    },
    dispose,
  };
}
