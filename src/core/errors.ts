/**
 * What kind of trouble it is. `usage`, `config` and `data` are the caller's to mend (exit code 2 on the command line);
 * the rest are failures of a run (exit code 1).
 */
export type ErrorCode =
  | 'usage'
  | 'config'
  | 'data'
  | 'run-exists'
  | 'run-locked'
  | 'run-missing'
  | 'run-corrupt'
  | 'run-version'
  | 'storage'
  | 'backend'
  | 'diverged'
  | 'interrupted';

/**
 * The one error class of the library: one line that says what happened (expected X, found Y, where), and a hint that says what to do.
 *
 * @example
 * throw new LifelongError('data', 'train labels: 60000 expected, one for each image, found 59999', 'use the label file that belongs to the images');
 */
export class LifelongError extends Error {
  override readonly name = 'LifelongError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, hint?: string, options?: { cause?: unknown }) {
    super(oneLine(message), options);
    this.code = code;
    this.hint = hint && oneLine(hint);
  }
}

/** Of characters; names and values from outside may have millions. */
const longestLine = 2000;

/** Control characters and line breaks, which names and values from outside may hold, as JSON writes them; cut where it is too long. */
const oneLine = (text: string): string =>
  (text.length > longestLine ? `${text.slice(0, longestLine - 1)}…` : text).replace(/[\p{Cc}\u2028\u2029]/gu, (character) =>
    character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Longer texts are no names, and take long to compare. */
const longestName = 200;

/** The candidate most like `word` by edit distance, or undefined when none is close enough to be a typing error. */
export function nearestName(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > longestName) return undefined;
  let best: string | undefined;
  let bestDistance = Math.min(word.length, Math.max(2, Math.floor(word.length / 3)) + 1);
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
