import type { DecodedImage } from './decoded-image.js';
import type { Orientation } from './orientation.js';

/** For an orientation: whether rows and columns change places, and then which axes of the stored image run backwards. */
const turns: Readonly<Record<Orientation, { readonly swap: boolean; readonly up: boolean; readonly back: boolean }>> = {
  1: { swap: false, up: false, back: false },
  2: { swap: false, up: false, back: true },
  3: { swap: false, up: true, back: true },
  4: { swap: false, up: true, back: false },
  5: { swap: true, up: false, back: false },
  6: { swap: true, up: true, back: false },
  7: { swap: true, up: true, back: true },
  8: { swap: true, up: false, back: true },
};

/** The image as viewers show it: mirrored and turned as its EXIF orientation says. */
export function turnUpright(image: DecodedImage, orientation: Orientation): DecodedImage {
  if (orientation === 1) return image;
  const [height, width, channels] = image.shape;
  const { swap, up, back } = turns[orientation];
  const [toHeight, toWidth] = swap ? [width, height] : [height, width];
  const bytes = new Uint8Array(image.bytes.length);
  let to = 0;
  for (let y = 0; y < toHeight; y++) {
    for (let x = 0; x < toWidth; x++) {
      const [row, column] = swap ? [x, y] : [y, x];
      const from = ((up ? height - 1 - row : row) * width + (back ? width - 1 - column : column)) * channels;
      for (let c = 0; c < channels; c++) bytes[to++] = image.bytes[from + c] as number;
    }
  }
  return { shape: [toHeight, toWidth, channels], bytes };
}
