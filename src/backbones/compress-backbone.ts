import { LifelongError } from '../core/errors.js';
import { lengthOf } from '../data/array-split.js';
import { exists } from '../data/files.js';
import { formatCompressed, type Compression } from './compressed-weights.js';
import { loadBackbone } from './registry.js';
import { writeWhole } from './weights.js';

/** What compressing came to. */
export interface CompressedBackbone {
  readonly backbone: string;
  /** Of all weights that experts stand on. */
  readonly numbers: number;
  /** As float32, and as they are in the file. */
  readonly bytes: number;
  readonly compressedBytes: number;
}

/**
 * Writes a backbone's weights as a smaller file, which is a backbone by `NAME:FILE`. It is smaller on disk alone: experts stand on float32 again.
 *
 * @param text as {@link loadBackbone} takes it
 * @param force whether a file that is there may be replaced
 * @throws LifelongError `usage` for a file that is there; `config`, `data` as {@link loadBackbone} and {@link formatCompressed}
 */
export async function compressBackbone(
  text: string,
  file: string,
  { force = false, ...compression }: Compression & { readonly force?: boolean },
): Promise<CompressedBackbone> {
  if (!force && (await exists(file))) throw new LifelongError('usage', `${file}: no file expected, found one`, '--force replaces it');
  const { backbone, arrays } = await loadBackbone(text);
  const compressed = formatCompressed(arrays, compression);
  await writeWhole(file, compressed);
  const numbers = Object.values(arrays).reduce((sum, { shape }) => sum + lengthOf(shape), 0);
  return { backbone: backbone.name, numbers, bytes: 4 * numbers, compressedBytes: compressed.length };
}
