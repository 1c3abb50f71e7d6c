import { LifelongError } from '../../core/errors.js';
import { inputLimits } from '../input-limits.js';
import { readUnpacked } from './gzip.js';

/** How bytes become text. */
export type TextEncoding = 'utf-8' | 'latin-1';

/** What a text file may take. */
export interface TextLimits {
  /** Bytes that it unpacks to. */
  readonly maxUnpackedBytes?: number | undefined;
  /** Characters of a line. */
  readonly maxLineCharacters?: number | undefined;
  /** UTF-8 unless given. */
  readonly encoding?: TextEncoding | undefined;
}

/**
 * A text file piece by piece, unpacked where its content is gzip, without a byte order mark.
 *
 * @throws LifelongError `data` when it cannot be read, or is not of the encoding, naming the line; `config` for one that unpacks to more
 */
export async function* textPieces(
  path: string,
  { maxUnpackedBytes, encoding = 'utf-8' }: Pick<TextLimits, 'maxUnpackedBytes' | 'encoding'> = {},
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding === 'utf-8' ? 'utf-8' : 'windows-1252', { fatal: true });
  let line = 1;
  const decode = (piece?: Uint8Array): string => {
    try {
      const text = piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
      line += linesIn(text);
      return text;
    } catch (cause) {
      const at = line + (piece ? linesBeforeFault(piece) : 0);
      const hint = 'save the file as UTF-8';
      throw new LifelongError('data', `${path}: text in UTF-8 expected, found other bytes in line ${at}`, hint, { cause });
    }
  };
  for await (const piece of readUnpacked(path, maxUnpackedBytes)) yield decode(piece);
  yield decode();
}

const linesIn = (text: string): number => text.split('\n').length - 1;

/** How many whole lines of a piece come before the first one that is not UTF-8; a character may be cut at either end of the piece. */
function linesBeforeFault(piece: Uint8Array): number {
  const isInside = (byte: number) => (byte & 0xc0) === 0x80;
  let start = piece.findIndex((byte, at) => !isInside(byte) || at > 2);
  for (let lines = 0; ; lines++) {
    const end = piece.indexOf(0x0a, start);
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(piece.subarray(start, end < 0 ? undefined : end));
    } catch {
      return lines;
    }
    if (end < 0) return lines;
    start = end + 1;
  }
}

/**
 * The lines of a text file, which end in \n or \r\n: other line separators of Unicode are text.
 *
 * @throws LifelongError as {@link textPieces}; `config` for a line of more characters
 */
export async function* textLines(
  path: string,
  { maxLineCharacters = inputLimits.lineCharacters, ...how }: TextLimits = {},
): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of textPieces(path, how)) {
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
