import { LifelongError } from '../../core/errors.js';
import { inputLimits } from '../input-limits.js';
import { readUnpacked } from './gzip.js';

/** What a text file may take. */
export interface TextLimits {
  /** Bytes that it unpacks to. */
  readonly maxUnpackedBytes?: number | undefined;
  /** Characters of a line. */
  readonly maxLineCharacters?: number | undefined;
}

/**
 * A text file piece by piece, unpacked where its content is gzip, without a byte order mark.
 *
 * @throws LifelongError `data` when it cannot be read, or is not UTF-8; `config` for one that unpacks to more
 */
export async function* textPieces(path: string, maxUnpackedBytes?: number): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (piece?: Uint8Array): string => {
    try {
      return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
    } catch (cause) {
      throw new LifelongError('data', `${path}: text in UTF-8 expected, found other bytes`, 'save the file as UTF-8', { cause });
    }
  };
  for await (const piece of readUnpacked(path, maxUnpackedBytes)) yield decode(piece);
  yield decode();
}

/**
 * The lines of a text file, which end in \n or \r\n: other line separators of Unicode are text.
 *
 * @throws LifelongError as {@link textPieces}; `config` for a line of more characters
 */
export async function* textLines(
  path: string,
  { maxUnpackedBytes, maxLineCharacters = inputLimits.lineCharacters }: TextLimits = {},
): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of textPieces(path, maxUnpackedBytes)) {
    const [first = '', ...others] = piece.split('\n');
    rest += first;
    for (const next of others) {
      yield rest.endsWith('\r') ? rest.slice(0, -1) : rest;
      rest = next;
    }
    if (rest.length > maxLineCharacters) throw longLine(path, maxLineCharacters);
  }
  if (rest !== '') yield rest;
}

/** The error for a line of more characters than it may have. */
export const longLine = (where: string, maxCharacters: number): LifelongError =>
  new LifelongError(
    'config',
    `${where}: lines of at most ${maxCharacters} characters expected, found a longer one`,
    'put each example on a line of its own, or set data.maxLineCharacters to more if that is right',
  );
