import { LifelongError } from '../../core/errors.js';
import { inputLimits } from '../input-limits.js';

/**
 * Lines of a text in UTF-8, without a byte order mark and line ends.
 *
 * @param pieces bytes of the text, cut anywhere
 * @param where what to call it in errors
 * @param maxCharacters of a line
 * @throws LifelongError `data` for other bytes than UTF-8; `config` for a line of more characters
 */
export async function* linesOf(
  pieces: AsyncIterable<Uint8Array>,
  where: string,
  maxCharacters: number = inputLimits.lineCharacters,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (piece?: Uint8Array): string => {
    try {
      return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
    } catch (cause) {
      throw new LifelongError('data', `${where}: text in UTF-8 expected, found other bytes`, 'save the file as UTF-8', { cause });
    }
  };
  let rest = '';
  for await (const piece of pieces) {
    const [first = '', ...others] = decode(piece).split('\n');
    rest += first;
    for (const next of others) {
      yield rest;
      rest = next;
    }
    if (rest.length > maxCharacters) throw longLine(where, maxCharacters);
  }
  rest += decode();
  if (rest !== '') yield rest;
}

/** The error for a line of more characters than it may have. */
export const longLine = (where: string, maxCharacters: number): LifelongError =>
  new LifelongError(
    'config',
    `${where}: lines of at most ${maxCharacters} characters expected, found a longer one`,
    'put each example on a line of its own, or set data.maxLineCharacters to more if that is right',
  );
