import { tf, type Tensor } from '../nn/backend.js';

/** How a network for images wants them. */
export interface ImageForm {
  /** Images are resized to this height and width. */
  readonly side: number;
  /** The network sees (x - mean) / std for each of red, green and blue in [0, 1]. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/**
 * `[n, h, w, 1 or 3]` in [0, 1] to `[n, side, side, 3]` as the network wants them: grey images get three equal channels; other sizes are resized
 * bilinearly, pixels taken as areas (half-pixel centres).
 */
export function prepareImages({ side, mean, std }: ImageForm, images: Tensor): Tensor {
  const colour = (images.shape[3] === 3 ? images : tf.tile(images, [1, 1, 1, 3])) as ReturnType<typeof tf.tensor4d>;
  const resized =
    colour.shape[1] === side && colour.shape[2] === side ? colour : tf.image.resizeBilinear(colour, [side, side], false, true);
  return tf.div(tf.sub(resized, tf.tensor1d([...mean])), tf.tensor1d([...std]));
}
