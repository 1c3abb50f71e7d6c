/** Formats that are known by the first bytes of a file. The last three need the optional package sharp. */
export type ImageFormat = 'png' | 'jpeg' | 'gif' | 'bmp' | 'webp' | 'tiff' | 'heif';

/** As many bytes of a file as {@link imageFormat} looks at. */
export const formatBytes = 18;

/** Sizes of the second header that a BMP may have: with the first they tell it from text that begins with BM. */
const bmpHeaders = [12, 40, 52, 56, 64, 108, 124];

/** What a file is by its content, whatever its name ends in; undefined for what is no image that can be read. */
export function imageFormat(bytes: Uint8Array): ImageFormat | undefined {
  const text = Buffer.from(bytes.subarray(0, formatBytes)).toString('latin1');
  if (text.startsWith('\x89PNG')) return 'png';
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('GIF8')) return 'gif';
  if (text.startsWith('BM') && text.slice(6, 10) === '\0\0\0\0' && bmpHeaders.includes(bytes[14] ?? 0)) return 'bmp';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp';
  if (text.startsWith('II*\0') || text.startsWith('MM\0*')) return 'tiff';
  if (text.slice(4, 8) === 'ftyp' && /^(avif|avis|hei[cfmsvx]|hev[cmsx]|mif1|msf1)/.test(text.slice(8))) return 'heif';
  return undefined;
}
