import { LifelongError } from '../../core/errors.js';
import { prepareNative } from '../../setup/native.mjs';

/** An image as its file has it. */
export interface DecodedImage {
  /** `[height, width, channels]`. */
  readonly shape: readonly [number, number, number];
  readonly bytes: Uint8Array;
}

/** File names that are taken for images. */
export const isImageName = (name: string): boolean => /\.(png|jpe?g|bmp|gif|webp|tiff?|avif)$/i.test(name);

/**
 * Decodes PNG, JPEG, BMP and GIF (its first frame) by TensorFlow, and other formats by the optional package sharp.
 *
 * @param path for errors
 * @throws LifelongError `data` when the image is damaged, or sharp is needed and not installed; a fault of the backend as it is
 */
export async function decodeImage(bytes: Uint8Array, path: string): Promise<DecodedImage> {
  return isTensorFlowFormat(bytes) ? decodeByTensorFlow(bytes, path) : decodeBySharp(bytes, path);
}

const starts: readonly (readonly number[])[] = [
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
  [0x42, 0x4d],
  [0x47, 0x49, 0x46],
];

const isTensorFlowFormat = (bytes: Uint8Array): boolean => starts.some((start) => start.every((byte, i) => bytes[i] === byte));

async function decodeByTensorFlow(bytes: Uint8Array, path: string): Promise<DecodedImage> {
  prepareNative();
  const tf = await import('@tensorflow/tfjs-node');
  try {
    return tf.tidy(() => {
      const image = tf.node.decodeImage(bytes, 0, 'int32', false);
      const [channels = 0, width = 0, height = 0] = image.shape.toReversed();
      return { shape: [height, width, channels], bytes: Uint8Array.from(image.dataSync().subarray(0, height * width * channels)) };
    });
  } catch (cause) {
    throw isAboutBytes(cause) ? damaged(path, cause) : cause;
  }
}

/**
 * True for what is said of the bytes: tfjs-node knows no format in their start, or TensorFlow's decoder calls them an invalid argument
 * (status 3). Whatever else is thrown is not the file's fault.
 */
const isAboutBytes = (error: unknown): boolean =>
  error instanceof Error && /^(Expected image \(BMP, JPEG, PNG, or GIF\)|Invalid TF_Status: 3\n)/.test(error.message);

/** The part of sharp that is used here: it is not a dependency, so its types are not at hand. */
type Sharp = (input: Uint8Array) => {
  raw(): {
    toBuffer(options: {
      resolveWithObject: true;
    }): Promise<{ data: Uint8Array; info: { width: number; height: number; channels: number } }>;
  };
};

async function decodeBySharp(bytes: Uint8Array, path: string): Promise<DecodedImage> {
  const name = 'sharp';
  let sharp: Sharp;
  try {
    sharp = ((await import(name)) as { default: Sharp }).default;
  } catch (cause) {
    throw new LifelongError(
      'data',
      `${path}: PNG, JPEG, BMP or GIF expected, found another format or a damaged file`,
      'npm install sharp for other formats',
      {
        cause,
      },
    );
  }
  try {
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    return { shape: [info.height, info.width, info.channels], bytes: data };
  } catch (cause) {
    throw cause instanceof TypeError ? cause : damaged(path, cause);
  }
}

const damaged = (path: string, cause: unknown) =>
  new LifelongError('data', `${path}: the image cannot be decoded`, 'remove the file, or set data.corrupt to skip', { cause });
