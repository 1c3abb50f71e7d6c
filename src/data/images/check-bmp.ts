import { LifelongError } from '../../core/errors.js';

const uncompressed = 0;
/** Channels at places that masks give: the usual ones, blue, green, red, are all that is read. */
const bitFields = 3;

/**
 * Refuses a BMP that the decoder would take for something else: it reads compressed pixels, and indices into a palette of colours, as grey values.
 *
 * @throws LifelongError `data`
 */
export function checkBmp(file: Uint8Array, path: string): void {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerSize = file.length < 34 ? 0 : view.getUint32(14, true);
  if (headerSize < 40) throw refused(path, 'one with an old header or cut off');
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  if (bits !== 8 && bits !== 24 && bits !== 32) throw refused(path, `${bits} bits`);
  if (compression !== uncompressed && !(compression === bitFields && bits === 32)) throw refused(path, 'a compressed one');
  if (compression === bitFields && file.length >= 66) {
    const masks = [54, 58, 62].map((at) => view.getUint32(at, true));
    if (masks.join() !== [0xff0000, 0xff00, 0xff].join()) throw refused(path, 'channels in another order');
  }
  if (bits === 8 && !isGreyPalette(file.subarray(14 + headerSize, view.getUint32(10, true)))) throw refused(path, 'a palette of colours');
}

/** Whether index i stands for grey i, in entries of blue, green, red and one byte more. */
const isGreyPalette = (palette: Uint8Array): boolean => palette.every((value, at) => at % 4 === 3 || value === at >> 2);

const refused = (path: string, found: string): LifelongError =>
  new LifelongError('data', `${path}: a BMP of 24 or 32 bits a pixel or 256 shades of grey expected, found ${found}`, 'save it as PNG');
