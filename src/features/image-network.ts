import { LifelongError } from '../core/errors.js';
import type { FeatureExtractor } from '../core/features.js';
import type { Examples } from '../core/task.js';
import { isImageShape } from '../data/images/image-shape.js';
import { tf, type Tensor } from '../nn/backend.js';

/** A frozen network for images and how it wants them. */
export interface ImageNetwork {
  readonly name: string;
  readonly sha256: string;
  /** Length D of a feature vector. */
  readonly size: number;
  /** Images `[n, height, width, 1 or 3]` in [0, 1] as the network wants them. */
  prepare(images: Tensor): Tensor;
  /** Features `[n, D]` of prepared images `[n, side, side, 3]`; `batches` of this size are about to come. */
  infer(images: Tensor, batches: number): Float32Array | Promise<Float32Array>;
  dispose(): void;
}

/** Images in one pass. */
const batch = 64;

/**
 * Features of images of any size: grey ones get three equal channels; other sizes are resized bilinearly, pixels taken as areas (half-pixel
 * centres).
 */
export function imageExtractor(network: ImageNetwork): FeatureExtractor {
  const { name, sha256, size } = network;
  const checked = (shape: readonly number[]) => {
    if (isImageShape(shape) && (shape[2] === 1 || shape[2] === 3)) return shape as readonly [number, number, 1 | 3];
    throw new LifelongError(
      'config',
      `features ${name}: grey or colour images [height, width, 1 or 3] expected, found inputs [${shape.join(', ')}]`,
    );
  };
  return {
    name,
    sha256,
    size(inputShape) {
      checked(inputShape);
      return size;
    },
    async extract({ shape, inputs }: Examples) {
      const [height, width, channels] = checked(shape);
      const length = height * width * channels;
      const count = inputs.length / length;
      const features = new Float32Array(count * size);
      for (let start = 0; start < count; start += batch) {
        const rows = Math.min(batch, count - start);
        const block = inputs.subarray(start * length, (start + rows) * length);
        const images = tf.tidy(() => network.prepare(tf.tensor4d(block, [rows, height, width, channels])));
        features.set(await network.infer(images, rows === batch ? Math.floor(count / batch) : 1), start * size);
        images.dispose();
      }
      return features;
    },
    dispose() {
      network.dispose();
    },
  };
}
